using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>Commands that are typed on the controller to act on a host by hand; the host is reached as its target says.</summary>
internal static class RepairCommand
{
    /// <summary>Runs a program without root's rights.</summary>
    public static string Plain(Host host, params ImmutableArray<string> words) => Over(host.Target, host.Name, [words]);

    /// <summary>Runs programs as root, each when the one before it succeeded.</summary>
    public static string AsRoot(Host host, params ImmutableArray<ImmutableArray<string>> commands) =>
        Over(host.Target, host.Name, [.. commands.Select(words => ImmutableArray.CreateRange([.. host.Target.Elevation, .. words]))]);

    private static string Over(TargetSettings target, HostName name, ImmutableArray<ImmutableArray<string>> commands)
    {
        var there = string.Join(" && ", commands.Select(words => ShellQuoter.CommandLine(words)));
        if (target.Transport == "local")
        {
            return there;
        }

        // The host's shell parses once more what ssh is given.
        var plain = commands.Length == 1 && ShellQuoter.CommandLine(commands[0]) == string.Join(' ', commands[0]);
        return $"{ShellQuoter.CommandLine(["ssh", .. Options(target), Login(target) + (target.Host ?? name.Value)])} {(plain ? there : ShellQuoter.Quote(there))}";
    }

    private static IEnumerable<string> Options(TargetSettings target)
    {
        if (target.Port is { } port)
        {
            yield return "-p";
            yield return port.ToString(CultureInfo.InvariantCulture);
        }

        if (target.IdentityFile is { } file)
        {
            yield return "-i";
            yield return file;
        }
    }

    /// <summary>Where the fleet names no account it is root; or, for who has to become root there, what ssh_config says.</summary>
    private static string Login(TargetSettings target) => target switch
    {
        { User: { } user } => user + "@",
        { Transport: "ssh.net" } or { Elevation.IsEmpty: true } => "root@",
        _ => "",
    };
}
