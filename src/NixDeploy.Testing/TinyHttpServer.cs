namespace NixDeploy.Testing;

/// <summary>The far end of a connection to a server that answers every HTTP request with 200 and hangs up: an answer that can be read once it was asked for.</summary>
internal sealed class TinyHttpServer() : MemoryStream(Answer, writable: false)
{
    private static readonly byte[] Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"u8.ToArray();

    private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte> request = [];

    public override bool CanWrite => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await asked.Task.WaitAsync(cancellationToken);
        return await base.ReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>All other ways of writing end here.</summary>
    public override void Write(byte[] buffer, int offset, int count)
    {
        request.AddRange(buffer.AsSpan(offset, count));
        if (System.Runtime.InteropServices.CollectionsMarshal.AsSpan(request).IndexOf("\r\n\r\n"u8) >= 0)
        {
            asked.TrySetResult();
        }
    }

    protected override void Dispose(bool disposing)
    {
        asked.TrySetResult();
        base.Dispose(disposing);
    }
}
