using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Testing;

/// <summary>The host protocol as pure functions: what a host is after it was asked, or after time went by.</summary>
internal static class HostProtocol
{
    /// <summary>Brings the host to the present: what the guard did meanwhile has been done.</summary>
    public static HostMemory Settle(HostMemory memory, DateTimeOffset now)
    {
        while (memory.Transaction is { } transaction && Next(memory, transaction, now) is { } next)
        {
            memory = next;
        }

        return memory;
    }

    /// <summary>Takes the lock, unless another run has it or a guard is at work; breaking a lock stops no guard.</summary>
    public static HostMemory Prepare(HostMemory memory, PrepareRequest request, DateTimeOffset now)
    {
        if (Unfinished(memory) is not null || (memory.Lock is { } held && held.Run != request.Run && held.Run != request.DeadRun && !request.BreakLock))
        {
            return memory;
        }

        var fence = memory.Fence + 1;
        return memory with { Fence = fence, Lock = new HostLock(request.Run, request.Controller, now, fence) };
    }

    /// <summary>
    /// Writes the record and starts the guard, unless that was done before. A target that runs already is accepted and not activated again.
    /// </summary>
    public static HostMemory Activate(HostMemory memory, ActivationRequest request, Activation activation, TimeSpan takes, DateTimeOffset now)
    {
        if (memory.Transaction?.Id == request.Transaction)
        {
            return memory;
        }

        var boot = request.Mode == ActivationMode.Boot;
        var running = memory.Current == request.Target || boot;
        return memory with
        {
            Transaction = new TransactionMemory
            {
                Id = request.Transaction,
                Target = request.Target,
                Mode = request.Mode,
                Generation = request.Generation,
                Old = memory.Current,
                FailedBefore = memory.Failed,
                Phase = boot ? TransactionPhase.Committing : TransactionPhase.Activating,
                Reason = boot ? TransactionReason.Verdict : TransactionReason.None,
                PhaseEnds = running ? now : now + takes,
                Deadline = now + request.Guard,
                Activation = running ? new(ActivationOutcome.Activated, 0, [], [], "") : activation,
            },
        };
    }

    /// <summary>Pushes the deadline out, unless there is a verdict.</summary>
    public static HostMemory Renew(HostMemory memory, TimeSpan guard, DateTimeOffset now) =>
        memory.Transaction is { Phase: TransactionPhase.Activating or TransactionPhase.OnTrial, Deadline: not null } open
            ? memory with { Transaction = open with { Deadline = now + guard } }
            : memory;

    /// <summary>Hands in a verdict, which stops an activation that is still going on; the second one changes nothing.</summary>
    public static HostMemory Verdict(HostMemory memory, TransactionPhase verdict, TimeSpan takes, DateTimeOffset now) =>
        memory.Transaction is { Phase: TransactionPhase.Activating or TransactionPhase.OnTrial } open
            ? memory with { Transaction = open with { Phase = verdict, PhaseEnds = now + takes, Reason = TransactionReason.Verdict } }
            : memory;

    /// <summary>Leaves what is tried running, with the boot default as it is.</summary>
    public static HostMemory Keep(HostMemory memory) => memory.Transaction is { Phase: TransactionPhase.OnTrial } open ? Kept(memory, open, TransactionReason.Verdict) : memory;

    /// <summary>Gives the lock back, when it is still the asker's.</summary>
    public static HostMemory Release(HostMemory memory, Transaction transaction) =>
        memory.Lock is { } held && held.Run == transaction.Run && held.Fence == transaction.Fence ? memory with { Lock = null } : memory;

    /// <summary>The power fails and comes back.</summary>
    public static HostMemory PowerCycle(HostMemory memory, ImmutableArray<string> failed) => memory with
    {
        Boots = memory.Boots + 1,
        Current = memory.BootDefault,
        Booted = memory.BootDefault,
        Failed = failed,
        Lock = null,
        Transaction = (Unfinished(memory) is { } open ? open with { Phase = TransactionPhase.RevertedByReboot, Reason = TransactionReason.Reboot } : memory.Transaction) is { } last
            ? last with { Outcome = last is { Mode: ActivationMode.Boot, Phase: TransactionPhase.Committed } ? ActivationOutcome.Installed : null }
            : null,
    };

    /// <summary>The transaction whose guard is still at work.</summary>
    public static TransactionMemory? Unfinished(HostMemory memory) =>
        memory.Transaction is { Phase: < TransactionPhase.Committed } open ? open : null;

    private static HostMemory? Next(HostMemory memory, TransactionMemory transaction, DateTimeOffset now) => transaction.Phase switch
    {
        TransactionPhase.Activating when transaction.Deadline < transaction.PhaseEnds =>
            now >= transaction.Deadline ? RolledBack(memory, transaction, TransactionReason.Deadline) : null,
        TransactionPhase.Activating when now >= transaction.PhaseEnds => Activated(memory, transaction),
        TransactionPhase.OnTrial when now >= transaction.Deadline => RolledBack(memory, transaction, TransactionReason.Deadline),
        TransactionPhase.Committing when now >= transaction.PhaseEnds => Committed(memory, transaction),
        TransactionPhase.RollingBack when now >= transaction.PhaseEnds => RolledBack(memory, transaction, transaction.Reason),
        _ => null,
    };

    private static HostMemory Activated(HostMemory memory, TransactionMemory transaction)
    {
        transaction = transaction with { Outcome = transaction.Activation.Outcome };
        if (!transaction.Activation.Switches)
        {
            return RolledBack(memory, transaction, TransactionReason.NotActivated);
        }

        if (memory.Current != transaction.Target)
        {
            memory = memory with { Current = transaction.Target, Activated = memory.Activated.Add(transaction.Target), Failed = [.. transaction.Activation.FailToStart, .. transaction.Activation.FailLater] };
        }

        // Without a guard, try is a plain switch or test.
        return transaction switch
        {
            { Deadline: not null } => memory with { Transaction = transaction with { Phase = TransactionPhase.OnTrial } },
            { Mode: ActivationMode.Test } => Kept(memory, transaction, TransactionReason.NoGuard),
            _ => Committed(memory, transaction with { Reason = TransactionReason.NoGuard }),
        };
    }

    private static HostMemory Kept(HostMemory memory, TransactionMemory transaction, TransactionReason reason) =>
        Release(memory, transaction.Id) with { Transaction = transaction with { Phase = TransactionPhase.Kept, Reason = reason } };

    private static HostMemory Committed(HostMemory memory, TransactionMemory transaction)
    {
        // As nix-env --set does it: the newest generation is used again when it is this system already.
        var newest = memory.Generations[^1];
        var there = transaction.Generation is { } number ? memory.Generations.First(g => g.Number == number)
            : newest.System == transaction.Target ? newest
            : null;
        var generation = there ?? new Generation(newest.Number + 1, transaction.Target);
        return Release(memory, transaction.Id) with
        {
            BootDefault = transaction.Target,
            Generation = generation.Number,
            Generations = there is null ? memory.Generations.Add(generation) : memory.Generations,
            Transaction = transaction with
            {
                Phase = TransactionPhase.Committed,
                Outcome = transaction.Mode == ActivationMode.Boot ? ActivationOutcome.Installed : transaction.Outcome,
            },
        };
    }

    private static HostMemory RolledBack(HostMemory memory, TransactionMemory transaction, TransactionReason reason)
    {
        var record = transaction with { Reason = reason, FailedAtRestore = [.. memory.Failed.Except(transaction.FailedBefore)] };
        return transaction.Activation.CannotBeLeft && memory.Current == transaction.Target
            ? Release(memory, transaction.Id) with { Transaction = record with { Phase = TransactionPhase.RollbackFailed } }
            : Release(memory, transaction.Id) with
            {
                Current = transaction.Old,
                Failed = transaction.FailedBefore,
                Transaction = record with { Phase = TransactionPhase.RolledBack },
            };
    }
}
