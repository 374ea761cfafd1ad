using System.Collections.Immutable;
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
    private static readonly string[] Closings = ["was closed before", "was aborted"];

    public string Name => "ssh.net";

    public Task<ImmutableArray<string>> RouteAsync(Host host, CancellationToken cancellationToken) =>
        Task.FromResult<ImmutableArray<string>>([SshAddress.Of(host).Route]);

    public async Task<IShellConnection> ConnectAsync(Host host, CancellationToken cancellationToken)
    {
        var address = SshAddress.Of(host);
        var client = VerifyingSshClient.Create(address);
        var limit = host.Target.ConnectTimeout;
        var connecting = client.ConnectAsync(cancellationToken);
        try
        {
            await connecting.WaitAsync(limit, time, cancellationToken);
            client.KeepAliveInterval = TimeSpan.FromSeconds(30); // for what forgets idle connections on the way, not for noticing anything
            return new SshNetConnection(host, client, time);
        }
        catch (Exception error)
        {
            // SSH.NET looks at no token during the key exchange; it ends by its own timeout, and the client with it.
            _ = connecting.ContinueWith(t => { _ = t.Exception; client.Dispose(); }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw client.Check.Refusal ?? Explain(address, limit, error);
        }
    }

    private static Exception Explain(SshAddress address, TimeSpan limit, Exception error) => error switch
    {
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery } =>
            TransportErrors.NameUnknown(address.Host, address.Address, error),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => TransportErrors.Refused(address.Host, address.Shown, error),
        SocketException { SocketErrorCode: SocketError.ConnectionReset } => TransportErrors.ClosedEarly(address.Host, address.Shown, error.Message, error),
        SocketException { SocketErrorCode: SocketError.TimedOut } or TimeoutException or SshOperationTimeoutException or OperationCanceledException =>
            TransportErrors.ConnectDeadline(address.Host, address.Shown, limit, error),
        SocketException => TransportErrors.Unreachable(address.Host, address.Shown, error.Message, error),
        SshAuthenticationException => TransportErrors.PermissionDenied(address.Host, $"{address.User ?? "root"}@{address.Shown}", address.Identity, error.Message, error),
        SshConnectionException { DisconnectReason: DisconnectReason.KeyExchangeFailed } when error.Message.StartsWith("No matching", StringComparison.Ordinal) =>
            TransportErrors.NoCommonAlgorithm(address.Host, address.Shown, error.Message, error),

        // Now and then SSH.NET finds a good signature wrong, before it asks us about the key; a second key exchange is verified just the same.
        SshConnectionException { DisconnectReason: DisconnectReason.KeyExchangeFailed } when error.Message.StartsWith("Host key could not be verified", StringComparison.Ordinal) =>
            TransportErrors.Unverified(address.Host, address.Shown, error.Message, error),
        SshConnectionException when IsClosed(error.Message) => TransportErrors.ClosedEarly(address.Host, address.Shown, FirstLine(error.Message), error),
        SshException or IOException => TransportErrors.NotSsh(address.Host, address.Shown, FirstLine(error.Message), error),
        _ => error,
    };

    private static bool IsClosed(string message) => Closings.Any(c => message.Contains(c, StringComparison.OrdinalIgnoreCase));

    // SSH.NET appends dumps of what it has received.
    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd('\r', ':');
}
