namespace NixDeploy.Fleets;

/// <summary>What stands behind hosts before anybody has checked the fleet's dependencies: unknown names and circles are passed over here.</summary>
internal static class FleetDependencies
{
    /// <summary>Every host of the fleet that some hosts depend on, directly or through others; those hosts themselves only when others of them do.</summary>
    public static HashSet<HostName> Behind(Fleet fleet, IEnumerable<HostName> hosts)
    {
        var behind = new HashSet<HostName>();
        var open = new Stack<HostName>(hosts);
        while (open.TryPop(out var host))
        {
            foreach (var dependency in fleet.Hosts[host].Dependencies)
            {
                if (fleet.Hosts.ContainsKey(dependency) && behind.Add(dependency))
                {
                    open.Push(dependency);
                }
            }
        }

        return behind;
    }
}
