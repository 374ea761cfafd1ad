using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Asks a host at its guard's deadline whether the guard still waits for the verdict. A check that ends before costs nothing.</summary>
internal sealed class GuardDeadline : IAsyncDisposable
{
    /// <summary>The host counts whole seconds, and its guard looks at them now and then.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource end = new();
    private readonly Task asking;

    /// <summary>Begins to wait for the deadline.</summary>
    /// <param name="run">The run.</param>
    /// <param name="host">The host.</param>
    /// <param name="transaction">The transaction that the guard waits for the verdict of.</param>
    /// <param name="left">How long it waits from now.</param>
    /// <param name="decided">Called with the record of a guard that waits no more.</param>
    public GuardDeadline(RunContext run, Host host, Transaction transaction, TimeSpan left, Func<TransactionState, Task> decided) =>
        asking = AskAsync(run, host, transaction, left, decided);

    /// <summary>The record of a transaction whose guard waits no more, because it rolls back or has ended; <see langword="null"/>: it waits.</summary>
    public static async Task<TransactionState?> DecidedAsync(IHostSession session, Transaction transaction, CancellationToken cancellationToken) =>
        await RecordAsync(session, transaction, cancellationToken).ConfigureAwait(false) is { } state && !Waits(state) ? state : null;

    /// <summary>Ends the waiting.</summary>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync().ConfigureAwait(false);
        await asking.ConfigureAwait(false);
        end.Dispose();
    }

    private static bool Waits(TransactionState state) => state.Phase is TransactionPhase.Activating or TransactionPhase.OnTrial;

    private static async Task<TransactionState?> RecordAsync(IHostSession session, Transaction transaction, CancellationToken cancellationToken)
    {
        var answer = await session.InspectAsync([], cancellationToken).ConfigureAwait(false);
        return answer.Transaction is { } state && state.Transaction == transaction
            ? state with { CurrentSystem = answer.CurrentSystem, Generation = answer.Generation }
            : null;
    }

    private async Task AskAsync(RunContext run, Host host, Transaction transaction, TimeSpan left, Func<TransactionState, Task> decided)
    {
        try
        {
            await Task.Delay(Later(left), run.Time, end.Token).ConfigureAwait(false);
            var ended = await run.Time.PollUntilAsync(AskOnceAsync, _ => Later(left), end.Token).ConfigureAwait(false);
            await decided(ended!).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The check has ended.
        }

        static TimeSpan Later(TimeSpan left) => (left > TimeSpan.Zero ? left : TimeSpan.Zero) + Slack;

        async Task<TransactionState?> AskOnceAsync(CancellationToken cancellationToken)
        {
            left = TimeSpan.Zero;
            try
            {
                var state = await run.Sessions.UseAsync(host, session => RecordAsync(session, transaction, cancellationToken), cancellationToken).ConfigureAwait(false);
                left = state?.Remaining ?? TimeSpan.Zero;
                return state is not null && !Waits(state) ? state : null;
            }
            catch (HostException)
            {
                return null;
            }
        }
    }
}
