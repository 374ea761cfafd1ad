using System.Collections.Concurrent;
using NixDeploy.Events;

namespace NixDeploy.Execution;

/// <summary>Where a run's questions are answered: by the program that runs it, or from elsewhere.</summary>
/// <param name="elsewhere">Looks whether a stage was answered for elsewhere; asked once a second.</param>
/// <param name="time">The clock.</param>
internal sealed class ApprovalDesk(Func<int, ApprovalAnswer?> elsewhere, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<int, TaskCompletionSource<ApprovalAnswer>> answers = new();

    /// <summary>Answers for a stage; the first answer counts.</summary>
    /// <returns>Whether it was the first.</returns>
    public bool Answer(int stage, ApprovalAnswer answer) => Of(stage).TrySetResult(answer);

    /// <summary>The answer; <see langword="null"/> when nobody gave one in time.</summary>
    /// <param name="stage">The stage's place in the plan, from 0.</param>
    /// <param name="patience">How long to wait for it.</param>
    /// <param name="cancellationToken">Cancels the waiting; the question stays open.</param>
    public async Task<ApprovalAnswer?> WaitAsync(int stage, TimeSpan patience, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        var answered = Of(stage).Task;
        while (true)
        {
            if (answered.IsCompleted)
            {
                return await answered.ConfigureAwait(false);
            }

            if (elsewhere(stage) is { } written)
            {
                return written;
            }

            var left = patience - time.GetElapsedTime(begin);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            await Task.WhenAny(answered, Task.Delay(left < Period ? left : Period, time, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private TaskCompletionSource<ApprovalAnswer> Of(int stage) =>
        answers.GetOrAdd(stage, _ => new TaskCompletionSource<ApprovalAnswer>(TaskCreationOptions.RunContinuationsAsynchronously));
}
