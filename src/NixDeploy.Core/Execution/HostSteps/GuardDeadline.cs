using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Asks a host at its guard's deadline whether the guard still waits for the verdict. A check that ends before costs nothing.</summary>
internal static class GuardDeadline
{
    /// <summary>The host counts whole seconds, and its guard looks at them now and then.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    /// <summary>Begins to wait for the deadline; <paramref name="decided"/> is told the record of a guard that waits no more.</summary>
    public static SideTask Begin(RunContext run, Host host, Transaction transaction, TimeSpan left, Func<TransactionState, Task> decided) =>
        new(end => AskAsync(run, host, transaction, left, decided, end));

    /// <summary>The record of a transaction whose guard waits no more, because it rolls back or has ended; <see langword="null"/>: it waits.</summary>
    public static async Task<TransactionState?> DecidedAsync(IHostSession session, Transaction transaction, CancellationToken cancellationToken) =>
        await RecordAsync(session, transaction, cancellationToken).ConfigureAwait(false) is { } state && !Waits(state) ? state : null;

    private static bool Waits(TransactionState state) => state.Phase is TransactionPhase.Activating or TransactionPhase.OnTrial;

    private static async Task<TransactionState?> RecordAsync(IHostSession session, Transaction transaction, CancellationToken cancellationToken)
    {
        var answer = await session.InspectAsync([], cancellationToken).ConfigureAwait(false);
        return answer.Transaction is { } state && state.Transaction == transaction ? TransactionRecovery.AsSeen(state, answer) : null;
    }

    private static async Task AskAsync(
        RunContext run, Host host, Transaction transaction, TimeSpan left, Func<TransactionState, Task> decided, CancellationToken end)
    {
        await Task.Delay(Later(left), run.Time, end).ConfigureAwait(false);
        var ended = await run.Time.PollUntilAsync(AskOnceAsync, _ => Later(left), end).ConfigureAwait(false);
        await decided(ended!).ConfigureAwait(false);

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
