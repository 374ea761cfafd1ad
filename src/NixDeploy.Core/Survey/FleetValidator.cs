using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Nix;
using NixDeploy.Planning;

namespace NixDeploy.Survey;

/// <summary>Finds everything that would keep a fleet from being deployed; builds nothing.</summary>
internal sealed class FleetValidator(HostSessions sessions, ILocalStore store, TimeProvider time)
{
    /// <summary>Looks at the selected hosts, or at their systems alone.</summary>
    public async Task<FleetValidation> ValidateAsync(LoadedFleet fleet, bool askHosts, CancellationToken cancellationToken = default)
    {
        var refusals = new Refusals();
        if (askHosts)
        {
            var survey = new FleetSurvey(sessions, store, time, progress: null);
            var found = await survey.LookAsync(fleet, fleet.Fleet.Settings, new DeploymentRequest { Details = false }, cancellationToken).ConfigureAwait(false);
            await DryBuildAsync(fleet, refusals, cancellationToken).ConfigureAwait(false);
            var built = refusals.All();
            var problems = built.Aggregate(found.Unplannable, (all, b) => all.SetItem(b.Key, all.TryGetValue(b.Key, out var other) ? other.And(b.Value) : b.Value));
            return new FleetValidation(fleet.Fleet, problems, found.Preflight.Insert(1, BuildResult(fleet, refusals)), found.Warnings);
        }

        refusals.AddFailures(fleet);

        await DryBuildAsync(fleet, refusals, cancellationToken).ConfigureAwait(false);
        return new FleetValidation(fleet.Fleet, refusals.All(), [refusals.Result(PreflightNames.Configuration, fleet.Selected), BuildResult(fleet, refusals)], fleet.Warnings);
    }

    private static IEnumerable<HostName> Evaluated(LoadedFleet fleet) => fleet.Selected.Where(fleet.Systems.ContainsKey);

    private static PreflightCheck BuildResult(LoadedFleet fleet, Refusals refusals) => refusals.Result(PreflightNames.Build, Evaluated(fleet));

    private async Task DryBuildAsync(LoadedFleet fleet, Refusals refusals, CancellationToken cancellationToken)
    {
        foreach (var batch in Evaluated(fleet).GroupBy(h => sessions.StoreOf(fleet.Fleet.Hosts[h]) ?? store))
        {
            foreach (var (host, problem) in await batch.Key.DryRealiseEachAsync(batch.ToImmutableDictionary(h => h, h => fleet.Systems[h]), cancellationToken).ConfigureAwait(false))
            {
                refusals.Add(PreflightNames.Build, host, problem);
            }
        }
    }
}
