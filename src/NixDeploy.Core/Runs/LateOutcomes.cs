using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Journal;
using NixDeploy.Reporting.Runs;
using NixDeploy.Survey;

namespace NixDeploy.Runs;

/// <summary>
/// Hosts keep a record of what their guards did. What a run did not see, because a host was unreachable or its controller was gone, is
/// written to that run's journal and report as soon as any command inspects the host again.
/// </summary>
internal static class LateOutcomes
{
    /// <summary>So many of the newest runs are looked through: a host's record is of its last one.</summary>
    private const int Runs = 100;

    /// <summary>Records what hosts say of runs that did not see their end, and concludes interrupted runs of this fleet.</summary>
    /// <param name="storage">Where runs are kept; nothing need be there.</param>
    /// <param name="fleet">Where the fleet was read.</param>
    /// <param name="inspections">What hosts said now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels the recording; nothing half is written.</param>
    /// <returns>What was recorded, in sentences: the newest run first, hosts in ordinal order.</returns>
    public static async Task<ImmutableArray<string>> RecordAsync(
        RunStorage storage, string fleet, IEnumerable<HostInspection> inspections, TimeProvider time, CancellationToken cancellationToken)
    {
        var seen = inspections.Where(i => i.State is not null).ToDictionary(i => i.Host.Name, i => i.State!);
        var records = seen.Values.Select(s => s.Transaction).OfType<TransactionState>().ToLookup(t => t.Transaction.Run, StringComparer.Ordinal);

        // Most commands find nothing to write, and then do not need to.
        if (!(await storage.Stores.RunsAsync(Runs, cancellationToken).ConfigureAwait(false)).Any(IsOpen))
        {
            return [];
        }

        var told = ImmutableArray.CreateBuilder<string>();
        var journal = await storage.Stores.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (journal.ConfigureAwait(false))
        {
            foreach (var run in (await journal.RunsAsync(Runs, cancellationToken).ConfigureAwait(false)).Where(IsOpen))
            {
                var log = new Writing(journal, StateFolder.Open(storage.Folder).Run(run.Run), run.Run, time);
                told.AddRange(run.Outcome is null
                    ? await ConcludeAsync(storage.Leases, log, seen, cancellationToken).ConfigureAwait(false)
                    : await CompleteAsync(log, seen, cancellationToken).ConfigureAwait(false));
            }
        }

        return told.ToImmutable();

        // The same fleet may be named by another path; what its hosts remember is the run's in any case.
        bool IsOpen(RunSummary run) => run.Outcome is null ? run.Fleet == fleet || records.Contains(run.Run)
            : run.Outcome == RunOutcome.ManualInterventionRequired && records[run.Run].Any(t => t.Done);
    }

    /// <summary>A run that has ended left hosts whose end it did not see.</summary>
    private static async Task<IEnumerable<string>> CompleteAsync(Writing log, Dictionary<HostName, HostState> seen, CancellationToken cancellationToken)
    {
        var state = await log.ReadAsync(cancellationToken).ConfigureAwait(false);
        ImmutableArray<HostConcluded> late =
        [
            .. state.Hosts.Values
                .Where(h => h.Status == HostStatus.Unknown && seen.GetValueOrDefault(h.Host)?.Transaction is { Done: true } record && record.Transaction.Run == state.Run)
                .Select(h => InterruptedRunReconciler.Conclude(h, seen[h.Host], seen[h.Host].Transaction!)),
        ];
        await log.AppendAsync(late).ConfigureAwait(false);
        return late.Select(l => $"After run {state.Run} had lost it, {l.Host} {EventLines.Concluded(l)}.");
    }

    /// <summary>A run was interrupted: it has not ended, and its controller is gone.</summary>
    private static async Task<IEnumerable<string>> ConcludeAsync(ILeaseProvider leases, Writing log, Dictionary<HostName, HostState> seen, CancellationToken cancellationToken)
    {
        if (await leases.TakeOverAsync(log.Run, cancellationToken).ConfigureAwait(false) is not { } lease)
        {
            return [];
        }

        await using var _ = lease.ConfigureAwait(false);

        // It may have ended between the look at the list and now: then its controller let go of it as it should.
        var state = await log.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (state.Outcome is not null || !ControllerLock.Counts(state.Controller) || InterruptedRunReconciler.Of(state, seen)?.ToList() is not { } told)
        {
            return [];
        }

        told.AddRange(Detaching.Hosts(log.After(told)).ToList());
        told.Add(new RunFinished(Outcomes.Of(log.After(told))));
        var end = log.After(told);
        await log.AppendAsync(told).ConfigureAwait(false);
        var hosts = told.OfType<HostConcluded>().Select(c => $" {c.Host} {EventLines.Concluded(c)}.");
        var unknown = HostList.Few([.. end.Hosts.Values.Where(h => h.Status == HostStatus.Unknown).Select(h => h.Host)]);
        return
        [
            $"Run {state.Run} was interrupted: its controller {state.Controller} is gone.{string.Concat(hosts)}"
            + $"{(unknown.Length > 0 ? $" What became of {unknown} is not known." : "")} Its report is {log.Folder.Report}.",
        ];
    }

    /// <summary>A run's journal and files, which are written to once more.</summary>
    private sealed class Writing(IDeploymentStore journal, RunFolder folder, string run, TimeProvider time)
    {
        private List<RecordedEvent> events = [];

        public string Run => run;

        public RunFolder Folder => folder;

        public async Task<RunState> ReadAsync(CancellationToken cancellationToken)
        {
            events = await journal.ReadAsync(run, 0, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            return Reducer.Fold(events);
        }

        /// <summary>Where the run stands once these have happened too.</summary>
        public RunState After(IEnumerable<DeploymentEvent> more)
        {
            var now = time.GetUtcNow();
            return Reducer.Fold([.. events, .. more.Select(e => new RecordedEvent(0, now, e, ""))]);
        }

        public async Task AppendAsync(IReadOnlyCollection<DeploymentEvent> more)
        {
            if (more.Count == 0)
            {
                return;
            }

            var log = new RunLog(journal, run, time, events);
            await using (log.ConfigureAwait(false))
            {
                await Task.WhenAll(more.Select(log.AppendAsync)).ConfigureAwait(false);
            }

            await new RunArtifacts(folder, time).ObserveAsync(new RunFrame(log.State, [], Ended: true), CancellationToken.None).ConfigureAwait(false);
        }
    }
}
