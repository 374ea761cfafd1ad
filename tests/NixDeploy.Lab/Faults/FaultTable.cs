using System.Collections.Immutable;
using NixDeploy.Labs.Faults.Families;

namespace NixDeploy.Labs.Faults;

/// <summary>All the faults that a deployment must survive.</summary>
public static class FaultTable
{
    public static ImmutableArray<Fault> All { get; } =
    [
        .. HostBreakers.All, .. Moments.All, .. Services.All, .. SwitchAnswers.All, .. Collections.All, .. Races.All, .. Connections.All,
        .. WholeRuns.All, .. Users.All, .. Shells.All, .. OtherAdmins.All,
    ];

    public static IEnumerable<string> Families => All.Select(fault => fault.Family).Distinct();
}
