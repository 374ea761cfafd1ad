using NixDeploy.HostProtocol;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Passes writes on and counts them; leaves the other stream open.</summary>
internal sealed class CountingStream(Stream destination) : AsyncStream
{
    public long Written { get; private set; }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await destination.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        Written += buffer.Length;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => destination.FlushAsync(cancellationToken);
}
