using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;

namespace NixDeploy.Reporting.Runs;

/// <summary>Keeps a run's files in step with its log: the status while it goes on, the report at its end, the hosts' logs.</summary>
/// <param name="folder">The run's folder; it is there already.</param>
/// <param name="time">The clock that spaces the writing.</param>
/// <param name="logs">The hosts' logs, when events are to be told there too.</param>
/// <param name="roles">What the hosts are for, where known.</param>
internal sealed class RunArtifacts(RunFolder folder, TimeProvider time, HostLogs? logs = null, IReadOnlyDictionary<HostName, string?>? roles = null)
{
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);

    /// <summary>Follows a run from its first event to the end of the log, or to cancellation; either way the files are complete then.</summary>
    /// <param name="events">The run's events, from the first.</param>
    /// <param name="logged">The number of the last event that the hosts' logs have already, when a run is resumed.</param>
    /// <param name="cancellationToken">Stops following.</param>
    /// <exception cref="StateException"><c>ND0713</c>: the files could not be written. The run itself does not care.</exception>
    public async Task FollowAsync(IAsyncEnumerable<RecordedEvent> events, long logged = 0, CancellationToken cancellationToken = default)
    {
        var (state, written, stale) = (RunState.Empty, DateTimeOffset.MinValue, false);
        try
        {
            await foreach (var frame in events.FramesAsync(Spacing, time, cancellationToken).ConfigureAwait(false))
            {
                state = frame.State;
                stale |= !frame.News.IsEmpty;
                await LogAsync(frame.News.Where(e => e.Sequence > logged)).ConfigureAwait(false);
                if (stale && time.GetUtcNow() - written >= Spacing)
                {
                    stale = !await TryWriteStatusAsync(state).ConfigureAwait(false);
                    written = time.GetUtcNow();
                }
            }
        }
        finally
        {
            await FinishAsync(state).ConfigureAwait(false);
        }
    }

    private async Task LogAsync(IEnumerable<RecordedEvent> news)
    {
        if (logs is null)
        {
            return;
        }

        foreach (var line in news.SelectMany(e => EventLines.Of(e.Event)))
        {
            if (line.Host is { } host)
            {
                await logs.AppendAsync(host, line.Text).ConfigureAwait(false);
            }
        }
    }

    /// <summary>On the way a status that cannot be written is tried again with the next one; at the end it is an error.</summary>
    private async Task<bool> TryWriteStatusAsync(RunState state)
    {
        try
        {
            await PrivateFiles.ReplaceAsync(folder.Status, ResultJson.Write(state), CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task FinishAsync(RunState state)
    {
        if (state.Plan is null)
        {
            return;
        }

        try
        {
            await PrivateFiles.ReplaceAsync(folder.Status, ResultJson.Write(state), CancellationToken.None).ConfigureAwait(false);
            await PrivateFiles.ReplaceAsync(folder.Report, DeploymentReport.Write(state, roles), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateException("ND0713", $"The run's files in {Text.Quote(folder.Path)} cannot be written: {e.Message}", e);
        }
    }
}
