using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Hosts;
using NixDeploy.Journal;
using NixDeploy.Reporting;

namespace NixDeploy;

/// <summary>
/// Hosts keep a record of what their guards did. What a run that has ended never heard is written to that run's journal and report as
/// soon as anybody looks at the host again.
/// </summary>
internal static class LateEnds
{
    /// <summary>So many of the newest runs are looked through: a host's record is of its last one.</summary>
    private const int Runs = 100;

    /// <summary>Writes down what the hosts' records say of runs that lost them.</summary>
    /// <param name="folder">The state folder, which may not be there.</param>
    /// <param name="inspections">What hosts said now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was written down, a sentence each, in ordinal order.</returns>
    public static async Task<ImmutableArray<string>> RecordAsync(
        string folder, IEnumerable<HostInspection> inspections, TimeProvider time, CancellationToken cancellationToken)
    {
        var ended = inspections.Where(i => i.State?.Transaction is { Done: true }).ToLookup(i => i.State!.Transaction!.Transaction.Run, StringComparer.Ordinal);
        if (ended.Count == 0 || !File.Exists(Path.Combine(folder, SqliteStore.FileName)))
        {
            return [];
        }

        var told = new List<HostConcluded>();
        var journal = await SqliteStore.OpenAsync(folder, cancellationToken).ConfigureAwait(false);
        await using (journal.ConfigureAwait(false))
        {
            foreach (var run in (await journal.RunsAsync(Runs, cancellationToken).ConfigureAwait(false)).Where(r => r.Outcome == RunOutcome.NeedsAttention && ended.Contains(r.Run)))
            {
                told.AddRange(await RecordAsync(journal, StateFolder.Open(folder).Run(run.Run), run.Run, ended[run.Run], time, cancellationToken).ConfigureAwait(false));
            }
        }

        return [.. told.OrderBy(t => t.Host).Select(t => $"{t.Host} {EventLines.Concluded(t)}")];
    }

    private static async Task<ImmutableArray<HostConcluded>> RecordAsync(
        SqliteStore journal, RunFolder folder, string run, IEnumerable<HostInspection> hosts, TimeProvider time, CancellationToken cancellationToken)
    {
        var events = await journal.ReadAsync(run, 0, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        var state = Reducer.Fold(events);
        ImmutableArray<HostConcluded> late = [.. hosts.Where(h => state.Hosts.GetValueOrDefault(h.Host.Name)?.Status == HostStatus.Unknown).Select(h => Conclude(h, state.Hosts[h.Host.Name]))];
        if (late.IsEmpty)
        {
            return late;
        }

        var log = new RunLog(journal, run, time, events);
        var report = new RunArtifacts(folder, time).FollowAsync(log.FollowAsync(0, CancellationToken.None), events.Count, CancellationToken.None);
        await using (log.ConfigureAwait(false))
        {
            await Task.WhenAll(late.Select(log.AppendAsync)).ConfigureAwait(false);
        }

        await report.ConfigureAwait(false);
        return late;
    }

    private static HostConcluded Conclude(HostInspection inspection, HostProgress progress)
    {
        var (state, record) = (inspection.State!, inspection.State!.Transaction!);

        // A host that was being taken back had its old system on trial.
        var goesBack = record.Target == progress.From.System;
        var end = record.Phase switch
        {
            TransactionPhase.Committed => goesBack ? Conclusion.Restored : Conclusion.Committed,
            TransactionPhase.Kept => Conclusion.Kept,
            TransactionPhase.RestoreFailed => Conclusion.RestoreFailed,
            _ => goesBack ? Conclusion.Committed : Conclusion.Restored,
        };
        return new HostConcluded(inspection.Host.Name, end, record.Reason, state.CurrentSystem, state.Generation, record.EndedAt);
    }
}
