using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NixDeploy.Events;

namespace NixDeploy.Journal;

/// <summary>The chain of hashes that shows whether anybody changed a journal.</summary>
internal static class AuditChain
{
    /// <summary>SHA-256 over the hash before, the number, the time and the event, a line each; lower-case hex.</summary>
    /// <param name="before">The hash of the event before; empty for the first.</param>
    /// <param name="sequence">The event's number.</param>
    /// <param name="at">When it was appended.</param>
    /// <param name="happened">The event.</param>
    public static string Link(string before, long sequence, DateTimeOffset at, DeploymentEvent happened) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{before}\n{sequence}\n{at:O}\n{EventJson.Write(happened)}"))));

    /// <summary>The first event whose link does not hold, or <see langword="null"/> when the chain is whole.</summary>
    public static RecordedEvent? FirstBroken(IEnumerable<RecordedEvent> events)
    {
        var (sequence, hash) = (0L, "");
        foreach (var recorded in events)
        {
            if (recorded.Sequence != ++sequence || recorded.Hash != (hash = Link(hash, sequence, recorded.At, recorded.Event)))
            {
                return recorded;
            }
        }

        return null;
    }
}
