using System.Collections.Immutable;
using System.Text;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Testing;

/// <summary>A connection to a simulated host.</summary>
internal sealed class SimulatedSession(SimulatedTransport fleet, SimulatedHost machine) : IHostSession
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private bool open;
    private bool broken;

    public int Commands { get; private set; }

    private HostName Name => machine.Description.Name;

    private SimulationSettings? Simulation => machine.Description.Simulation;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (Simulation?.Fail == SimulatedFailure.Unreachable)
        {
            fleet.Note(Name, HostStep.Connect);
            throw new HostException("ND0513", $"{Name}: {machine.Description.Target.Host ?? Name.Value} did not answer: the fleet says that this simulated host is unreachable.");
        }

        await StepAsync(HostStep.Connect, () => true, cancellationToken);
        open = true;
        fleet.Connections.Enter();
    }

    public Task<HostState> InspectAsync(ImmutableArray<string> units, CancellationToken cancellationToken) =>
        StepAsync(HostStep.Inspect, () =>
        {
            var memory = machine.Now;
            var state = Answers.Inspect(memory, units, fleet.Time.GetUtcNow());
            return machine.Seen(state with
            {
                Units = [.. state.Units.Select(machine.Unit)],
                RebootNeeded = machine.NeedsBootFor(memory.Current),
                Transaction = memory.Transaction is { } transaction ? machine.State(memory, transaction) : null,
            });
        }, cancellationToken);

    public Task<HostContents> ContentsAsync(ContentsRequest request, CancellationToken cancellationToken) =>
        StepAsync(HostStep.Contents, () =>
        {
            var missing = Missing(machine.Now, request.Closure);
            var there = request.Describe is { } described && machine.Now.Store.Contains(described);
            return new HostContents(missing, there ? fleet.ContentsOf(request.Describe!) : null)
            {
                DryActivation = request.DryActivate && missing.IsEmpty && machine.Now.Store.Contains(request.Target) ? fleet.SystemOf(request.Target).DryActivation : null,
            };
        }, cancellationToken);

    public Task<PrepareResult> PrepareAsync(PrepareRequest request, ImmutableArray<StorePath> closure, CancellationToken cancellationToken) =>
        StepAsync(HostStep.Prepare, () =>
        {
            var (before, held) = (0L, (HostLock?)null);
            var memory = machine.Change((m, now) =>
            {
                (before, held) = (m.Fence, m.Lock);
                return HostProtocol.Prepare(m, request, now);
            });
            var running = new SystemRef(memory.Current, memory.Generation);
            return memory.Fence > before
                ? new PrepareResult(new Transaction(request.Run, memory.Fence), null, running, Missing(memory, closure)) { Broken = held?.Run == request.Run ? null : held }
                : new PrepareResult(null, Answers.Holder(memory), running, []);
        }, cancellationToken);

    public async Task ImportAsync(Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        using var received = new MemoryStream();
        await write(received, cancellationToken);
        var paths = Encoding.ASCII.GetString(received.ToArray())
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => StorePath.TryParse(line, out var path) ? path : throw new HostException("ND0421",
                $"{Name}: what was copied is no export of a simulated store; simulated hosts take closures from the store of their own transport only."))
            .ToImmutableArray();
        await StepAsync(HostStep.Import, () =>
        {
            if (Simulation?.Fail == SimulatedFailure.Copy)
            {
                throw new HostException("ND0421", $"{Name}: the closure could not be imported: the fleet says that the copy fails on this simulated host.");
            }

            machine.Change((m, _) => m with { Store = m.Store.Union(paths) });
            return true;
        }, cancellationToken, Simulation?.Copy ?? TimeSpan.Zero);
    }

    public Task<RollbackReadiness> VerifyRollbackAsync(CancellationToken cancellationToken) =>
        StepAsync(HostStep.Inspect, () => Answers.Readiness(machine.Now), cancellationToken);

    public Task<DryActivationResult> DryActivateAsync(StorePath system, CancellationToken cancellationToken) =>
        StepAsync(HostStep.DryActivate, () => machine.Now.Store.Contains(system)
            ? Answers.DryActivation(fleet.SystemOf(system))
            : throw new HostException("ND0412", $"{Name}: {system} is not in the simulated host's store."), cancellationToken);

    public async Task<ActivationResult> ActivateAsync(ActivationRequest request, CancellationToken cancellationToken)
    {
        var takes = Simulation?.Activate ?? TimeSpan.Zero;
        fleet.Activations.Enter();
        try
        {
            var begun = await StepAsync(HostStep.Try, () => machine.Change((m, now) =>
            {
                if (m.Transaction?.Id == request.Transaction)
                {
                    return m;
                }

                Owns(m, request.Transaction);
                return m.Store.Contains(request.Target)
                    ? HostProtocol.Activate(m, request, machine.ActivationOf(request.Target), takes, now)
                    : throw new HostException("ND0412", $"{Name}: {request.Target} is not in the simulated host's store, so it was not activated.");
            }), cancellationToken);

            var ended = begun.Transaction!.Phase == TransactionPhase.Activating
                ? await UntilAsync(request.Transaction, t => t.Phase != TransactionPhase.Activating, cancellationToken)
                : begun;
            return Answers.Activation(ended, ended.Transaction!) with { RebootNeeded = machine.NeedsBootFor(request.Target), Record = machine.State(ended, ended.Transaction!) };
        }
        finally
        {
            fleet.Activations.Leave();
        }
    }

    public Task<TransactionState> RenewAsync(Transaction transaction, TimeSpan guard, CancellationToken cancellationToken) =>
        StepAsync(HostStep.Renew, () => State(transaction, machine.Change((m, now) => HostProtocol.Renew(Recorded(m, transaction), guard, now))), cancellationToken);

    public Task<TransactionState> CommitAsync(Transaction transaction, CancellationToken cancellationToken) =>
        VerdictAsync(HostStep.Commit, TransactionPhase.Committing, TimeSpan.Zero, transaction, cancellationToken);

    public Task<TransactionState> KeepAsync(Transaction transaction, CancellationToken cancellationToken) =>
        StepAsync(HostStep.Keep, () => State(transaction, machine.Change((m, _) => HostProtocol.Keep(Recorded(m, transaction)))), cancellationToken);

    public Task RebootAsync(Transaction transaction, CancellationToken cancellationToken) =>
        StepAsync(HostStep.Reboot, () =>
        {
            Owns(machine.Now, transaction);
            machine.PowerCycle();
            broken = true;
            return true;
        }, cancellationToken);

    public Task<TransactionState> RollBackAsync(Transaction transaction, CancellationToken cancellationToken) =>
        VerdictAsync(HostStep.Restore, TransactionPhase.RollingBack, Simulation?.Activate ?? TimeSpan.Zero, transaction, cancellationToken);

    public Task ReleaseAsync(Transaction transaction, CancellationToken cancellationToken) =>
        StepAsync(HostStep.Release, () => machine.Change((m, _) => HostProtocol.Unfinished(m)?.Id == transaction
            ? throw new HostException("ND0420", $"{Name}: the guard of a transaction is still at work, so 'release' did nothing.")
            : HostProtocol.Release(m, transaction)), cancellationToken);

    public Task<ImmutableArray<UnitState>> UnitsAsync(ImmutableArray<string> units, CancellationToken cancellationToken) =>
        StepAsync(HostStep.Units, () => Answers.Units(machine.Now, units).Select(machine.Unit).ToImmutableArray(), cancellationToken);

    public Task<CommandResult> RunAsync(ImmutableArray<string> arguments, TimeSpan deadline, CancellationToken cancellationToken) =>
        StepAsync(HostStep.Run, () => machine.Programs(arguments) ?? Answers.Run(machine.Now, arguments), cancellationToken);

    public Task<Stream> OpenTcpAsync(string host, int port, CancellationToken cancellationToken) =>
        StepAsync(HostStep.OpenTcp, () => machine.Port is { } answers ? answers(host, port)
            : machine.Now.Failed.IsEmpty
            ? new TinyHttpServer()
            : throw new HostException("ND0534", $"{Name}: nothing accepts TCP connections at {host}:{port} as the host sees it (simulated)."), cancellationToken);

    public ValueTask DisposeAsync()
    {
        if (open)
        {
            open = false;
            fleet.Connections.Leave();
        }

        return ValueTask.CompletedTask;
    }

    private async Task<TransactionState> VerdictAsync(
        HostStep step, TransactionPhase verdict, TimeSpan takes, Transaction transaction, CancellationToken cancellationToken)
    {
        var memory = await StepAsync(step, () => machine.Change((m, now) =>
            Recorded(m, transaction).Transaction!.Phase == TransactionPhase.Activating && verdict == TransactionPhase.Committing
                ? throw new HostException("ND0418", $"{Name}: the new system was not activated, so it was not committed; the guard rolls the host back.")
                : HostProtocol.Verdict(m, verdict, takes, now)), cancellationToken);
        var state = State(transaction, memory);
        return state.Done ? state : State(transaction, await UntilAsync(transaction, t => t.Phase >= TransactionPhase.Committed, cancellationToken));
    }

    /// <summary>Polls the record, as the real scripts do: the host goes on whether anybody polls or not.</summary>
    private async Task<HostMemory> UntilAsync(Transaction transaction, Func<TransactionMemory, bool> reached, CancellationToken cancellationToken)
    {
        while (true)
        {
            var memory = Recorded(machine.Now, transaction);
            var record = memory.Transaction!;
            if (reached(record))
            {
                return memory;
            }

            var next = record.Deadline < record.PhaseEnds && record.Phase == TransactionPhase.Activating ? record.Deadline.Value : record.PhaseEnds;
            await fleet.PassAsync(next - fleet.Time.GetUtcNow(), cancellationToken);
        }
    }

    private async Task<T> StepAsync<T>(HostStep step, Func<T> effect, CancellationToken cancellationToken, TimeSpan takes = default)
    {
        if (broken || (!open && step != HostStep.Connect))
        {
            throw new HostException("ND0533", $"{Name}: this connection was abandoned before.");
        }

        fleet.Note(Name, step);
        Commands += step is HostStep.Connect or HostStep.OpenTcp ? 0 : 1;
        var fault = machine.Ask(step);
        await fleet.PassAsync(machine.Latency(step) + takes, cancellationToken);
        switch (fault)
        {
            case SimulatedFault.Freeze:
                await fleet.PassAsync(AnswerLimit, cancellationToken);
                broken = true;
                throw new HostException("ND0531", $"{Name}: {step} did not end within {AnswerLimit.TotalSeconds} s.");
            case SimulatedFault.PowerCut:
                machine.PowerCycle();
                throw Broken(step.ToString());
            case SimulatedFault.LoseConnection:
                throw Broken(step.ToString());
            case SimulatedFault.LoseAnswer:
                effect();
                throw Broken(step.ToString());
            default:
                return effect();
        }
    }

    /// <summary>A system that is there is there whole.</summary>
    private ImmutableArray<StorePath> Missing(HostMemory memory, ImmutableArray<StorePath> closure)
    {
        if (closure.All(memory.Store.Contains))
        {
            return [];
        }

        var there = memory.Store.SelectMany(p => fleet.ContentsOf(p).Closure.Keys).ToHashSet();
        return [.. closure.Where(p => !there.Contains(p))];
    }

    private HostException Broken(string doing)
    {
        broken = true;
        return new HostException("ND0530", $"{Name}: the connection broke during {doing}.");
    }

    private void Owns(HostMemory memory, Transaction transaction)
    {
        if (memory.Lock is not { } held)
        {
            throw new HostException("ND0410", $"{Name}: run {transaction.Run} no longer holds the host's lock.");
        }

        if (held.Run != transaction.Run || held.Fence != transaction.Fence)
        {
            throw new HostException("ND0410", $"{Name}: the host's lock belongs to run {held.Run} of {held.Controller} by now.");
        }
    }

    private HostMemory Recorded(HostMemory memory, Transaction transaction) => memory.Transaction?.Id == transaction
        ? memory
        : throw new HostException("ND0417", $"{Name}: the host has no record of run {transaction.Run}'s transaction.");

    private TransactionState State(Transaction transaction, HostMemory memory) => machine.State(memory, Recorded(memory, transaction).Transaction!);
}
