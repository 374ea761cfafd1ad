using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Contracts;

/// <summary>What every transport's sessions do, on simulated hosts and on real ones: the host protocol as a controller sees it.</summary>
public abstract partial class HostSessionContract
{
    private const string Controller = "contract:1";

    private static int runs;

    private ContractHost subject = null!;

    /// <summary>The host of the test that begins.</summary>
    protected abstract Task<ContractHost> ArrangeAsync();

    /// <summary>Lets the host's time pass.</summary>
    protected abstract Task PassAsync(TimeSpan time);

    /// <summary>The host once it is back from a reboot: how to reach it now.</summary>
    /// <param name="host">How it was reached before.</param>
    /// <param name="bootId">The boot that ended.</param>
    protected virtual Task<ContractHost> AfterRebootAsync(ContractHost host, string bootId) => Task.FromResult(host);

    /// <summary>A guard that outlives an activation, and that a test can wait for.</summary>
    protected virtual TimeSpan ShortGuard => TimeSpan.FromSeconds(10);

    [SetUp]
    public async Task Arrange() => subject = await ArrangeAsync();

    /// <summary>Whoever asks later hears of the try what the one who tried was answered.</summary>
    private static void AssertSameOutcome(ActivationResult tried, TransactionState later) => Assert.That(
        (later.Outcome, later.ExitCode, later.RebootNeeded), Is.EqualTo(((ActivationOutcome?)tried.Outcome, tried.ExitCode, tried.RebootNeeded)));

    private string Profile => subject.Host.Target.Profile;

    private static string NewRun() => "contract-" + Interlocked.Increment(ref runs).ToString(CultureInfo.InvariantCulture);

    private PrepareRequest Request(StorePath target, string run) => new(run, Controller, target, Profile);

    /// <summary>A good system that neither runs nor is the newest generation, so that deploying it shows.</summary>
    private StorePath Another(HostState state) =>
        state.CurrentSystem != subject.Good1 && state.Generations.LastOrDefault()?.System != subject.Good1 ? subject.Good1 : subject.Good2;

    private Task<IHostSession> ConnectAsync() => subject.Transport.ConnectAsync(subject.Host, default);

    private async Task<HostState> InspectAsync()
    {
        await using var session = await ConnectAsync();
        return await session.InspectAsync([], default);
    }

    private async Task<PrepareResult> PrepareAsync(IHostSession session, StorePath target, string run)
    {
        var prepared = await session.PrepareAsync(Request(target, run), await subject.Store.ClosureAsync(target, default), default);
        Assert.That(prepared.Transaction, Is.Not.Null, $"the lock is free, but {prepared.HeldBy} holds it");
        return prepared;
    }

    private async Task ImportAsync(IHostSession session, StorePath target)
    {
        var closure = await subject.Store.ClosureAsync(target, default);
        await session.ImportAsync((stream, token) => subject.Store.ExportAsync(closure, stream, token), default);
    }

    private async Task<(Transaction Transaction, ActivationResult Tried)> ActivateAsync(StorePath target, TimeSpan? guard, ActivationMode mode = ActivationMode.Switch)
    {
        await using var session = await ConnectAsync();
        var prepared = await PrepareAsync(session, target, NewRun());
        if (!prepared.Missing.IsEmpty)
        {
            await session.ImportAsync((stream, token) => subject.Store.ExportAsync(prepared.Missing, stream, token), default);
        }

        var tried = await session.ActivateAsync(new ActivationRequest(prepared.Transaction!, target, Profile) { Guard = guard, Mode = mode }, default);
        return (prepared.Transaction!, tried);
    }

    /// <summary>Tries, and answers the guard before its deadline. A machine with much to do may be late for a guard that is short: then with a longer one.</summary>
    private async Task<(TimeSpan Guard, Transaction Transaction, ActivationResult Tried, TransactionState Answered)> AnswerInTimeAsync(
        StorePath target, ActivationMode mode, Func<IHostSession, Transaction, Task<TransactionState>> answer, bool guarded = true)
    {
        var guard = ShortGuard;
        while (true)
        {
            var (transaction, tried) = await ActivateAsync(target, guarded ? guard : null, mode);
            TransactionState answered;
            await using (var session = await ConnectAsync())
            {
                answered = await answer(session, transaction);
            }

            if (answered.Reason != TransactionReason.Deadline || guard > TimeSpan.FromMinutes(1))
            {
                return (guard, transaction, tried, answered);
            }

            await RollBackAsync(transaction);
            guard *= 3;
        }
    }

    /// <summary>As a controller does it: the verdict is submitted over a fresh connection.</summary>
    private async Task<TransactionState> CommitAsync(Transaction transaction)
    {
        await using var session = await ConnectAsync();
        return await session.CommitAsync(transaction, default);
    }

    private async Task<TransactionState> RollBackAsync(Transaction transaction)
    {
        await using var session = await ConnectAsync();
        return await session.RollBackAsync(transaction, default);
    }

    private async Task AssertUnchangedAsync(HostState before)
    {
        var after = await InspectAsync();
        Assert.Multiple(() =>
        {
            Assert.That(after.CurrentSystem, Is.EqualTo(before.CurrentSystem));
            Assert.That(after.Generation, Is.EqualTo(before.Generation));
            Assert.That(after.Generations, Is.EqualTo(before.Generations));
            Assert.That(after.FailedUnits, Is.EqualTo(before.FailedUnits));
            Assert.That(after.Lock, Is.Null);
        });
    }
}
