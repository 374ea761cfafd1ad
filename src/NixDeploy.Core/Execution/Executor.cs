using System.Collections.Immutable;
using System.Threading.Channels;
using NixDeploy.Events;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.Nix;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Execution;

/// <summary>Runs any plan: asks the scheduler what is next, has it done, and shows the scheduler what happened.</summary>
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
    public async Task StopAsync()
    {
        await EmitAsync(new StopRequested()).ConfigureAwait(false);
        await stopped.CancelAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var deployment in deployments.Values)
        {
            await deployment.DisposeAsync().ConfigureAwait(false);
        }

        closing.Dispose();
        halted.Dispose();
        stopped.Dispose();
    }

    /// <summary>Works until nothing is left to do.</summary>
    /// <exception cref="StateException">The journal cannot be written; hosts in flight are left to their guards.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled: detached, hosts in flight are left to their guards.</exception>
    public async Task RunAsync(RunState state, CancellationToken cancellationToken)
    {
        begun = state;
        if (state.Halt is not null)
        {
            await halted.CancelAsync().ConfigureAwait(false);
        }

        foreach (var (host, deployment) in deployments)
        {
            deployment.Resume(state.Hosts[host]);
        }

        var scheduler = Scheduler.From(plan, state);
        while (true)
        {
            foreach (var decision in scheduler.Next())
            {
                Begin(decision, cancellationToken);
            }

            if (scheduler.Finished)
            {
                break;
            }

            scheduler.Observe(await happened.Reader.ReadAsync(cancellationToken).ConfigureAwait(false));
        }

        await Task.WhenAll(work).ConfigureAwait(false);
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
            Decision.Defer off => GuardedAsync(off.Host, () => deployments[off.Host].AbandonAsync(
                new HostUnreachable(off.Host, UnreachableRules.Behind(off.Because), Deferred: true, off.Because), cancellationToken)),
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
        await Task.WhenAll(hosts.GroupBy(h => run.StoreOf(plans[h].Described)).Select(batch => batch.Key.RealiseAsync(
            batch.ToImmutableDictionary(h => h, h => new SystemBuild(plans[h].To, plans[h].Derivation)),
            run.RootsFolder, Built, run.Log, cancellationToken))).ConfigureAwait(false);

        void Built(BuildResult result) => _ = EmitAsync((result.Problem ?? HostProblems.NoSystem(result.Host, plans[result.Host].To)) is { } problem
            ? new HostBlocked(result.Host, problem, Because: null)
            : new HostBuilt(result.Host));
    }

    /// <summary>Whatever goes wrong with a host is that host's failure; only a journal that fails, or detaching, stops the run.</summary>
    private async Task GuardedAsync(HostName? host, Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception e) when (host is { } name && e is not (StateException or OperationCanceledException))
        {
            var problem = e is NixDeployException known ? known.ToProblem() : HostProblems.Unexpected(name, e);
            await GuardedAsync(null, () => FailAsync(name, problem)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            happened.Writer.TryComplete(e);
        }
    }

    private async Task FailAsync(HostName host, Problem problem)
    {
        await deployments[host].FailAsync(problem, CancellationToken.None).ConfigureAwait(false);
        await deployments[host].CloseAsync().ConfigureAwait(false);
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
