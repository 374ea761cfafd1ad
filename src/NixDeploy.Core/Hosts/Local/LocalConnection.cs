using System.Collections.Immutable;
using System.ComponentModel;
using System.Net.Sockets;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Shell;

namespace NixDeploy.Hosts.Local;

/// <summary>"Connected" to this machine: every command is a child process.</summary>
internal sealed class LocalConnection(Host host, TimeProvider time) : ShellConnection(host, time)
{
    private static readonly ImmutableDictionary<string, string?> SameEnvironment = ImmutableDictionary<string, string?>.Empty;

    protected override async Task<CommandResult> RunAsync(
        string doing, ImmutableArray<string> words, Func<Stream, CancellationToken, Task> write, Watch watch)
    {
        try
        {
            return await ChildProcess.RunAsync(words, SameEnvironment, write, watch);
        }
        catch (Win32Exception error)
        {
            throw TransportErrors.ProgramMissing(Host.Name, words[0], "install it, or correct target.elevation", error);
        }
    }

    protected override async Task<Stream> OpenAsync(string host, int port, string destination, Watch watch)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, watch.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception error)
        {
            socket.Dispose();
            throw error switch
            {
                SocketException => TransportErrors.TcpRefused(Host.Name, destination, error.Message, error),
                OperationCanceledException => watch.Reason(error),
                _ => error,
            };
        }
    }

    protected override Task CloseAsync() => Task.CompletedTask;
}
