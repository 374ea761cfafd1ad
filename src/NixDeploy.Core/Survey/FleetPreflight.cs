using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Planning;

namespace NixDeploy.Survey;

/// <summary>Judges all hosts by what they answered, before anything is touched, and keeps everything that is wrong.</summary>
internal sealed class FleetPreflight(Refusals refusals, ImmutableArray<HostInspection> inspections)
{
    private const string ServicesCode = "ND0812";

    /// <summary>Looks at services and space of hosts that answered.</summary>
    public void Validate(ICollection<HostName> hosts, IEnumerable<HostChange> changes, long reserveBytes)
    {
        var changing = changes.ToDictionary(c => c.Host.Name);
        foreach (var (host, state, _) in inspections.Where(i => i.State is not null && hosts.Contains(i.Host.Name)))
        {
            var needs = changing.TryGetValue(host.Name, out var change)
                ? new PreflightNeeds(change.Changes?.BytesToCopy ?? 0, BootFiles.BytesOf(change), reserveBytes)
                : PreflightNeeds.Unknown with { ReserveBytes = reserveBytes };
            foreach (var problem in Preflight.Validation(state!, host, needs))
            {
                refusals.Add(problem.Code == ServicesCode ? PreflightNames.Services : PreflightNames.Space, host.Name, problem);
            }
        }
    }

    /// <summary>A sentence for each of these hosts whose clock is off.</summary>
    public IEnumerable<string> ClockWarnings(ICollection<HostName> hosts, TimeSpan most) => inspections
        .Where(i => i.State is not null && hosts.Contains(i.Host.Name))
        .Select(i => Preflight.Clock(i.State!, i.Host, i.AskedAt, i.AnsweredAt, most))
        .OfType<string>();
}
