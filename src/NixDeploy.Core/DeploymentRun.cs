using System.Diagnostics.CodeAnalysis;
using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Reporting.Runs;
using NixDeploy.Runs;

namespace NixDeploy;

/// <summary>A run that has begun: watch it, wait for it, stop it.</summary>
[SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "They end with the run, not with whoever watches it.")]
public sealed class DeploymentRun
{
    private readonly RunSetup setup;
    private readonly RunLog log;
    private readonly Executor executor;
    private readonly HostLogs hostLogs;
    private readonly ApprovalDesk approvals;
    private readonly CancellationTokenSource detached = new();

    private DeploymentRun(RunSetup setup, CancellationToken stop)
    {
        this.setup = setup;
        log = new RunLog(setup.Journal, setup.Id, setup.Time);
        hostLogs = new HostLogs(setup.Folder, setup.Time);
        approvals = new ApprovalDesk(stage => ApprovalFile.Read(setup.Folder, stage), setup.Time);
        executor = new Executor(setup.Plan, setup.Context(approvals, Log), log);
        Completion = CarryOutAsync(stop);
    }

    /// <summary>The run's id.</summary>
    public string Id => setup.Id;

    /// <summary>Where its report, status and logs are.</summary>
    public RunFolder Folder => setup.Folder;

    /// <summary>How it ended. Faults with <see cref="StateException"/> when its journal could not be written any more.</summary>
    public Task<DeploymentResult> Completion { get; }

    /// <summary>A cursor over the run's events; leaving it stops only the viewing. Ends with the run.</summary>
    /// <param name="fromSequence">The first event wanted; 0 or 1 for all.</param>
    /// <param name="cancellationToken">Leaves.</param>
    public IAsyncEnumerable<RecordedEvent> EventsAsync(long fromSequence = 0, CancellationToken cancellationToken = default) =>
        log.FollowAsync(fromSequence, cancellationToken);

    /// <summary>Starts no further host and lets those in flight finish.</summary>
    public Task StopAsync() => executor.StopAsync();

    /// <summary>Says that the stage after the one that a person was asked about begins.</summary>
    /// <param name="stage">The stage of <see cref="ApprovalRequested"/>; may be answered before it is asked.</param>
    /// <param name="by">Who says so, for the journal.</param>
    /// <returns>Whether it was the first answer; later ones change nothing.</returns>
    public bool Approve(int stage, string by) => approvals.Answer(stage, new ApprovalAnswer(true, by, ""));

    /// <summary>Says that it does not begin: every host of the run is taken back.</summary>
    /// <param name="stage">The stage of <see cref="ApprovalRequested"/>; may be answered before it is asked.</param>
    /// <param name="by">Who says so, for the journal.</param>
    /// <param name="reason">Why, in a few words; may be empty.</param>
    /// <returns>Whether it was the first answer; later ones change nothing.</returns>
    public bool Reject(int stage, string by, string reason = "") => approvals.Answer(stage, new ApprovalAnswer(false, by, reason));

    /// <summary>Leaves at once: hosts in flight are Unknown, and their guards decide; hosts that are only watched any more are deployed.</summary>
    public void Detach() => detached.Cancel();

    internal static DeploymentRun Begin(RunSetup setup, CancellationToken stop) => new(setup, stop);

    private async Task<DeploymentResult> CarryOutAsync(CancellationToken stop)
    {
        using var alive = setup.Alive;
        var roles = setup.Fleet.Hosts.ToDictionary(h => h.Key, h => h.Value.Role);
        var artifacts = new RunArtifacts(setup.Folder, setup.Time, hostLogs, roles).FollowAsync(log.FollowAsync(0, CancellationToken.None), cancellationToken: CancellationToken.None);
        try
        {
            await log.AppendAsync(new RunStarted(Id, setup.Controller, setup.Fleet.Origin, setup.Plan)).ConfigureAwait(false);
            foreach (var off in setup.Plan.Unreachable)
            {
                // The plan has them too; of their own they can be asked for, by Status and by the next run.
                await log.AppendAsync(new HostUnreachable(off.Host, off.Problem, off.Deferred, off.Because)).ConfigureAwait(false);
            }

            using var stopping = stop.Register(() => _ = StopAsync());
            await ExecuteAsync().ConfigureAwait(false);
            await CountTrafficAsync().ConfigureAwait(false);
            await log.AppendAsync(new RunFinished(Outcomes.Of(log.State))).ConfigureAwait(false);
        }
        finally
        {
            await executor.DisposeAsync().ConfigureAwait(false);
            await log.DisposeAsync().ConfigureAwait(false);
            await artifacts.ConfigureAwait(false);
            await hostLogs.DisposeAsync().ConfigureAwait(false);
            await setup.Journal.DisposeAsync().ConfigureAwait(false);
        }

        return new DeploymentResult(log.State.Outcome!.Value, log.State, setup.Folder);
    }

    private async Task ExecuteAsync()
    {
        try
        {
            await executor.RunAsync(log.State, detached.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (detached.IsCancellationRequested)
        {
            foreach (var happened in Detaching.Of(log.State))
            {
                await log.AppendAsync(happened).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Lossy: a host's log may miss lines of a build, the journal never misses an event.</summary>
    private void Log(HostName? host, string text)
    {
        if (host is { } name)
        {
            foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                hostLogs.Offer(name, line);
            }
        }
    }

    /// <summary>What each host has cost, the look at it while planning included.</summary>
    private async Task CountTrafficAsync()
    {
        foreach (var host in log.State.Hosts.Keys)
        {
            var (connections, commands) = setup.Sessions.TrafficOf(host);
            await log.AppendAsync(new TrafficCounted(host, connections, commands)).ConfigureAwait(false);
        }
    }
}
