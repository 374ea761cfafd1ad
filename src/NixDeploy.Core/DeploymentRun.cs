using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Runs;

namespace NixDeploy;

/// <summary>A run that has begun: watch it, wait for it, stop it.</summary>
[SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "They end with the run, not with whoever watches it.")]
public sealed class DeploymentRun
{
    /// <summary>How long observers may take once the run has ended.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly RunSetup setup;
    private readonly RunLog log;
    private readonly Executor executor;
    private readonly RunObservers observers;
    private readonly ApprovalDesk approvals;
    private readonly CancellationTokenSource detached = new();
    private readonly CancellationTokenSource ended = new();
    private ImmutableArray<Problem> warnings = [];

    private DeploymentRun(RunSetup setup, CancellationToken stop)
    {
        this.setup = setup;
        log = new RunLog(setup.Journal, setup.Id, setup.Time);
        observers = new RunObservers(log, setup.Observers, setup.Time, setup.Logger);
        approvals = new ApprovalDesk(setup.Time);
        executor = new Executor(setup.Plan, setup.Context(approvals, observers.Notice), log);
        Completion = CarryOutAsync(stop);
    }

    /// <summary>The run's id.</summary>
    public string Id => setup.Id;

    /// <summary>Where its report, status and logs are.</summary>
    public RunFolder Folder => setup.Folder;

    /// <summary>
    /// How it ended. Faults with <see cref="StateLostException"/> when its journal could not be written any more, and with
    /// <see cref="StateException"/> when it could not be begun.
    /// </summary>
    public Task<DeploymentResult> Completion { get; }

    /// <summary>A cursor over the run's events; leaving it stops only the viewing. Ends with the run.</summary>
    /// <param name="fromSequence">The first event wanted; 0 or 1 for all.</param>
    /// <param name="cancellationToken">Cancels the viewing; the run goes on.</param>
    public IAsyncEnumerable<RecordedEvent> EventsAsync(long fromSequence = 0, CancellationToken cancellationToken = default) =>
        log.FollowAsync(fromSequence, cancellationToken);

    /// <summary>The same with the state after each group of events, at least once each period.</summary>
    /// <param name="period">How long a frame without news is waited for.</param>
    /// <param name="cancellationToken">Cancels the viewing; the run goes on.</param>
    public IAsyncEnumerable<RunFrame> FramesAsync(TimeSpan period, CancellationToken cancellationToken = default) =>
        log.FramesAsync(0, period, cancellationToken);

    /// <summary>Starts no further host and lets those in flight finish.</summary>
    public Task StopAsync() => executor.StopAsync();

    /// <summary>Approves the stage after the one that was asked about: it starts.</summary>
    /// <param name="stage">The stage of <see cref="ApprovalRequested"/>; may be answered before it is asked.</param>
    /// <param name="by">Who approves, for the journal.</param>
    /// <returns>Whether it was the first answer; later ones change nothing.</returns>
    public bool Approve(int stage, string by) => approvals.Answer(stage, new ApprovalAnswer(true, by, ""));

    /// <summary>Rejects it: every host of the run is rolled back.</summary>
    /// <param name="stage">The stage of <see cref="ApprovalRequested"/>; may be answered before it is asked.</param>
    /// <param name="by">Who rejects, for the journal.</param>
    /// <param name="reason">Why, in a few words; may be empty.</param>
    /// <returns>Whether it was the first answer; later ones change nothing.</returns>
    public bool Reject(int stage, string by, string reason = "") => approvals.Answer(stage, new ApprovalAnswer(false, by, reason));

    /// <summary>Detaches: the run ends at once, hosts in flight are left to their guards, and hosts that only bake are deployed.</summary>
    public void Detach() => detached.Cancel();

    internal static DeploymentRun Begin(RunSetup setup, CancellationToken stop) => new(setup, stop);

    private async Task<DeploymentResult> CarryOutAsync(CancellationToken stop)
    {
        // Whoever asked for the run gets it before it works.
        await Task.Yield();
        var listening = ListenAsync();
        try
        {
            await RunAsync(stop).ConfigureAwait(false);
        }
        catch (StateException e) when (log.State.Plan is not null)
        {
            throw Lost(e);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await listening.ConfigureAwait(false);
            await executor.DisposeAsync().ConfigureAwait(false);
            await log.DisposeAsync().ConfigureAwait(false);
            warnings = warnings.AddRange(await observers.EndAsync(Deadline).ConfigureAwait(false));
            await setup.Journal.DisposeAsync().ConfigureAwait(false);
            await setup.Lease.DisposeAsync().ConfigureAwait(false);
        }

        setup.Logger.RunEnded(Id, log.State.Outcome!.Value);
        return new DeploymentResult(log.State.Outcome!.Value, log.State, setup.Folder) { Warnings = warnings };
    }

    private async Task RunAsync(CancellationToken stop)
    {
        setup.Logger.RunStarts(Id, setup.Plan.Hosts.Length, setup.Plan.Strategy);
        var before = (await setup.Journal.RunsAsync(1, CancellationToken.None).ConfigureAwait(false)).FirstOrDefault();
        await log.AppendAsync(new RunStarted(Id, setup.Controller, setup.Plan.Origin.Fleet, setup.Plan) { StartedBy = RunSetup.Me, Previous = before?.Head }).ConfigureAwait(false);
        foreach (var off in setup.Plan.Unreachable)
        {
            // The plan has them too; as events they are found by Status and by the next run.
            await log.AppendAsync(new HostUnreachable(off.Host, off.Problem, off.Deferred, off.Because)).ConfigureAwait(false);
        }

        using var stopping = stop.Register(() => _ = StopAsync());
        using var losing = setup.Lease.Lost.Register(LoseLease);
        await ExecuteAsync().ConfigureAwait(false);
        await CountTrafficAsync().ConfigureAwait(false);
        await log.AppendAsync(new RunFinished(Outcomes.Of(log.State))).ConfigureAwait(false);
    }

    private async Task ExecuteAsync()
    {
        try
        {
            await executor.RunAsync(log.Recorded, detached.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (detached.IsCancellationRequested)
        {
            foreach (var happened in Detaching.Of(log.State))
            {
                await log.AppendAsync(happened).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes commands from elsewhere until the run has ended.</summary>
    private async Task ListenAsync()
    {
        try
        {
            await foreach (var command in setup.Commands.ListenAsync(ended.Token).ConfigureAwait(false))
            {
                switch (command)
                {
                    case RunCommand.Approve approve:
                        Approve(approve.Stage, approve.By);
                        break;
                    case RunCommand.Reject reject:
                        Reject(reject.Stage, reject.By, reject.Reason);
                        break;
                    default:
                        _ = executor.StopAsync(command.By);
                        break;
                }
            }
        }
        catch (Exception e) when (!ended.IsCancellationRequested)
        {
            warnings = warnings.Add(new Problem("ND0642", $"Commands to the run from elsewhere were not heard any more: {e.Message}"));
            setup.Logger.CommandsFailed(Id, e.Message);
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
    }

    private void LoseLease()
    {
        warnings = warnings.Add(new Problem("ND0643", "The lease of the run was lost: another controller may have taken it over, so no further host was started."));
        setup.Logger.LeaseLost(Id);
        _ = StopAsync();
    }

    private StateLostException Lost(StateException error)
    {
        ImmutableArray<HostName> inFlight = [.. DeploymentResult.InFlightOf(log.State)];
        setup.Logger.StateLost(Id, error.Code, string.Join(", ", inFlight));
        return new StateLostException(Id, inFlight, error);
    }

    /// <summary>What each host has cost, its inspection while planning included.</summary>
    private async Task CountTrafficAsync()
    {
        foreach (var host in log.State.Hosts.Keys)
        {
            var (connections, commands, retries) = setup.Sessions.TrafficOf(host);
            await log.AppendAsync(new TrafficCounted(host, connections, commands) { Retries = retries }).ConfigureAwait(false);
        }
    }
}
