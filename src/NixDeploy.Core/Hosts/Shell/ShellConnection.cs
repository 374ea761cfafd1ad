using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts.Shell;

/// <summary>What every shell connection does alike: quoting, deadlines, and being given up for good once the peer cannot be trusted to answer.</summary>
internal abstract class ShellConnection(Host host, TimeProvider time) : IShellConnection
{
    // Saying goodbye to a frozen peer can block for as long as it is frozen.
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2);

    /// <summary>The only payload that there is, is a closure.</summary>
    private const string Copying = "while its closure was copied";

    private readonly Lock gate = new();
    private Task? closing;
    private volatile bool givenUp;

    /// <summary>The host at the other end.</summary>
    protected Host Host { get; } = host;

    /// <summary>The clock.</summary>
    protected TimeProvider Time { get; } = time;

    public async Task<CommandResult> RunScriptAsync(ShellScript script, CancellationToken cancellationToken)
    {
        var doing = $"during the script '{script.Name}'";
        var input = ShellQuoter.StandardInput(script);
        using var watch = Watch.Deadline(script.Deadline, Time, e => TransportErrors.CommandDeadline(Host.Name, script.Name, script.Deadline, e), cancellationToken);
        return await GuardedAsync(doing, () => RunAsync(
            doing, ShellQuoter.ScriptReader(Host.Target.Elevation), async (stream, token) => await stream.WriteAsync(input, token), watch));
    }

    public async Task<CommandResult> RunWithInputAsync(
        ImmutableArray<string> arguments, Func<Stream, CancellationToken, Task> write, TimeSpan silence, CancellationToken cancellationToken)
    {
        using var watch = Watch.Silence(silence, Time, e => TransportErrors.Silent(Host.Name, Copying, silence, e), cancellationToken);
        return await GuardedAsync(Copying, () => RunAsync(Copying, [.. Host.Target.Elevation, .. arguments], write, watch));
    }

    public async Task<Stream> OpenTcpAsync(string host, int port, CancellationToken cancellationToken)
    {
        var destination = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
        var limit = Host.Target.ConnectTimeout;
        using var watch = Watch.Deadline(
            limit, Time, e => TransportErrors.TcpRefused(Host.Name, destination, FormattableString.Invariant($"no answer within {limit.TotalSeconds} s"), e), cancellationToken);
        ObjectDisposedException.ThrowIf(closing is not null, this);
        ThrowIfGivenUp();
        if (host.Length is 0 or > 255 || host[0] == '-' || !host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '%') || port is < 1 or > 65535)
        {
            throw TransportErrors.TcpRefused(Host.Name, Text.Quote(destination), "this is no host name or address with a port");
        }

        try
        {
            return await OpenAsync(host, port, destination, watch);
        }
        catch (HostException refused) when (refused.Code == TransportErrors.NothingAccepts)
        {
            // Neither ssh nor SSH.NET says why. Where a program on the host can connect, sshd does not let us.
            var direct = await RunAsync("during a look at a port", HostTcp.Connect(host, port), (_, _) => Task.CompletedTask, watch);
            throw direct.ExitCode == 0 ? TransportErrors.ForwardingForbidden(Host.Name, destination) : refused;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Closing().WaitAsync(Goodbye, Time);
        }
        catch (TimeoutException)
        {
            // The rest of it ends when the peer's kernel or ours gives the socket up.
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Runs a command line with a payload on its standard input; throws the watch's reason when the watch ends it.</summary>
    protected abstract Task<CommandResult> RunAsync(
        string doing, ImmutableArray<string> words, Func<Stream, CancellationToken, Task> write, Watch watch);

    /// <summary>Opens a TCP connection from the host's point of view; names are known to be harmless.</summary>
    protected abstract Task<Stream> OpenAsync(string host, int port, string destination, Watch watch);

    /// <summary>Closes the connection; may take long, for nobody waits for the end of it. Never throws.</summary>
    protected abstract Task CloseAsync();

    private async Task<CommandResult> GuardedAsync(string doing, Func<Task<CommandResult>> run)
    {
        ObjectDisposedException.ThrowIf(closing is not null && !givenUp, this);
        ThrowIfGivenUp();
        try
        {
            return await run();
        }
        catch (Exception error)
        {
            // Whatever was under way may still run over there, half fed: nothing else is to be said over this connection.
            givenUp = true;
            _ = Closing();
            if (error is OutputOverflowException)
            {
                throw HostErrors.TooLong(Host.Name, doing, error);
            }

            throw;
        }
    }

    private void ThrowIfGivenUp()
    {
        if (givenUp)
        {
            throw TransportErrors.ConnectionClosed(Host.Name);
        }
    }

    private Task Closing()
    {
        lock (gate)
        {
            return closing ??= CloseAsync();
        }
    }
}
