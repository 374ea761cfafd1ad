using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Nix;
using NixDeploy.Planning;

namespace NixDeploy.Survey;

/// <summary>Finds out everything that a plan is made of: what hosts run, what they would get, and what differs. Changes no host.</summary>
internal sealed class FleetSurvey(HostSessions sessions, ILocalStore store, TimeProvider time, IProgress<string>? progress)
{
    /// <summary>Whether the run that holds a lock is known to be dead. By default no run is.</summary>
    public Func<HostLock, CancellationToken, Task<bool>> IsDead { get; init; } = (_, _) => Task.FromResult(false);

    private readonly Refusals refusals = new();

    /// <summary>The machine-ids of earlier runs.</summary>
    public ImmutableDictionary<HostName, string> KnownMachines { get; init; } = ImmutableDictionary<HostName, string>.Empty;

    /// <summary>Inspects the hosts, builds and compares what has changed when details are asked for, and finds everything that keeps a host from being deployed.</summary>
    public async Task<FleetFindings> LookAsync(LoadedFleet fleet, FleetSettings settings, DeploymentRequest request, CancellationToken cancellationToken = default)
    {
        var known = fleet.Selected.Union(fleet.NotSelected.Where(fleet.Systems.ContainsKey)).Except(fleet.Undescribed);
        progress?.Report($"Inspecting {known.Count} {(known.Count == 1 ? "host" : "hosts")} …");
        var identity = new MachineIdentity(fleet, KnownMachines, request.AcceptMachine);
        var asked = identity.Verify(await FleetInspector.InspectAsync(sessions, fleet, known, time, cancellationToken).ConfigureAwait(false));
        var (inspections, dead) = await DeadLocks.OfAsync(asked, IsDead, cancellationToken).ConfigureAwait(false);
        var sorted = Classification.ForDeployment(fleet, settings, inspections, request, refusals);
        var detailed = request.Details != false && !sorted.Changed.IsEmpty;
        var built = detailed ? await BuildAsync(sorted.Changed, cancellationToken).ConfigureAwait(false) : sorted.Changed;
        var compared = detailed ? await CompareAsync(built, inspections, cancellationToken).ConfigureAwait(false) : new Compared(built, [], []);
        var skipped = sorted.Skipped.Concat(compared.Unchanged).OrderBy(s => s.Host).ToImmutableArray();
        var meant = fleet.Selected.Except(sorted.Unreachable.Select(o => o.Host));
        var preflight = new FleetPreflight(refusals, inspections);
        if (!request.SkipValidation)
        {
            preflight.Validate([.. meant.Except(skipped.Select(s => s.Host))], compared.Changed, settings.DiskReserveBytes);
        }

        return new FleetFindings([.. compared.Changed.Where(c => !refusals.Any(c.Host.Name))], skipped, refusals.All())
        {
            Inspections = inspections,
            Unbuildable = [.. refusals.Hosts.Where(h => refusals.By(PreflightNames.Configuration, h) || refusals.By(PreflightNames.Build, h))],
            Unreachable = sorted.Unreachable,
            NotSelected = [.. inspections.Where(i => fleet.NotSelected.Contains(i.Host.Name) && HasChanged(i, fleet)).Select(i => i.Host.Name).Order()],
            Warnings = [.. fleet.Warnings, .. identity.Changes(inspections), .. dead, .. sorted.Warnings, .. compared.Warnings, .. preflight.ClockWarnings(meant, settings.MaxClockSkew)],
            Preflight = [.. Results(meant, meant.Except(fleet.Undescribed), inspections, detailed ? sorted.Changed : [], request.SkipValidation)],
        };
    }

    private IEnumerable<PreflightCheck> Results(ImmutableSortedSet<HostName> meant, ImmutableSortedSet<HostName> asked, ImmutableArray<HostInspection> inspections, ImmutableArray<HostChange> built, bool skipValidation)
    {
        yield return refusals.Result(PreflightNames.Configuration, meant);
        if (!built.IsEmpty)
        {
            yield return refusals.Result(PreflightNames.Build, built.Select(c => c.Host.Name));
        }

        yield return refusals.Result(PreflightNames.Connectivity, asked);
        var answered = inspections.Where(i => i.State is not null && meant.Contains(i.Host.Name)).Select(i => i.Host.Name).ToList();
        foreach (var check in skipValidation ? [PreflightNames.Readiness] : new[] { PreflightNames.Readiness, PreflightNames.Services, PreflightNames.Space })
        {
            yield return refusals.Result(check, answered);
        }
    }

    private static bool HasChanged(HostInspection inspection, LoadedFleet fleet) =>
        inspection.State is { } state && fleet.Systems.TryGetValue(inspection.Host.Name, out var system)
        && (state.CurrentSystem != system.Toplevel || state.ProfileSystem != system.Toplevel);

    /// <summary>Without roots: what is not deployed may be collected as garbage.</summary>
    private async Task<ImmutableArray<HostChange>> BuildAsync(ImmutableArray<HostChange> changed, CancellationToken cancellationToken)
    {
        var building = changed.Count(c => c.To.Derivation is not null);
        if (building > 0)
        {
            progress?.Report($"Building {building} {(building == 1 ? "system" : "systems")} …");
        }

        await Task.WhenAll(changed.GroupBy(c => StoreOf(c.Host)).Select(batch => batch.Key.RealiseEachAsync(
            batch.ToImmutableDictionary(c => c.Host.Name, c => c.To),
            rootsFolder: null,
            result => Note(result.Host, result.Problem),
            (_, _) => { },
            cancellationToken))).ConfigureAwait(false);
        foreach (var change in changed)
        {
            Note(change.Host.Name, SystemCheck.Check(change.Host.Name, change.To.Toplevel));
        }

        return [.. changed.Where(c => !refusals.By(PreflightNames.Build, c.Host.Name))];

        void Note(HostName host, Problem? problem)
        {
            if (problem is not null)
            {
                refusals.Add(PreflightNames.Build, host, problem);
            }
        }
    }

    private async Task<Compared> CompareAsync(ImmutableArray<HostChange> changed, ImmutableArray<HostInspection> inspections, CancellationToken cancellationToken)
    {
        progress?.Report($"Comparing {changed.Length} {(changed.Length == 1 ? "system" : "systems")} …");
        var states = inspections.Where(i => i.State is not null).ToDictionary(i => i.Host.Name, i => i.State!);
        var found = await ChangeInspector.CompareAsync(
            sessions, [.. changed.Select(c => new ComparedHost(c.Host, states[c.Host.Name], c.To))], StoreOf, cancellationToken).ConfigureAwait(false);

        // A host that has gone meanwhile cannot be deployed; one that only could not say what it consists of can.
        var unknown = found.Where(f => f.Value.Problem is not null).OrderBy(f => f.Key).ToLookup(f => f.Value.Problem!.Code.StartsWith("ND05", StringComparison.Ordinal));
        foreach (var (host, gone) in unknown[true])
        {
            refusals.Add(PreflightNames.Connectivity, host, gone.Problem!);
        }

        var same = changed.ToLookup(c => found[c.Host.Name].Unchanged && !c.RebootOnly);
        return new Compared(
            [.. same[false].Select(c => c with { Changes = found[c.Host.Name].Changes })],
            [.. same[true].Select(c => new SkippedHost(c.Host.Name, c.From) { Digest = c.Digest, MachineId = c.MachineId })],
            [.. unknown[false].Select(f => $"What changes on {f.Key} is not known: {f.Value.Problem}")]);
    }

    private ILocalStore StoreOf(Host host) => sessions.StoreOf(host) ?? store;

    /// <summary>What comparing systems has shown.</summary>
    private sealed record Compared(ImmutableArray<HostChange> Changed, ImmutableArray<SkippedHost> Unchanged, ImmutableArray<string> Warnings);
}
