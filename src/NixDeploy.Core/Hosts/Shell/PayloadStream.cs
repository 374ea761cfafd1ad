using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts.Shell;

/// <summary>The write-only stream that a payload is written to: tells of progress, and tells a reader that went away from a source that failed.</summary>
internal sealed class PayloadStream(Stream inner, Action progress) : AsyncStream
{
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await PassOnAsync(() => inner.WriteAsync(buffer, cancellationToken).AsTask());
        progress();
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => PassOnAsync(() => inner.FlushAsync(cancellationToken));

    private static async Task PassOnAsync(Func<Task> pass)
    {
        try
        {
            await pass();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The pipe to a program that has ended is broken at first, and then closed.
            throw new ReaderGoneException(error);
        }
    }
}

/// <summary>The program stopped reading its input. No error in itself: its exit code says what became of it.</summary>
internal sealed class ReaderGoneException(Exception inner) : IOException("The program no longer reads its input.", inner);
