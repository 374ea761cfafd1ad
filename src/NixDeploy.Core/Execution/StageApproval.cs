using NixDeploy.Events;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Scheduling;

namespace NixDeploy.Execution;

/// <summary>Asks a person whether the next stage begins.</summary>
internal sealed class StageApproval(RunContext run)
{
    /// <summary>Asks, unless that was done before, and writes the answer down.</summary>
    /// <param name="ask">The question.</param>
    /// <param name="asked">What an earlier controller of this run asked last, which need not be asked again.</param>
    /// <param name="stop">Ends the waiting without an answer, when the run is stopped.</param>
    /// <param name="cancellationToken">Cancels the question; an answer that is given later is not heard.</param>
    public async Task RunAsync(Decision.Ask ask, PendingApproval? asked, CancellationToken stop, CancellationToken cancellationToken)
    {
        var patience = ask.Gate.Timeout;
        if (asked?.Question.Stage == ask.Stage)
        {
            patience -= run.Time.GetUtcNow() - asked.At;
        }
        else
        {
            await run.Emit(new ApprovalRequested(ask.Stage, ask.Hosts, ask.Gate.Prompt, ask.Gate.Timeout) { Run = run.Run }).ConfigureAwait(false);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, cancellationToken);
        try
        {
            var answer = await run.AwaitApproval(ask.Stage, patience, either.Token).ConfigureAwait(false);
            await run.Emit(answer is { Approved: true }
                ? new ApprovalGiven(ask.Stage, answer.By)
                : new ApprovalRefused(ask.Stage, answer?.By, answer?.Reason ?? "")).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A stopped run waits for no approval.
        }
    }
}
