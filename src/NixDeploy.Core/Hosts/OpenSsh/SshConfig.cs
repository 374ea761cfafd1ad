using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;
using NixDeploy.Hosts.Shell;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts.OpenSsh;

/// <summary>What the user's ssh makes of a destination, by its ssh_config.</summary>
/// <param name="HostName">The address that it connects to.</param>
/// <param name="Port">The port.</param>
/// <param name="User">The account that the fleet or ssh_config names; <see langword="null"/>: neither does.</param>
/// <param name="Jumps">The bastions of a ProxyJump, the first one first.</param>
/// <param name="ProxyCommand">The command that connects instead; <see langword="null"/>: there is none.</param>
internal sealed record SshConfig(string HostName, int Port, string? User, ImmutableArray<string> Jumps, string? ProxyCommand)
{
    /// <summary>Whether it leads elsewhere than the target alone says.</summary>
    public bool Changes(SshAddress address) =>
        !string.Equals(HostName, address.Address, StringComparison.OrdinalIgnoreCase)
        || Port != (address.Port ?? SshAddress.DefaultPort)
        || (User ?? SshAddress.DefaultUser) != (address.User ?? SshAddress.DefaultUser)
        || !Jumps.IsEmpty
        || ProxyCommand is not null;
}

/// <summary>Asks <c>ssh -G</c>, once for each destination until a connection to it fails.</summary>
/// <param name="file">The ssh_config that is read instead of the user's and the system's; <see langword="null"/>: those.</param>
/// <param name="time">The clock.</param>
internal sealed class SshConfigs(string? file, TimeProvider time)
{
    private const string NoUser = "nixdeploy-no-user";
    private const int MostJumps = 8;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Destination, Lazy<Task<SshConfig?>>> known = new();

    /// <summary>The ssh_config that is read instead of the user's and the system's.</summary>
    public string? File => file;

    /// <summary>What ssh makes of a target; <see langword="null"/> when ssh is not there or cannot say.</summary>
    public Task<SshConfig?> ReadAsync(SshAddress address, CancellationToken cancellationToken) =>
        ReadAsync(new Destination(address.Address, address.Port, address.User), cancellationToken);

    /// <summary>The addresses that ssh connects to on the way to a target, the target's own last.</summary>
    public async Task<ImmutableArray<string>> RouteAsync(SshAddress address, CancellationToken cancellationToken)
    {
        var config = await ReadAsync(address, cancellationToken).ConfigureAwait(false);
        if (config is null)
        {
            return [address.Route];
        }

        var way = ImmutableArray.CreateBuilder<string>();
        foreach (var jump in config.Jumps.Take(MostJumps))
        {
            var there = await ReadAsync(Destination.Parse(jump), cancellationToken).ConfigureAwait(false);
            way.AddRange(there?.Jumps ?? []);
            way.Add(there is null ? jump : SshAddress.RouteOf(there.HostName, there.Port));
        }

        // What a command connects to is not known, but hosts with the same command go the same way.
        return [.. way, .. config.ProxyCommand is { } command ? [command] : ImmutableArray<string>.Empty, SshAddress.RouteOf(config.HostName, config.Port)];
    }

    /// <summary>Asks again the next time: what was said did not help to connect.</summary>
    public void Forget(SshAddress address) => known.TryRemove(new Destination(address.Address, address.Port, address.User), out _);

    private Task<SshConfig?> ReadAsync(Destination destination, CancellationToken cancellationToken) =>
        known.GetOrAdd(destination, d => new Lazy<Task<SshConfig?>>(() => AskAsync(d))).Value.WaitAsync(cancellationToken);

    private async Task<SshConfig?> AskAsync(Destination destination)
    {
        // What no file says is taken from the last line, so an account in a file is told from ssh's own default.
        var folder = Directory.CreateTempSubdirectory("nd-");
        try
        {
            var config = Path.Combine(folder.FullName, "config");
            var files = file is null ? ["~/.ssh/config", "/etc/ssh/ssh_config"] : new[] { file };
            await System.IO.File.WriteAllLinesAsync(config, [.. files.Select(f => $"Include {f}"), "Host *", $"  User {NoUser}"]).ConfigureAwait(false);
            using var watch = Watch.Deadline(Limit, time, e => new HostException("ND0509", "ssh -G did not end.", e), CancellationToken.None);
            var told = await ChildProcess.RunAsync(
                OpenSshArguments.Resolve(config, destination.Host, destination.Port, destination.User), OpenSshConnector.Environment, (_, _) => Task.CompletedTask, watch).ConfigureAwait(false);
            return told.ExitCode == 0 ? Read(told.Output) : null;
        }
        catch (Exception e) when (e is Win32Exception or HostException or IOException)
        {
            return null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static SshConfig? Read(string output)
    {
        var values = output.Split('\n', StringSplitOptions.TrimEntries).Select(l => l.Split(' ', 2)).Where(l => l.Length == 2)
            .ToLookup(l => l[0], l => l[1], StringComparer.OrdinalIgnoreCase);
        string? Of(string key) => values[key].FirstOrDefault(v => v is not ("none" or ""));
        return Of("hostname") is { } name && int.TryParse(Of("port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new SshConfig(name, port, Of("user") is { } user && user != NoUser ? user : null, [.. Of("proxyjump")?.Split(',') ?? []], Of("proxycommand"))
            : null;
    }

    /// <summary>What stands on a command line of ssh.</summary>
    private sealed record Destination(string Host, int? Port, string? User)
    {
        /// <summary>From <c>[user@]host[:port]</c> or a URI, as ProxyJump has it.</summary>
        public static Destination Parse(string jump)
        {
            var text = jump.StartsWith("ssh://", StringComparison.Ordinal) ? jump[6..] : jump;
            var at = text.LastIndexOf('@');
            var (user, place) = at < 0 ? (null, text) : (text[..at], text[(at + 1)..]);
            var colon = place.LastIndexOf(':');
            var hasPort = colon > 0 && (place[colon - 1] == ']' || place.IndexOf(':', StringComparison.Ordinal) == colon)
                && int.TryParse(place[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _);
            return new Destination((hasPort ? place[..colon] : place).Trim('[', ']'), hasPort ? int.Parse(place[(colon + 1)..], CultureInfo.InvariantCulture) : null, user);
        }
    }
}
