using NixDeploy.HostProtocol;

namespace NixDeploy.Nix;

/// <summary>Joins several outputs of <c>nix-store --export</c> to one: all but the last lose the eight bytes that end an export.</summary>
/// <param name="destination">Where it goes; not closed.</param>
/// <param name="last">Whether this is the last part, which keeps its end.</param>
internal sealed class ExportPart(Stream destination, bool last) : AsyncStream
{
    private const int EndLength = 8;

    private readonly byte[] held = new byte[EndLength];
    private int heldLength;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (last)
        {
            await destination.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            return;
        }

        // What was held goes on as far as newer bytes can be held in its stead.
        var release = Math.Min(heldLength, Math.Max(0, heldLength + buffer.Length - EndLength));
        await destination.WriteAsync(held.AsMemory(0, release), cancellationToken).ConfigureAwait(false);
        held.AsSpan(release, heldLength - release).CopyTo(held);
        heldLength -= release;

        var through = Math.Max(0, buffer.Length - (EndLength - heldLength));
        await destination.WriteAsync(buffer[..through], cancellationToken).ConfigureAwait(false);
        buffer[through..].CopyTo(held.AsMemory(heldLength));
        heldLength += buffer.Length - through;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => destination.FlushAsync(cancellationToken);
}
