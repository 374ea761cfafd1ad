using System.Net.Sockets;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Shell;
using Renci.SshNet.Common;
using Renci.SshNet.Messages.Transport;

namespace NixDeploy.Hosts.Ssh;

/// <summary>The transport <c>ssh.net</c>: SSH in this process.</summary>
internal sealed class SshNetConnector(TimeProvider time) : IShellConnector
{
    public string Name => "ssh.net";

    public async Task<IShellConnection> ConnectAsync(Host host, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectOnceAsync(host, cancellationToken);
        }
        catch (HostException error) when (IsUnverified(error))
        {
            return await ConnectOnceAsync(host, cancellationToken);
        }
    }

    /// <summary>Now and then SSH.NET finds a good signature wrong, before it asks us about the key; a second key exchange is verified just the same.</summary>
    private static bool IsUnverified(HostException error) => error.InnerException is SshConnectionException { DisconnectReason: DisconnectReason.KeyExchangeFailed } inner
        && inner.Message.StartsWith("Host key could not be verified", StringComparison.Ordinal);

    private async Task<IShellConnection> ConnectOnceAsync(Host host, CancellationToken cancellationToken)
    {
        var address = SshAddress.Of(host);
        var client = VerifyingSshClient.Create(address);
        var limit = host.Target.ConnectTimeout;
        try
        {
            await ConnectSlots.WaitAsync(cancellationToken);
        }
        catch
        {
            client.Dispose();
            throw;
        }

        var connecting = ConnectAsync(client, cancellationToken);
        try
        {
            await connecting.WaitAsync(limit, time, cancellationToken);
            client.KeepAliveInterval = TimeSpan.FromSeconds(30); // for what forgets idle connections on the way, not for noticing anything
            return new SshNetConnection(host, client, time);
        }
        catch (Exception error)
        {
            // SSH.NET looks at no token during the key exchange; it ends by its own timeout, and the client with it.
            _ = connecting.ContinueWith(_ => client.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw client.Check.Refusal ?? Explain(address, limit, error);
        }
    }

    /// <summary>Connects, holding one of the slots until SSH.NET is really done with it.</summary>
    private static async Task ConnectAsync(VerifyingSshClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.ConnectAsync(cancellationToken);
        }
        finally
        {
            ConnectSlots.Release();
        }
    }

    private static Exception Explain(SshAddress address, TimeSpan limit, Exception error) => error switch
    {
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery } =>
            TransportErrors.NameUnknown(address.Host, address.Address, error),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => TransportErrors.Refused(address.Host, address.Shown, error),
        SocketException { SocketErrorCode: SocketError.ConnectionReset } => TransportErrors.NotSsh(address.Host, address.Shown, error.Message, error),
        SocketException { SocketErrorCode: SocketError.TimedOut } or TimeoutException or SshOperationTimeoutException or OperationCanceledException =>
            TransportErrors.ConnectDeadline(address.Host, address.Shown, limit, error),
        SocketException => TransportErrors.Unreachable(address.Host, address.Shown, error.Message, error),
        SshAuthenticationException => TransportErrors.PermissionDenied(address.Host, $"{address.User ?? "root"}@{address.Shown}", address.Identity, error.Message, error),
        SshConnectionException { DisconnectReason: DisconnectReason.KeyExchangeFailed } when error.Message.StartsWith("No matching", StringComparison.Ordinal) =>
            TransportErrors.NoCommonAlgorithm(address.Host, address.Shown, error.Message, error),
        SshException or IOException => TransportErrors.NotSsh(address.Host, address.Shown, FirstLine(error.Message), error),
        _ => error,
    };

    // SSH.NET appends dumps of what it has received.
    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd('\r', ':');
}
