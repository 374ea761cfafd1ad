namespace NixDeploy.Nix;

/// <summary>Joins several outputs of <c>nix-store --export</c> to one: all but the last lose the eight bytes that end an export.</summary>
internal static class ExportPart
{
    private const int EndLength = 8;

    /// <summary>Copies an export without its end.</summary>
    public static async Task CopyAsync(Stream export, Stream destination, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        var (held, read) = (0, 0);
        while ((read = await export.ReadAsync(buffer.AsMemory(held), cancellationToken).ConfigureAwait(false)) > 0)
        {
            // What may be the end is held back until more has come.
            var through = Math.Max(0, held + read - EndLength);
            await destination.WriteAsync(buffer.AsMemory(0, through), cancellationToken).ConfigureAwait(false);
            held += read - through;
            buffer.AsSpan(through, held).CopyTo(buffer);
        }
    }
}
