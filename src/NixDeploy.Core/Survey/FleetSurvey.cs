using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Nix;
using NixDeploy.Planning;
using NixDeploy.Topology;

namespace NixDeploy.Survey;

/// <summary>Finds out everything that a plan is made of: what hosts run, what they would get, and what differs. Changes no host.</summary>
internal sealed class FleetSurvey(HostSessions sessions, ILocalStore store, TimeProvider time, IProgress<string>? progress)
{
    private readonly Refusals refusals = new();

    /// <summary>What the hosts answered.</summary>
    public ImmutableArray<HostInspection> Inspections { get; private set; } = [];

    /// <summary>Looks at the hosts, builds and compares what has changed when details are wanted, and finds everything that speaks against deploying.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="settings">Its settings with the request's wishes.</param>
    /// <param name="graph">Its dependencies.</param>
    /// <param name="request">What else is wished.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<PlanningInput> LookAsync(LoadedFleet fleet, FleetSettings settings, DependencyGraph graph, DeploymentRequest request, CancellationToken cancellationToken)
    {
        var known = fleet.Selected.Union(fleet.NotSelected.Where(fleet.Systems.ContainsKey)).Except(fleet.Undescribed);
        progress?.Report($"Looking at {known.Count} {(known.Count == 1 ? "host" : "hosts")} …");
        var inspections = Inspections = await FleetInspector.InspectAsync(sessions, fleet, known, time, cancellationToken).ConfigureAwait(false);
        var classified = Classification.ForDeployment(fleet, settings, graph, inspections, request, refusals);
        var sorted = classified with
        {
            NotSelected = [.. inspections.Where(i => fleet.NotSelected.Contains(i.Host.Name) && HasChanged(i, fleet)).Select(i => i.Host.Name).Order()],
            Warnings = [.. fleet.Warnings, .. classified.Warnings],
        };
        var detailed = request.Details != false && !sorted.Changed.IsEmpty;
        var input = detailed
            ? await CompareAsync(await BuildAsync(sorted, cancellationToken).ConfigureAwait(false), inspections, cancellationToken).ConfigureAwait(false)
            : sorted;
        var meant = fleet.Selected.Except(input.Unreachable.Select(o => o.Host));
        var asked = meant.Except(fleet.Undescribed);
        var preflight = new FleetPreflight(refusals, inspections);
        if (!request.SkipValidation)
        {
            preflight.Validate([.. meant.Except(input.Skipped.Select(s => s.Host))], input.Changed, settings.DiskReserveBytes);
        }

        return input with
        {
            Changed = [.. input.Changed.Where(c => !refusals.Any(c.Host.Name))],
            Unplannable = refusals.All(),
            Described = fleet.Fleet.Hosts.RemoveRange(fleet.Undescribed),
            Warnings = [.. input.Warnings, .. preflight.ClockWarnings(meant, settings.MaxClockSkew)],
            Preflight = [.. Results(meant, asked, inspections, detailed ? sorted.Changed : [], request.SkipValidation)],
            Window = request.HealthWindow,
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

    /// <summary>Without roots: what nobody deploys may be collected again.</summary>
    private async Task<PlanningInput> BuildAsync(PlanningInput input, CancellationToken cancellationToken)
    {
        var building = input.Changed.Count(c => c.To.Derivation is not null);
        if (building > 0)
        {
            progress?.Report($"Building {building} {(building == 1 ? "system" : "systems")} …");
        }

        await Task.WhenAll(input.Changed.GroupBy(c => StoreOf(c.Host)).Select(batch => batch.Key.RealiseAsync(
            batch.ToImmutableDictionary(c => c.Host.Name, c => c.To),
            rootsFolder: null,
            result => Note(result.Host, result.Problem),
            (_, _) => { },
            cancellationToken))).ConfigureAwait(false);
        foreach (var change in input.Changed)
        {
            Note(change.Host.Name, SystemCheck.Check(change.Host.Name, change.To.Toplevel));
        }

        return input with { Changed = [.. input.Changed.Where(c => !refusals.By(PreflightNames.Build, c.Host.Name))] };

        void Note(HostName host, Problem? problem)
        {
            if (problem is not null)
            {
                refusals.Add(PreflightNames.Build, host, problem);
            }
        }
    }

    private async Task<PlanningInput> CompareAsync(PlanningInput input, ImmutableArray<HostInspection> inspections, CancellationToken cancellationToken)
    {
        progress?.Report($"Comparing {input.Changed.Length} {(input.Changed.Length == 1 ? "system" : "systems")} …");
        var states = inspections.Where(i => i.State is not null).ToDictionary(i => i.Host.Name, i => i.State!);
        var found = await ChangeInspector.CompareAsync(
            sessions, [.. input.Changed.Select(c => new ComparedHost(c.Host, states[c.Host.Name], c.To))], StoreOf, cancellationToken).ConfigureAwait(false);

        // A host that has gone meanwhile cannot be deployed; one that only could not say what it consists of can.
        var unknown = found.Where(f => f.Value.Problem is not null).OrderBy(f => f.Key).ToLookup(f => f.Value.Problem!.Code.StartsWith("ND05", StringComparison.Ordinal));
        foreach (var (host, gone) in unknown[true])
        {
            refusals.Add(PreflightNames.Connectivity, host, gone.Problem!);
        }

        bool Unchanged(HostChange change) => found[change.Host.Name].Unchanged && !change.RebootOnly;
        var unchanged = input.Changed.Where(Unchanged).Select(c => new SkippedHost(c.Host.Name, c.From) { Description = c.Description });
        return input with
        {
            Changed = [.. input.Changed.Where(c => !Unchanged(c)).Select(c => c with { Changes = found[c.Host.Name].Changes })],
            Skipped = [.. input.Skipped.Concat(unchanged).OrderBy(s => s.Host)],
            Warnings = [.. input.Warnings, .. unknown[false].Select(f => $"What changes on {f.Key} is not known: {f.Value.Problem}")],
        };
    }

    private ILocalStore StoreOf(Host host) => sessions.StoreOf(host) ?? store;
}
