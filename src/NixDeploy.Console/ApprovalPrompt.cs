using NixDeploy.Events;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Answers the approvals that a run waits for: in advance with <c>--yes</c>, or with a key at the terminal.</summary>
/// <param name="console">The terminal.</param>
/// <param name="yes">Whether everything is approved in advance.</param>
/// <param name="interactive">Whether the terminal shows the question and has keys; otherwise the answer comes from another process.</param>
internal sealed class ApprovalPrompt(IAnsiConsole console, bool yes, bool interactive)
{
    /// <summary>Who answers at this terminal: account and machine.</summary>
    public static string Me => $"{Environment.UserName}@{Environment.MachineName}";

    /// <summary>Answers approvals until the run ends.</summary>
    public async Task FollowAsync(DeploymentRun run)
    {
        var (asking, answered) = ((Task?)null, new CancellationTokenSource());
        await foreach (var recorded in run.EventsAsync(0, CancellationToken.None).ConfigureAwait(false))
        {
            switch (recorded.Event)
            {
                case ApprovalRequested asked when yes:
                    run.Approve(asked.Stage, $"{Me} (in advance)");
                    break;
                case ApprovalRequested asked when interactive:
                    asking = AskAsync(run, asked.Stage, answered.Token);
                    break;
                case ApprovalGiven or ApprovalRefused or StopRequested or RunFinished when asking is not null:
                    await answered.CancelAsync().ConfigureAwait(false);
                    await asking.ConfigureAwait(false);
                    answered.Dispose();
                    (asking, answered) = (null, new CancellationTokenSource());
                    break;
            }
        }

        answered.Dispose();
    }

    /// <summary>Waits for a key; the view shows the question.</summary>
    private async Task AskAsync(DeploymentRun run, int stage, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var key = await console.Input.ReadKeyAsync(intercept: true, cancellationToken).ConfigureAwait(false);
                switch (key?.Key)
                {
                    case ConsoleKey.Y:
                        run.Approve(stage, Me);
                        return;
                    case ConsoleKey.N:
                        run.Reject(stage, Me);
                        return;
                    case null:
                        return;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
        {
            // Answered by another process, or the terminal has no keys.
        }
    }
}
