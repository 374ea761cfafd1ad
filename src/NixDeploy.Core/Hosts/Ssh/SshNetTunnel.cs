using System.Net;
using System.Net.Sockets;
using System.Text;
using NixDeploy.Fleets;
using NixDeploy.Hosts.Shell;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace NixDeploy.Hosts.Ssh;

/// <summary>A TCP connection from the host's point of view, over SSH.NET.</summary>
/// <remarks>
/// SSH.NET has no public direct-tcpip channel, only listeners on this machine, which any local user may connect to. Of its two kinds the
/// SOCKS one is taken because it alone says whether the host could connect; it lets in one request, for the one destination that was asked
/// for, and ends with its stream. If another local user connects first, our connection is refused and the tunnel is closed.
/// </remarks>
internal static class SshNetTunnel
{
    /// <summary>Opens the connection.</summary>
    public static async Task<Stream> OpenAsync(VerifyingSshClient client, HostName host, string name, int port, string destination, Watch watch)
    {
        var listener = new ForwardedPortDynamic("127.0.0.1", 0);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var requests = 0;
        listener.RequestReceived += (_, request) =>
        {
            if (Interlocked.Increment(ref requests) > 1 || request.OriginatorHost != name || request.OriginatorPort != port)
            {
                throw new InvalidOperationException("This tunnel has served the one request that it was made for.");
            }
        };
        try
        {
            client.AddForwardedPort(listener);
            listener.Start();
            await socket.ConnectAsync(IPAddress.Loopback, (int)listener.BoundPort, watch.Token);
            await RequestAsync(socket, host, name, port, destination, watch.Token);
            return new TunnelStream(socket, () => Stop(client, listener));
        }
        catch (Exception error)
        {
            socket.Dispose();
            _ = Stop(client, listener);
            throw error switch
            {
                OperationCanceledException when watch.Token.IsCancellationRequested => watch.Reason(error),
                SocketException or SshException or EndOfStreamException => TransportErrors.TcpRefused(host, destination, error.Message, error),
                _ => error,
            };
        }
    }

    private static async Task RequestAsync(Socket socket, HostName host, string name, int port, string destination, CancellationToken cancellationToken)
    {
        const byte version = 5, noAuthentication = 0, connect = 1, reserved = 0, domainName = 3;
        using var stream = new NetworkStream(socket, ownsSocket: false);
        var answer = new byte[10];
        await stream.WriteAsync(new byte[] { version, 1, noAuthentication }, cancellationToken);
        await stream.ReadExactlyAsync(answer.AsMemory(0, 2), cancellationToken);
        byte[] request = [version, connect, reserved, domainName, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)(port >> 8), (byte)port];
        await stream.WriteAsync(request, cancellationToken);
        await stream.ReadExactlyAsync(answer, cancellationToken);
        if (answer[1] != 0)
        {
            throw TransportErrors.TcpRefused(host, destination, "the host's sshd could not connect");
        }
    }

    /// <summary>Ends the listener and its channel.</summary>
    private static Task Stop(VerifyingSshClient client, ForwardedPortDynamic listener) => VerifyingSshClient.CloseAsync(() =>
    {
        listener.Stop();
        client.RemoveForwardedPort(listener);
        listener.Dispose();
    });

    private sealed class TunnelStream(Socket socket, Func<Task> stop) : NetworkStream(socket, ownsSocket: true)
    {
        private int stopped;

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing && Interlocked.Exchange(ref stopped, 1) == 0)
            {
                _ = stop();
            }
        }
    }
}
