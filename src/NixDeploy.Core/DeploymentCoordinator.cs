using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Selection;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Journal;
using NixDeploy.Nix;
using NixDeploy.Planning;
using NixDeploy.Reporting.Runs;
using NixDeploy.Runs;
using NixDeploy.Scheduling;
using NixDeploy.Survey;
using NixDeploy.Topology;

namespace NixDeploy;

/// <summary>The front door: plans and runs deployments of a fleet. The one place where everything is put together.</summary>
/// <remarks>Keeps nothing of a fleet between calls, and may be used by several callers at once. Dispose it to close its connections.</remarks>
/// <example>
/// <code>
/// await using var coordinator = DeploymentCoordinator.Create(new NixDeployOptions { Fleet = "./fleet" });
/// var plan = await coordinator.PlanAsync(new DeploymentRequest(), ct);
/// var run = await coordinator.StartAsync(plan, ct);
/// var result = await run.Completion;
/// </code>
/// </example>
public sealed class DeploymentCoordinator : IAsyncDisposable
{
    /// <summary>So many of the newest runs tell how long things take.</summary>
    private const int RunsOfHistory = 5;

    private readonly NixDeployOptions options;
    private readonly StrategyRegistry strategies;
    private readonly HostSessions sessions;
    private readonly NixStore store;

    private DeploymentCoordinator(NixDeployOptions options)
    {
        this.options = options;
        store = new NixStore(options.Nix);
        strategies = new StrategyRegistry(options.Strategies);
        var transports = TransportRegistry.Create((connection, host) => new ShellHostSession(connection, host), options.Transports, options.Time);
        sessions = new HostSessions(transports.For, options.Time);
    }

    /// <summary>Makes a coordinator. Touches nothing yet, but that a state folder of an earlier version is moved out of a flake's source.</summary>
    /// <exception cref="StateException"><c>ND0713</c>: it cannot be moved.</exception>
    public static DeploymentCoordinator Create(NixDeployOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.StateFolder is not null)
        {
            return new DeploymentCoordinator(options);
        }

        var (folder, notice) = DefaultState.Use(options.Source?.Origin ?? options.Fleet, Directory.GetCurrentDirectory());
        if (notice is not null)
        {
            options.LoggerFactory.CreateLogger<DeploymentCoordinator>().StateMoved(notice);
        }

        return new DeploymentCoordinator(options with { StateFolder = folder });
    }

    /// <summary>Finds out what has changed and in which order it may change. Changes nothing anywhere.</summary>
    /// <inheritdoc cref="PlanAsync(DeploymentRequest, IProgress{string}?, CancellationToken)"/>
    public Task<DeploymentPlan> PlanAsync(DeploymentRequest request, CancellationToken cancellationToken = default) => PlanAsync(request, null, cancellationToken);

    /// <summary>
    /// Finds out what has changed and in which order it may change. Changes nothing anywhere, but that changed systems are in the
    /// controller's store afterwards: they are built to be compared, unless <see cref="DeploymentRequest.Details"/> is false.
    /// </summary>
    /// <param name="request">What is to be deployed.</param>
    /// <param name="progress">Is told what takes its time, in a few words; may be <see langword="null"/>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="UsageException">The request cannot be: an unknown host, strategy or a value out of range.</exception>
    /// <exception cref="FleetException">The fleet's description is wrong.</exception>
    /// <exception cref="NixException">Nix is missing or cannot evaluate the fleet at all.</exception>
    public async Task<DeploymentPlan> PlanAsync(DeploymentRequest request, IProgress<string>? progress, CancellationToken cancellationToken = default)
    {
        RequestRanges.Check(request);
        var deferred = await DeferredAsync(cancellationToken).ConfigureAwait(false);
        var selection = request.Selection() is { } named ? named with { Also = request.IncludeDeferred ? [.. deferred.Select(d => d.Host)] : [] } : null;
        var (fleet, graph) = await LoadAsync(selection, cancellationToken).ConfigureAwait(false);
        RequestRanges.CheckTags(request, fleet.Fleet);
        var settings = request.Over(fleet.Fleet.Settings);
        var strategy = strategies.Find(settings.Strategy);
        RequestRanges.CheckStrategy(request, strategy);
        var survey = new FleetSurvey(sessions, store, options.Time, progress)
        {
            KnownMachines = KnownMachines.Read(options.State, fleet.Fleet.Origin),
            IsDead = options.Storage.Leases.HasDiedAsync,
        };
        var found = await survey.LookAsync(fleet, settings, request, cancellationToken).ConfigureAwait(false);
        var late = await LateAsync(fleet, found.Inspections, cancellationToken).ConfigureAwait(false);
        var history = await options.Storage.Stores.HistoryAsync(fleet.Fleet.Origin, RunsOfHistory, cancellationToken).ConfigureAwait(false);
        var again = deferred.Where(d => fleet.Selected.Contains(d.Host)).Select(d => $"{d.Host} was deferred by run {d.Run} ({d.Problem.Code}); this run takes it.");
        return Estimated(Planner.Plan(
            found.ToInput(fleet, settings, graph, request with { Hosts = selection?.TextFor(fleet.Selected) }, history, [.. late, .. again]), strategy));
    }

    /// <summary>Makes sure that a plan that was made before still fits the fleet and its hosts; it can be started then.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What its hosts told of earlier runs that had lost them, in sentences.</returns>
    /// <exception cref="UsageException"><c>ND0251</c>: the fleet or its hosts have moved on; the sentences say in what.</exception>
    public async Task<ImmutableArray<string>> CheckAsync(DeploymentPlan plan, CancellationToken cancellationToken = default)
    {
        var request = new DeploymentRequest { Hosts = plan.Origin.Selection, IncludeDependencies = plan.Origin.IncludesDependencies };
        var (fleet, _) = await LoadAsync(request.Selection(), cancellationToken).ConfigureAwait(false);
        var asked = plan.Hosts.Select(h => h.Host).Concat(plan.Skipped.Select(s => s.Host)).Where(fleet.Selected.Contains);
        var inspections = await InspectAsync(fleet, asked, plan.AcceptedMachines, cancellationToken).ConfigureAwait(false);
        var late = await LateAsync(fleet, inspections, cancellationToken).ConfigureAwait(false);
        PlanFreshness.ThrowIfStale(plan, fleet, inspections);
        return late;
    }

    /// <summary>Finds out how hosts get back to an earlier generation. Changes nothing anywhere.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>; never <see langword="null"/>: a rollback names its hosts.</param>
    /// <param name="toGeneration">The generation; <see langword="null"/> is the newest earlier one with another system than the one that runs.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task<DeploymentPlan> PlanRollbackAsync(string hosts, int? toGeneration = null, CancellationToken cancellationToken = default) =>
        PlanRollbackAsync(new DeploymentRequest { Hosts = hosts }, toGeneration, cancellationToken);

    /// <summary>
    /// The same with overrides. Hosts switch at once and are not rebooted, whatever the fleet says; and a rollback is not rolled back itself,
    /// unless <see cref="DeploymentRequest.MaxFailures"/> asks for it.
    /// </summary>
    /// <param name="request">Which hosts, which are named, and how; what would choose an order or put hosts off does not count.</param>
    /// <param name="toGeneration">The generation; <see langword="null"/> is the newest earlier one with another system than the one that runs.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="UsageException"><c>ND0213</c>: no hosts are named. <c>ND0212</c>: another mode than switch, or a reboot, is asked for.</exception>
    public async Task<DeploymentPlan> PlanRollbackAsync(DeploymentRequest request, int? toGeneration = null, CancellationToken cancellationToken = default)
    {
        RequestRanges.Check(request);
        RequestRanges.NeedHosts(request, "Rollback", "that are to be rolled back");
        var reboots = request.Reboot is not (null or RebootPolicy.Never);
        if (request.Mode != ActivationMode.Switch || reboots)
        {
            throw new UsageException("ND0212", $"Rollback switches at once and reboots nothing: leave {(reboots ? "--reboot" : "--mode")} out.");
        }

        var (fleet, graph) = await LoadAsync(request.Selection(), cancellationToken).ConfigureAwait(false);
        RequestRanges.CheckTags(request, fleet.Fleet);
        var asked = await InspectAsync(fleet, fleet.Selected, request.AcceptMachine, cancellationToken).ConfigureAwait(false);
        var (inspections, dead) = await DeadLocks.OfAsync(asked, options.Storage.Leases.HasDiedAsync, cancellationToken).ConfigureAwait(false);
        var late = await LateAsync(fleet, inspections, cancellationToken).ConfigureAwait(false);

        // A rollback that fails is not rolled back itself unless that is asked for: the next failure would undo the undoing.
        var settings = request.Over(fleet.Fleet.Settings) with { MaxFailures = request.MaxFailures ?? new FailureBudget(null, 100) };
        return Estimated(Planner.PlanRollback(Classification.ForRollback(settings, inspections, toGeneration, request).ToInput(fleet, settings, graph, request, DurationHistory.Empty, [.. dead, .. late])));
    }

    /// <summary>Begins a run of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Cancelled: stops gracefully, as <see cref="DeploymentRun.StopAsync"/> does.</param>
    /// <exception cref="StateException">The state folder or its journal cannot be written; nothing was begun.</exception>
    public async Task<DeploymentRun> StartAsync(DeploymentPlan plan, CancellationToken cancellationToken = default)
    {
        var state = StateFolder.Open(options.State);
        var id = StateFolder.NewRunId(options.Time);
        var folder = state.Run(id);
        await folder.CreateAsync(plan, CancellationToken.None).ConfigureAwait(false);
        await KnownMachines.RememberAsync(state.Path, plan, CancellationToken.None).ConfigureAwait(false);
        var lease = await options.Storage.Leases.AcquireAsync(id, CancellationToken.None).ConfigureAwait(false);
        try
        {
            var journal = await options.Storage.Stores.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            return DeploymentRun.Begin(
                new RunSetup(id, folder, plan, journal, sessions, store, options.Time)
                {
                    Lease = lease,
                    IsDead = options.Storage.Leases.HasDiedAsync,
                    Commands = options.CommandsOf(folder),
                    Observers = [new RunArtifacts(folder, options.Time, plan.Roles()), new HostLogs(folder, options.Time), new BuildLogs(folder, store.ReadLogAsync), .. options.Observers.Select(o => o(folder))],
                    Logger = options.LoggerFactory.CreateLogger<DeploymentRun>(),
                },
                cancellationToken);
        }
        catch
        {
            await lease.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Answers a run that waits for an approval, whichever program on this machine carries it out: the next stage begins.</summary>
    /// <param name="run">The run's id; <see langword="null"/> is the newest run.</param>
    /// <param name="by">Who says so, for the journal.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What was asked.</returns>
    /// <exception cref="UsageException"><c>ND0615</c> to <c>ND0617</c>: there is no such run, it asks nothing, or it was answered before.</exception>
    public Task<PendingApproval> ApproveAsync(string? run, string by, CancellationToken cancellationToken = default) =>
        AnswerAsync(run, stage => new RunCommand.Approve(stage, by), cancellationToken);

    /// <summary>The same with the other answer: every host of the run is rolled back.</summary>
    /// <param name="run">The run's id; <see langword="null"/> is the newest run.</param>
    /// <param name="by">Who says so, for the journal.</param>
    /// <param name="reason">Why, in a few words; may be empty.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What was asked.</returns>
    /// <exception cref="UsageException"><c>ND0615</c> to <c>ND0617</c>: there is no such run, it asks nothing, or it was answered before.</exception>
    public Task<PendingApproval> RejectAsync(string? run, string by, string reason = "", CancellationToken cancellationToken = default) =>
        AnswerAsync(run, stage => new RunCommand.Reject(stage, by, reason), cancellationToken);

    /// <summary>Cancels a run, whichever program carries it out: no further host is started, and those in flight finish.</summary>
    /// <param name="run">The run's id; <see langword="null"/> is the newest run.</param>
    /// <param name="by">Who cancels, for the journal.</param>
    /// <param name="reason">Why, in a few words; may be empty.</param>
    /// <param name="cancellationToken">Cancels the sending, not the run.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="UsageException"><c>ND0615</c>, <c>ND0616</c>: there is no such run, or it has ended.</exception>
    public async Task<string> CancelAsync(string? run, string by, string reason, CancellationToken cancellationToken = default)
    {
        var known = await options.Storage.Stores.RunsAsync(run is null ? 1 : int.MaxValue, cancellationToken).ConfigureAwait(false);
        var found = known.FirstOrDefault(r => run is null || r.Run == run)
            ?? throw new UsageException("ND0615", $"There is no run {Text.Quote(run ?? "")} in the state folder {Text.Quote(options.State)}.");
        if (found.Outcome is { } outcome)
        {
            throw new UsageException("ND0616", $"The run {found.Run} has ended as {outcome}; there is nothing to cancel.");
        }

        await options.CommandsOf(StateFolder.Open(options.State).Run(found.Run)).SendAsync(new RunCommand.Cancel(by, reason), cancellationToken).ConfigureAwait(false);
        return found.Run;
    }

    /// <summary>Looks at hosts and says what they run and what they would get. Changes nothing anywhere.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<FleetStatus> StatusAsync(string? hosts = null, CancellationToken cancellationToken = default)
    {
        var (fleet, _) = await LoadAsync(hosts, cancellationToken).ConfigureAwait(false);
        var inspections = await InspectAsync(fleet, fleet.Selected, [], cancellationToken).ConfigureAwait(false);
        var late = await LateAsync(fleet, inspections, cancellationToken).ConfigureAwait(false);
        return new FleetStatus(
            fleet.Fleet.Origin,
            [.. inspections.Select(i => new HostStanding(i, fleet.Systems.GetValueOrDefault(i.Host.Name)?.Toplevel, fleet.Failures.GetValueOrDefault(i.Host.Name)))],
            await LastRunAsync(cancellationToken).ConfigureAwait(false))
        {
            Deferred = [.. (await DeferredAsync(cancellationToken).ConfigureAwait(false)).Where(d => fleet.Fleet.Hosts.ContainsKey(d.Host))],
            Late = late,
            Simulated = fleet.Fleet.IsSimulated,
        };
    }

    /// <summary>Looks whether hosts could be rolled back right now. Activates nothing anywhere.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The hosts in ordinal order.</returns>
    public async Task<ImmutableArray<HostReadiness>> VerifyRollbackAsync(string? hosts = null, CancellationToken cancellationToken = default)
    {
        var (fleet, _) = await LoadAsync(hosts, cancellationToken).ConfigureAwait(false);
        return await FleetInspector.VerifyRollbackAsync(sessions, fleet, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks at the health checks of hosts now, each once. Changes nothing anywhere.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<FleetHealth> CheckHealthAsync(string? hosts = null, CancellationToken cancellationToken = default)
    {
        var (fleet, _) = await LoadAsync(hosts, cancellationToken).ConfigureAwait(false);
        var health = await new FleetHealthCheck(sessions, options.Time).LookAsync(fleet, cancellationToken).ConfigureAwait(false);
        return new FleetHealth(fleet.Fleet.Origin, health) { Simulated = fleet.Fleet.IsSimulated };
    }

    /// <summary>Finds everything that would keep the fleet from being deployed: its files, evaluation, a dry build, and its hosts. Changes and builds nothing.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="askHosts">Whether hosts are looked at too: whether they can be reached, their space, services and clocks.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="FleetException">The description itself is wrong. <c>ND0631</c>: files of it cannot be parsed, and so it cannot be read.</exception>
    public async Task<FleetValidation> ValidateAsync(string? hosts = null, bool askHosts = true, CancellationToken cancellationToken = default)
    {
        var files = options.Source is null ? await new SyntaxCheck(options.Nix).RunAsync(options.Fleet, cancellationToken).ConfigureAwait(false) : [];
        try
        {
            var (fleet, _) = await LoadAsync(hosts, cancellationToken).ConfigureAwait(false);
            strategies.Find(fleet.Fleet.Settings.Strategy);
            var found = await new FleetValidator(sessions, store, options.Time).ValidateAsync(fleet, askHosts, cancellationToken).ConfigureAwait(false);
            return found with { Files = files };
        }
        catch (NixDeployException e) when (!files.IsEmpty)
        {
            throw new FleetException("ND0631", string.Join('\n', files.Append(e.Message)), e);
        }
    }

    /// <summary>Evaluates and builds hosts and the tests that they declare, to the last. Contacts no host, and activates nothing.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="progress">Is told what takes its time, in a few words; may be <see langword="null"/>.</param>
    /// <param name="cancellationToken">Cancels the builds; what was built stays.</param>
    /// <exception cref="FleetException">The description itself is wrong.</exception>
    public async Task<FleetValidation> TestAsync(string? hosts = null, IProgress<string>? progress = null, CancellationToken cancellationToken = default)
    {
        var (fleet, _) = await LoadAsync(hosts, cancellationToken).ConfigureAwait(false);
        return await new FleetTester(sessions, store).TestAsync(fleet, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => sessions.DisposeAsync();

    private Task<(LoadedFleet Loaded, DependencyGraph Graph)> LoadAsync(string? hosts, CancellationToken cancellationToken) =>
        LoadAsync(new DeploymentRequest { Hosts = hosts }.Selection(), cancellationToken);

    private async Task<(LoadedFleet Loaded, DependencyGraph Graph)> LoadAsync(HostSelection? selection, CancellationToken cancellationToken)
    {
        var loaded = await Source().LoadAsync(selection, cancellationToken).ConfigureAwait(false);
        return (loaded, DependencyGraph.Of(loaded.Fleet));
    }

    private IFleetSource Source() => options.Source ?? FleetSources.Open(options.Fleet, options.Nix);

    private async Task<PendingApproval> AnswerAsync(string? run, Func<int, RunCommand> answer, CancellationToken cancellationToken)
    {
        run ??= (await LastRunAsync(cancellationToken).ConfigureAwait(false))?.Run
            ?? throw new UsageException("ND0615", $"There is no run in the state folder {Text.Quote(options.State)}; name the folder that the run keeps its journal in with --state.");
        var runFolder = StateFolder.Open(options.State).Run(run);
        var journal = await options.Storage.Stores.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (journal.ConfigureAwait(false))
        {
            var state = Reducer.Fold(await journal.ReadAsync(run, 0, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false));
            if (state.Plan is null)
            {
                var known = (await journal.RunsAsync(RunsOfHistory, cancellationToken).ConfigureAwait(false)).Select(r => r.Run).ToList();
                throw new UsageException("ND0615", $"There is no run {Text.Quote(run)} in the state folder {Text.Quote(options.State)}{Text.DidYouMean(run, known)}; the newest are {string.Join(", ", known)}.");
            }

            var pending = state.Awaits ?? throw new UsageException("ND0616", $"The run {run} waits for no approval: {(state.Outcome is { } outcome ? $"it has ended as {outcome}" : "it has not come to a question yet, or was answered")}.");
            if (await options.CommandsOf(runFolder).SendAsync(answer(pending.Question.Stage), cancellationToken).ConfigureAwait(false) is { } first)
            {
                throw new UsageException("ND0617", $"The question of run {run} was answered before: {first.By} {(first is RunCommand.Approve ? "approved" : "rejected")}.");
            }

            return pending;
        }
    }

    private async Task<ImmutableArray<HostInspection>> InspectAsync(LoadedFleet fleet, IEnumerable<HostName> hosts, ImmutableArray<HostName> accepted, CancellationToken cancellationToken) =>
        new MachineIdentity(fleet, KnownMachines.Read(options.State, fleet.Fleet.Origin), accepted)
            .Verify(await FleetInspector.InspectAsync(sessions, fleet, hosts, options.Time, cancellationToken).ConfigureAwait(false));

    private static DeploymentPlan Estimated(DeploymentPlan plan) => plan with { Estimate = PlanSimulation.Of(plan) };

    /// <summary>Before a host's record is replaced by a new one, what it says goes to the run that it is of.</summary>
    private Task<ImmutableArray<string>> LateAsync(LoadedFleet fleet, IEnumerable<HostInspection> inspections, CancellationToken cancellationToken) =>
        LateOutcomes.RecordAsync(options.Storage, fleet.Fleet.Origin, inspections, options.Time, cancellationToken);

    private Task<ImmutableArray<DeferredHost>> DeferredAsync(CancellationToken cancellationToken) =>
        options.Storage.Stores.DeferredAsync(Source().Origin, cancellationToken);

    private async Task<RunSummary?> LastRunAsync(CancellationToken cancellationToken) =>
        (await options.Storage.Stores.RunsAsync(1, cancellationToken).ConfigureAwait(false)).FirstOrDefault();
}
