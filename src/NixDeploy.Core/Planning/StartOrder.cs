using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Topology;

namespace NixDeploy.Planning;

/// <summary>Who starts first where nothing else decides: whoever has most work behind, counted along the longest way.</summary>
internal static class StartOrder
{
    /// <summary>The hosts by longest remaining path, then infrastructure before the rest and clients last, then by name.</summary>
    public static ImmutableArray<HostName> Of(ImmutableArray<HostOutlook> hosts, Waits waits)
    {
        var behind = new long[waits.Order.Count];
        var ordered = new (long Path, int Rank, int Number)[hosts.Length];
        for (var i = 0; i < hosts.Length; i++)
        {
            behind[waits.PlaceOf(hosts[i].Name)] = hosts[i].Estimate.Work.Ticks;
        }

        // A place holds its own work until its turn comes, and the longest path from then on.
        var longest = new long[behind.Length];
        for (var place = behind.Length - 1; place >= 0; place--)
        {
            behind[place] += longest[place];
            foreach (var dependency in waits.AfterPlace(place))
            {
                longest[dependency] = Math.Max(longest[dependency], behind[place]);
            }
        }

        for (var i = 0; i < hosts.Length; i++)
        {
            ordered[i] = (-behind[waits.PlaceOf(hosts[i].Name)], Rank(hosts[i].Change.Host.Role), i);
        }

        Array.Sort(ordered);
        return [.. ordered.Select(o => hosts[o.Number].Name)];
    }

    private static int Rank(string? role) => role switch { "infrastructure" => 0, "client" => 2, _ => 1 };
}
