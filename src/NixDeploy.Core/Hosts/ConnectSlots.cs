using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace NixDeploy.Hosts;

/// <summary>Limits how many connections are being opened at once: in the whole process, and to each address on the way to a host.</summary>
/// <remarks>
/// sshd drops connections at random from the tenth on that has not logged in yet (its default MaxStartups, 10:30:100), and others may be
/// logging in besides us. Key exchanges are work for both sides: a hundred at once on two cores lose some to timeouts.
/// </remarks>
internal sealed class ConnectSlots : IDisposable
{
    private const int AtOnce = 16;
    private const int AtOnceToOne = 6;

    private static readonly SemaphoreSlim All = new(AtOnce);
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> ByAddress = new(StringComparer.Ordinal);

    private readonly Stack<SemaphoreSlim> held = new();

    private ConnectSlots()
    {
    }

    /// <summary>Waits for a slot at each address, and for one of the process. No connect deadline runs meanwhile.</summary>
    /// <param name="route">The addresses on the way, the host's own last; empty when nothing is limited.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    public static async Task<ConnectSlots> TakeAsync(ImmutableArray<string> route, CancellationToken cancellationToken)
    {
        var slots = new ConnectSlots();
        try
        {
            // Everybody takes them in the same order, so nobody waits for somebody who waits for him.
            foreach (var slot in route.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(a => ByAddress.GetOrAdd(a, _ => new SemaphoreSlim(AtOnceToOne))).Append(All).Take(route.IsEmpty ? 0 : int.MaxValue))
            {
                await slot.WaitAsync(cancellationToken).ConfigureAwait(false);
                slots.held.Push(slot);
            }

            return slots;
        }
        catch
        {
            slots.Dispose();
            throw;
        }
    }

    /// <summary>Releases them.</summary>
    public void Dispose()
    {
        while (held.TryPop(out var slot))
        {
            slot.Release();
        }
    }
}
