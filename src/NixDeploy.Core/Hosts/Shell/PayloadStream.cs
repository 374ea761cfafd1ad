namespace NixDeploy.Hosts.Shell;

/// <summary>The write-only stream that a payload is written to: tells of progress, and tells a reader that went away from a source that failed.</summary>
internal sealed class PayloadStream(Stream inner, Action progress) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await inner.WriteAsync(buffer, cancellationToken);
        }
        catch (Exception error) when (IsGone(error))
        {
            throw new ReaderGoneException(error);
        }

        progress();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            inner.Write(buffer, offset, count);
        }
        catch (Exception error) when (IsGone(error))
        {
            throw new ReaderGoneException(error);
        }

        progress();
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await inner.FlushAsync(cancellationToken);
        }
        catch (Exception error) when (IsGone(error))
        {
            throw new ReaderGoneException(error);
        }
    }

    public override void Flush()
    {
        try
        {
            inner.Flush();
        }
        catch (Exception error) when (IsGone(error))
        {
            throw new ReaderGoneException(error);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // The pipe to a program that has ended is broken at first, and then closed.
    private static bool IsGone(Exception error) => error is IOException or ObjectDisposedException;
}

/// <summary>The program stopped reading its input. No error in itself: its exit code says what became of it.</summary>
internal sealed class ReaderGoneException(Exception inner) : IOException("The program no longer reads its input.", inner);
