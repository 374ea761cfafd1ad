using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts.OpenSsh;

/// <summary>A process's output to read from and its input to write to, as one stream.</summary>
internal sealed class DuplexStream(Stream source, Stream destination, Action end) : AsyncStream
{
    private int ended;

    public override bool CanRead => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => source.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => destination.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => destination.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref ended, 1) == 0)
        {
            destination.Dispose();
            source.Dispose();
            end();
        }

        base.Dispose(disposing);
    }
}
