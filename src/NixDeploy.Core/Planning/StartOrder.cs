using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Topology;

namespace NixDeploy.Planning;

/// <summary>Who starts first where nothing else decides: whoever has most work behind, counted along the longest way.</summary>
internal static class StartOrder
{
    /// <summary>The hosts by longest remaining path, then infrastructure before the rest and clients last, then by name.</summary>
    /// <param name="hosts">The hosts with their estimates.</param>
    /// <param name="waits">Who waits for whom.</param>
    public static ImmutableArray<HostName> Of(ImmutableArray<HostOutlook> hosts, Waits waits)
    {
        var work = hosts.ToDictionary(h => h.Name, h => h.Estimate.Work);
        var behind = new Dictionary<HostName, TimeSpan>(waits.Order.Count);
        for (var i = waits.Order.Count - 1; i >= 0; i--)
        {
            var host = waits.Order[i];
            var path = behind.GetValueOrDefault(host) + work.GetValueOrDefault(host);
            behind[host] = path;
            foreach (var dependency in waits.After(host))
            {
                if (behind.GetValueOrDefault(dependency) < path)
                {
                    behind[dependency] = path;
                }
            }
        }

        return [.. hosts.OrderByDescending(h => behind[h.Name]).ThenBy(h => Rank(h.Change.Host.Role)).ThenBy(h => h.Name).Select(h => h.Name)];
    }

    private static int Rank(string? role) => role switch { "infrastructure" => 0, "client" => 2, _ => 1 };
}
