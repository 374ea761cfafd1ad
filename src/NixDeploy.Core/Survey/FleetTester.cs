using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Nix;

namespace NixDeploy.Survey;

/// <summary>Builds systems and their declared tests; contacts no host.</summary>
internal sealed class FleetTester(HostSessions sessions, ILocalStore store)
{
    /// <summary>Builds every selected system and test, whatever fails on the way.</summary>
    public async Task<FleetValidation> TestAsync(LoadedFleet fleet, IProgress<string>? progress, CancellationToken cancellationToken = default)
    {
        var refusals = new Refusals();
        refusals.AddFailures(fleet);

        var systems = fleet.Selected.Where(fleet.Systems.ContainsKey).ToImmutableDictionary(h => h, h => fleet.Systems[h]);
        progress?.Report($"Building {systems.Count} {(systems.Count == 1 ? "system" : "systems")} …");
        await BuildAsync(PreflightNames.Build, systems).ConfigureAwait(false);
        foreach (var (host, system) in systems.Where(s => !refusals.By(PreflightNames.Build, s.Key)))
        {
            if (SystemCheck.Check(host, system.Toplevel) is { } problem)
            {
                refusals.Add(PreflightNames.Build, host, problem);
            }
        }

        var tests = systems.Where(s => s.Value.Test is not null).ToImmutableDictionary(s => s.Key, s => new SystemBuild(s.Value.Test!.Result, s.Value.Test.Derivation));
        progress?.Report($"Running {tests.Count} {(tests.Count == 1 ? "test" : "tests")} …");
        await BuildAsync(PreflightNames.Tests, tests).ConfigureAwait(false);
        return new FleetValidation(
            fleet.Fleet,
            refusals.All(),
            [refusals.Result(PreflightNames.Configuration, fleet.Selected), refusals.Result(PreflightNames.Build, systems.Keys), refusals.Result(PreflightNames.Tests, tests.Keys)],
            fleet.Warnings);

        Task BuildAsync(string check, ImmutableDictionary<HostName, SystemBuild> all) => Task.WhenAll(all
            .GroupBy(s => sessions.StoreOf(fleet.Fleet.Hosts[s.Key]) ?? store)
            .Select(batch => batch.Key.RealiseEachAsync(batch.ToImmutableDictionary(), rootsFolder: null, result => Note(check, result), (_, _) => { }, cancellationToken)));

        void Note(string check, BuildResult result)
        {
            if (result.Problem is { } problem)
            {
                refusals.Add(check, result.Host, problem);
            }
        }
    }
}
