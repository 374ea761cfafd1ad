using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using NixDeploy.Events;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Nix;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Execution;

/// <summary>Runs any plan: asks the scheduler what is next, has it done, and lets the scheduler observe what happened.</summary>
internal sealed class Executor : IAsyncDisposable
{
    private readonly DeploymentPlan plan;
    private readonly RunContext run;
    private readonly IEventSink sink;
    private readonly Channel<DeploymentEvent> happened = Channel.CreateUnbounded<DeploymentEvent>(new() { SingleReader = true });
    private readonly Dictionary<HostName, HostDeployment> deployments;
    private readonly HashSet<HostName> preparedOnly;
    private readonly List<Task> work = [];
    private readonly CancellationTokenSource stopped = new();
    private readonly CancellationTokenSource halted = new();
    private readonly CancellationTokenSource closing;
    private readonly CancellationTokenSource abandoned = new();
    private RunState begun = RunState.Empty;

    public Executor(DeploymentPlan plan, RunContext context, IEventSink sink)
    {
        this.plan = plan;
        this.sink = sink;
        closing = CancellationTokenSource.CreateLinkedTokenSource(stopped.Token, halted.Token);
        run = context with { Emit = EmitAsync, Closing = closing.Token, Halted = halted.Token };
        deployments = plan.Hosts.ToDictionary(h => h.Host, h => new HostDeployment(run, h));
        preparedOnly = [.. plan.Stages.Where(s => s.To == Milestone.Prepared).SelectMany(s => s.Hosts)];
    }

    /// <summary>Starts no further host; those in flight finish.</summary>
    public async Task StopAsync(string? by = null)
    {
        await EmitAsync(new StopRequested { By = by }).ConfigureAwait(false);
        await stopped.CancelAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var deployment in deployments.Values)
        {
            await deployment.DisposeAsync().ConfigureAwait(false);
        }

        closing.Dispose();
        halted.Dispose();
        stopped.Dispose();
        abandoned.Dispose();
    }

    /// <summary>Works until nothing is left to do. However it ends, none of its work goes on behind it.</summary>
    /// <param name="recorded">The run's events so far: those of its beginning, and more when it is resumed.</param>
    /// <param name="cancellationToken">Cancels the run at once, without ending it: detached, hosts in flight are left to their guards.</param>
    /// <exception cref="StateException">The journal cannot be written; hosts in flight are left to their guards.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task RunAsync(IReadOnlyCollection<RecordedEvent> recorded, CancellationToken cancellationToken = default)
    {
        begun = Reducer.Fold(recorded);
        if (begun.Halted)
        {
            await halted.CancelAsync().ConfigureAwait(false);
        }

        foreach (var (host, deployment) in deployments)
        {
            deployment.Resume(begun.Hosts[host]);
        }

        using var detached = cancellationToken.Register(abandoned.Cancel);
        try
        {
            await ScheduleAsync(Scheduler.From(plan, recorded.Select(r => r.Event)), abandoned.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Without a journal nothing may be committed: what is in flight is left to the hosts' guards at once.
            await abandoned.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(work).ConfigureAwait(false);
            ExceptionDispatchInfo.Throw(e is ChannelClosedException { InnerException: { } fault } ? fault : e);
        }

        await Task.WhenAll(work).ConfigureAwait(false);
    }

    private async Task ScheduleAsync(Scheduler scheduler, CancellationToken cancellationToken)
    {
        while (true)
        {
            foreach (var decision in scheduler.Next())
            {
                Begin(decision, cancellationToken);
            }

            if (scheduler.Finished)
            {
                return;
            }

            scheduler.Observe(await happened.Reader.ReadAsync(cancellationToken).ConfigureAwait(false));
        }
    }

    private void Begin(Decision decision, CancellationToken cancellationToken)
    {
        var task = decision switch
        {
            Decision.Build build => GuardedAsync(null, () => BuildAsync(build.Hosts, cancellationToken)),
            Decision.Bring { To: Milestone.Prepared } bring => GuardedAsync(bring.Host, () => deployments[bring.Host].PrepareAsync(preparedOnly.Contains(bring.Host), cancellationToken)),
            Decision.Bring { To: Milestone.Tested } bring => GuardedAsync(bring.Host, () => TestAsync(bring.Host, cancellationToken)),
            Decision.Bake bake => GuardedAsync(null, () => new StageBake(run, plan).RunAsync(bake, closing.Token, cancellationToken)),
            Decision.Ask ask => GuardedAsync(null, () => new StageApproval(run).RunAsync(ask, begun.Awaits, stopped.Token, cancellationToken)),
            Decision.Bring bring => GuardedAsync(bring.Host, () => deployments[bring.Host].ActivateAsync(bring.To, cancellationToken)),
            Decision.RollBack back => GuardedAsync(back.Host, () => deployments[back.Host].RollBackAsync("The run is rolled back.", cancellationToken)),
            Decision.Block block => GuardedAsync(block.Host, () => deployments[block.Host].AbandonAsync(
                new HostBlocked(block.Host, new Problem("ND0601", $"It waits for {block.Because}, which was not deployed."), block.Because), cancellationToken)),
            Decision.Defer defer => GuardedAsync(defer.Host, () => deployments[defer.Host].AbandonAsync(
                new HostUnreachable(defer.Host, UnreachableRules.Behind(defer.Because), Deferred: true, defer.Because), cancellationToken)),
            Decision.Cancel cancel => GuardedAsync(cancel.Host, () => deployments[cancel.Host].AbandonAsync(new HostCancelled(cancel.Host, cancel.Reason), cancellationToken)),
            Decision.Halt halt => GuardedAsync(null, () => HaltAsync(halt)),
            _ => throw new InvalidOperationException($"There is no work for {decision}."),
        };
        work.Add(task);
    }

    /// <summary>Hosts on trial are rolled back instead of committed from now on.</summary>
    private async Task HaltAsync(Decision.Halt halt)
    {
        await halted.CancelAsync().ConfigureAwait(false);
        await EmitAsync(new RunHalted(halt.Failed, halt.Allowed) { Reason = halt.Reason, Scope = halt.Scope, Stage = Math.Max(0, halt.Stage) }).ConfigureAwait(false);
    }

    private async Task TestAsync(HostName host, CancellationToken cancellationToken)
    {
        var problem = await new HostTest(run, deployments[host].Plan).RunAsync(cancellationToken).ConfigureAwait(false);
        await (problem is null ? EmitAsync(new HostTested(host)) : FailAsync(host, problem)).ConfigureAwait(false);
    }

    /// <summary>One batch for each store: the controller's own, and what transports bring.</summary>
    private async Task BuildAsync(ImmutableArray<HostName> hosts, CancellationToken cancellationToken)
    {
        await EmitAsync(new BuildStarted(hosts)).ConfigureAwait(false);
        var plans = plan.Hosts.ToDictionary(h => h.Host);
        await Task.WhenAll(hosts.GroupBy(h => run.StoreOf(plans[h].Described)).Select(batch => BuildAsync(batch.Key, batch.ToImmutableDictionary(h => h, h => plans[h]), cancellationToken)))
            .ConfigureAwait(false);
    }

    /// <summary>A store that fails as a whole fails the hosts of which it has not told anything yet, and no others.</summary>
    private async Task BuildAsync(ILocalStore store, ImmutableDictionary<HostName, HostPlan> batch, CancellationToken cancellationToken)
    {
        var told = new ConcurrentDictionary<HostName, bool>();
        try
        {
            await store.RealiseEachAsync(
                batch.ToImmutableDictionary(h => h.Key, h => new SystemBuild(h.Value.To, h.Value.Derivation)), run.RootsFolder, Built, run.Log, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfHost(e))
        {
            foreach (var host in batch.Keys.Where(h => !told.ContainsKey(h)))
            {
                Built(new BuildResult(host, NixDeployException.ProblemOf(host, e)));
            }
        }

        void Built(BuildResult result)
        {
            told[result.Host] = true;
            _ = EmitAsync((result.Problem ?? SystemCheck.Check(result.Host, batch[result.Host].To)) is { } problem
                ? new HostBlocked(result.Host, problem, Because: null)
                : new HostBuilt(result.Host));
        }
    }

    /// <summary>Whatever goes wrong with a host is that host's failure; only a journal that fails, or detaching, stops the run.</summary>
    private async Task GuardedAsync(HostName? host, Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception e) when (host is not null && IsOfHost(e))
        {
            await GuardedAsync(null, () => FailAsync(host.Value, NixDeployException.ProblemOf(host.Value, e))).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            happened.Writer.TryComplete(e);
        }
    }

    private bool IsOfHost(Exception e) => e is not StateException && !abandoned.IsCancellationRequested;

    /// <summary>An error while one host fails is that host's too: nobody knows then what runs there.</summary>
    private async Task FailAsync(HostName host, Problem problem)
    {
        try
        {
            await deployments[host].FailAsync(problem, abandoned.Token).ConfigureAwait(false);
            await deployments[host].CloseAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfHost(e))
        {
            await EmitAsync(new RollbackFailed(host, NixDeployException.ProblemOf(host, e), Unknown: true)).ConfigureAwait(false);
        }
    }

    private Task EmitAsync(DeploymentEvent e)
    {
        if (e is HostEvent happens && deployments.TryGetValue(happens.Host, out var deployment))
        {
            deployment.Observe(happens);
        }

        var durable = sink.AppendAsync(e);
        happened.Writer.TryWrite(e);
        return durable;
    }
}
