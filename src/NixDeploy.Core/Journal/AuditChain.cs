using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NixDeploy.Events;

namespace NixDeploy.Journal;

/// <summary>The chain of hashes that shows whether anybody changed a journal.</summary>
internal static class AuditChain
{
    /// <summary>SHA-256 over the hash before, the number, the time and the event's stored text, a line each; lower-case hex.</summary>
    /// <param name="before">The hash of the event before; empty for the first.</param>
    /// <param name="sequence">The event's number.</param>
    /// <param name="at">When it was appended.</param>
    /// <param name="json">The event's text as it is stored: never one that is serialised again, which a newer version may write differently.</param>
    public static string Link(string before, long sequence, DateTimeOffset at, string json) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{before}\n{sequence}\n{at:O}\n{json}"))));

    /// <summary>The first event whose link does not hold, or <see langword="null"/> when the chain is whole.</summary>
    public static RecordedEvent? FirstBroken(IEnumerable<RecordedEvent> events)
    {
        var (sequence, hash) = (0L, "");
        foreach (var recorded in events)
        {
            if (recorded.Sequence != ++sequence || recorded.Hash != (hash = Link(hash, sequence, recorded.At, recorded.Json)))
            {
                return recorded;
            }
        }

        return null;
    }

    /// <summary>One hash over the heads of all runs of a store: whoever keeps it elsewhere can tell later whether anything of them was changed.</summary>
    /// <param name="heads">The heads of the runs, in the order of their numbers.</param>
    public static string HeadOf(IEnumerable<RunHead> heads) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Concat(heads.Select(h => string.Create(CultureInfo.InvariantCulture, $"{h.Run}\n{h.Sequence}\n{h.Hash}\n"))))));

    /// <summary>Checks every event of every run of a store, and that each run links to the one before it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async Task<AuditResult> VerifyAsync(IDeploymentStore store, CancellationToken cancellationToken = default)
    {
        var runs = (await store.RunsAsync(int.MaxValue, cancellationToken).ConfigureAwait(false)).OrderBy(r => r.Number).ToList();
        var (broken, events, before) = (ImmutableArray.CreateBuilder<BrokenLink>(), 0L, new HashSet<string>(StringComparer.Ordinal));
        foreach (var run in runs)
        {
            var recorded = await store.ReadAsync(run.Run, 0, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            events += recorded.Count;
            if (FirstBroken(recorded) is { } link)
            {
                broken.Add(new BrokenLink(run.Run, link.Sequence));
            }
            else if (recorded is [{ Event: RunStarted { Previous: { } previous } }, ..]
                && !(before.Contains(previous.Run) && await HasAsync(store, previous, cancellationToken).ConfigureAwait(false)))
            {
                broken.Add(new BrokenLink(previous.Run, previous.Sequence));
            }

            before.Add(run.Run);
        }

        return new AuditResult(runs.Count, events, HeadOf(runs.Select(r => r.Head)), broken.ToImmutable());
    }

    private static async Task<bool> HasAsync(IDeploymentStore store, RunHead head, CancellationToken cancellationToken) =>
        await store.ReadAsync(head.Run, head.Sequence, cancellationToken).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false) is { } found
        && (found.Sequence, found.Hash) == (head.Sequence, head.Hash);
}

/// <summary>What an audit of a store has found.</summary>
/// <param name="Runs">How many runs it has.</param>
/// <param name="Events">How many events they have.</param>
/// <param name="Head">The hash over the heads of all runs, in the order of their numbers.</param>
/// <param name="Broken">For each run that is not whole, the first event that is not what was written; none when all is whole.</param>
public sealed record AuditResult(int Runs, long Events, string Head, ImmutableArray<BrokenLink> Broken);

/// <summary>An event that is not, or not any more, what was written.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Sequence">The event's number.</param>
public sealed record BrokenLink(string Run, long Sequence);
