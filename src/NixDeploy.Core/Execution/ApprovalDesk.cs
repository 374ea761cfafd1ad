using System.Collections.Concurrent;
using NixDeploy.Events;

namespace NixDeploy.Execution;

/// <summary>Where the questions of a run are answered; the first answer counts.</summary>
internal sealed class ApprovalDesk(TimeProvider time)
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource<ApprovalAnswer>> answers = new();

    /// <summary>Answers for a stage.</summary>
    /// <returns>Whether it was the first answer.</returns>
    public bool Answer(int stage, ApprovalAnswer answer) => Of(stage).TrySetResult(answer);

    /// <summary>Waits for the answer.</summary>
    /// <param name="stage">The stage's place in the plan, from 0.</param>
    /// <param name="patience">How long to wait for it.</param>
    /// <param name="cancellationToken">Cancels the waiting; the question stays open.</param>
    /// <returns><see langword="null"/> when nobody answered in time.</returns>
    public async Task<ApprovalAnswer?> WaitAsync(int stage, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            return await Of(stage).Task.WaitAsync(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private TaskCompletionSource<ApprovalAnswer> Of(int stage) =>
        answers.GetOrAdd(stage, _ => new TaskCompletionSource<ApprovalAnswer>(TaskCreationOptions.RunContinuationsAsynchronously));
}
