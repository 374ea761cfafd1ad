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
        var now = time.GetUtcNow();
        if (frame.Ended ? frame.State.Plan is null : !stale || now - written < Spacing)
        {
            return;
        }

        written = now;
        try
        {
            await PrivateFiles.ReplaceAsync(folder.Status, ResultJson.Write(frame.State), cancellationToken).ConfigureAwait(false);
            stale = false;
            if (frame.Ended)
            {
                await PrivateFiles.ReplaceAsync(folder.Report, DeploymentReport.Write(frame.State, roles), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // While the run goes on, a status that cannot be written is tried again with the next one.
            if (frame.Ended)
            {
                throw new StateException("ND0713", $"The run's files in {Text.Quote(folder.Path)} cannot be written: {e.Message}", e);
            }
        }
    }
}
