using System.Globalization;
using System.Text.RegularExpressions;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts.OpenSsh;

/// <summary>Whom ssh talked to last before it failed: the host, or a bastion on the way to it.</summary>
/// <param name="Shown">Its address, for people.</param>
/// <param name="Login">The account at the address.</param>
/// <param name="IsBastion">Whether it is not the host itself.</param>
/// <param name="IsLetIn">Whether it had accepted the login.</param>
internal sealed partial record SshPeer(string Shown, string Login, bool IsBastion, bool IsLetIn)
{
    /// <summary>Reads it out of what ssh, and the ssh of each bastion, said with <c>-v</c>: they connect one after the other.</summary>
    public static SshPeer Of(SshAddress address, SshConfig? config, string messages)
    {
        var target = new SshPeer(address.Shown, address.Login, IsBastion: false, Accepted().IsMatch(messages));
        if (!messages.Contains("Executing proxy command", StringComparison.Ordinal))
        {
            return target;
        }

        if (Begun().Matches(messages) is not [.., var last])
        {
            return target with { IsLetIn = false };
        }

        var (host, port, user) = (last.Groups["host"].Value, int.Parse(last.Groups["port"].Value, CultureInfo.InvariantCulture), last.Groups["user"].Value);
        var isTarget = config is not null && config.Port == port && string.Equals(config.HostName, host, StringComparison.OrdinalIgnoreCase);
        var isLetIn = Accepted().IsMatch(messages, last.Index);
        var shown = SshAddress.RouteOf(host, port);

        // A bastion that let us in, and forwards, is not to blame for what comes behind it.
        return isTarget || (isLetIn && !messages.Contains("open failed:", StringComparison.Ordinal))
            ? target with { IsLetIn = isTarget && isLetIn }
            : new SshPeer(shown, user.Length > 0 ? $"{user}@{shown}" : shown, IsBastion: true, isLetIn);
    }

    [GeneratedRegex(@"Authenticating to (?<host>\S+):(?<port>\d{1,5}) as '(?<user>[^']*)'|Connecting to (?<host>\S+) (?:\[\S+\] )?port (?<port>\d{1,5})")]
    private static partial Regex Begun();

    [GeneratedRegex("Authenticated to ")]
    private static partial Regex Accepted();
}
