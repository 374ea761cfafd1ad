using System.Collections.Immutable;

namespace NixDeploy.HostProtocol;

/// <summary>A connection that can run our constant scripts and programs on a host: what ssh.net, openssh and local have in common.</summary>
internal interface IShellConnection : IAsyncDisposable
{
    /// <summary>Runs a script as root: <c>sh -s</c> (behind the elevation), its standard input the quoted arguments and the script.</summary>
    /// <exception cref="HostException">The connection broke, or the deadline passed.</exception>
    Task<CommandResult> RunScriptAsync(ShellScript script, CancellationToken cancellationToken);

    /// <summary>Runs a constant program as root (behind the elevation) with a payload on its standard input.</summary>
    /// <param name="arguments">Constant program and arguments.</param>
    /// <param name="write">Writes the payload.</param>
    /// <param name="silence">How long nothing may move before the connection counts as dead.</param>
    /// <param name="cancellationToken">Cancels the operation; the connection cannot be used afterwards.</param>
    Task<CommandResult> RunWithInputAsync(ImmutableArray<string> arguments, Func<Stream, CancellationToken, Task> write, TimeSpan silence, CancellationToken cancellationToken);

    /// <summary>Opens a TCP connection from the host's own point of view.</summary>
    Task<Stream> OpenTcpAsync(string host, int port, CancellationToken cancellationToken);
}

/// <summary>A script and what it is told.</summary>
/// <param name="Name">Its name, for errors: inspect, prepare …</param>
/// <param name="Text">The script itself: constant, never assembled from data.</param>
/// <param name="Arguments">Its words, through the quoter; those of our scripts are made by <see cref="ScriptWords"/>.</param>
/// <param name="Deadline">How long it may run.</param>
internal sealed record ShellScript(string Name, string Text, ImmutableArray<string> Arguments, TimeSpan Deadline);

/// <summary>Opens shell connections: one per transport that reaches a shell.</summary>
internal interface IShellConnector
{
    /// <summary>The transport's name.</summary>
    string Name { get; }

    /// <summary>The addresses that a connection is made to on the way, the host's own last; empty when there is none to make.</summary>
    Task<ImmutableArray<string>> RouteAsync(Fleets.Host host, CancellationToken cancellationToken);

    /// <summary>Opens a connection of its own and verifies who answers.</summary>
    Task<IShellConnection> ConnectAsync(Fleets.Host host, CancellationToken cancellationToken);
}
