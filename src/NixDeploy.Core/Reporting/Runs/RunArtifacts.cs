using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;

namespace NixDeploy.Reporting.Runs;

/// <summary>Keeps a run's files in step with its log: the status while it goes on, the report at its end.</summary>
/// <param name="folder">The run's folder; it is there already.</param>
/// <param name="time">The clock that spaces the writing.</param>
/// <param name="roles">What the hosts are for, where known.</param>
internal sealed class RunArtifacts(RunFolder folder, TimeProvider time, IReadOnlyDictionary<HostName, string?>? roles = null) : IRunObserver
{
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);

    private DateTimeOffset written = DateTimeOffset.MinValue;
    private bool stale;

    /// <inheritdoc/>
    public string Name => "report and status";

    /// <inheritdoc/>
    /// <exception cref="StateException"><c>ND0713</c>: the files could not be written at the end.</exception>
    public async Task ObserveAsync(RunFrame frame, CancellationToken cancellationToken = default)
    {
        stale |= !frame.News.IsEmpty;
        if (frame.Ended)
        {
            await FinishAsync(frame.State, cancellationToken).ConfigureAwait(false);
        }
        else if (stale && time.GetUtcNow() - written >= Spacing)
        {
            stale = !await TryWriteStatusAsync(frame.State, cancellationToken).ConfigureAwait(false);
            written = time.GetUtcNow();
        }
    }

    /// <summary>While the run goes on, a status that cannot be written is tried again with the next one; at the end it is an error.</summary>
    private async Task<bool> TryWriteStatusAsync(RunState state, CancellationToken cancellationToken)
    {
        try
        {
            await PrivateFiles.ReplaceAsync(folder.Status, ResultJson.Write(state), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task FinishAsync(RunState state, CancellationToken cancellationToken)
    {
        if (state.Plan is null)
        {
            return;
        }

        try
        {
            await PrivateFiles.ReplaceAsync(folder.Status, ResultJson.Write(state), cancellationToken).ConfigureAwait(false);
            await PrivateFiles.ReplaceAsync(folder.Report, DeploymentReport.Write(state, roles), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateException("ND0713", $"The run's files in {Text.Quote(folder.Path)} cannot be written: {e.Message}", e);
        }
    }
}
