namespace NixDeploy.Execution.HostSteps;

/// <summary>Something that goes on beside a host's work until it is disposed of.</summary>
internal sealed class SideTask : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly Task running;

    public SideTask(Func<CancellationToken, Task> work) => running = RunAsync(work);

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        end.Dispose();
    }

    private async Task RunAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It has been disposed of.
        }
    }
}
