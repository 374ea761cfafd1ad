using System.Text.RegularExpressions;
using NixDeploy.Hosts.Shell;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts.OpenSsh;

/// <summary>Reads out of ssh's messages what went wrong. Its exit code is 255 for everything.</summary>
internal static partial class OpenSshMessages
{
    /// <summary>Why the master could not connect: to the host, or to a bastion on the way.</summary>
    /// <param name="address">The host.</param>
    /// <param name="config">What ssh makes of it, when that is known.</param>
    /// <param name="limit">The time that it had.</param>
    /// <param name="messages">What ssh said, and the ssh of each bastion.</param>
    public static HostException Explain(SshAddress address, SshConfig? config, TimeSpan limit, string messages)
    {
        var why = Last(messages);
        var host = address.Host;
        var peer = SshPeer.Of(address, config, messages);
        var at = peer.Shown;
        return messages switch
        {
            _ when Forwarded().Match(messages) is { Success: true } refused => ExplainBastion(address, peer, refused.Groups["why"].Value),
            _ when TooManyKeys().IsMatch(messages) => TransportErrors.TooManyKeys(host, at, peer.IsBastion),
            _ when ExplainKey(address, peer, messages) is { } key => key,
            _ when NameUnknown().Match(messages) is { Success: true } unknown => TransportErrors.NameUnknown(host, unknown.Groups["name"].Value),
            _ when messages.Contains("no matching ", StringComparison.Ordinal) => TransportErrors.NoCommonAlgorithm(host, at, why),
            _ when Denied().IsMatch(messages) => peer.IsBastion
                ? TransportErrors.BastionRefuses(host, at, peer.Login, Denied().Match(messages).Value)
                : TransportErrors.PermissionDenied(host, address.Login, address.Identity, why),
            _ when messages.Contains("Connection refused", StringComparison.Ordinal) => TransportErrors.Refused(host, at),
            _ when TimedOut().IsMatch(messages) => TransportErrors.ConnectDeadline(host, at, limit),
            _ when Unreachable().Match(messages) is { Success: true } unreachable => TransportErrors.Unreachable(host, at, unreachable.Value),
            _ when !Garbage().IsMatch(messages) && !peer.IsLetIn && Closed().Match(messages) is { Success: true } closed => TransportErrors.ClosedEarly(host, at, closed.Value),
            _ when NotSsh().IsMatch(messages) => TransportErrors.NotSsh(host, at, why),
            _ => TransportErrors.SshProgram(host, why),
        };
    }

    /// <summary>A bastion lets us in, and does not connect to the host.</summary>
    private static HostException ExplainBastion(SshAddress address, SshPeer bastion, string why) => why switch
    {
        _ when why.Contains("prohibited", StringComparison.Ordinal) => TransportErrors.BastionForbids(address.Host, bastion.Shown),
        _ when why.Contains("refused", StringComparison.OrdinalIgnoreCase) => TransportErrors.Refused(address.Host, address.Shown),
        _ => TransportErrors.Unreachable(address.Host, address.Shown, $"{bastion.Shown} says: {why}"),
    };

    /// <summary>What is wrong with a host key; <see langword="null"/>: nothing.</summary>
    private static HostException? ExplainKey(SshAddress address, SshPeer peer, string messages)
    {
        var host = address.Host;
        var at = peer.Shown;
        var files = string.Join(", ", address.KnownHostsFiles);
        var key = ServerKey().Matches(messages) is [.., var shown] ? shown.Groups["key"].Value : "no fingerprint seen";
        var file = Offending().Match(messages) is { Success: true } line ? line.Groups["at"].Value : files;
        return messages switch
        {
            _ when Revoked().IsMatch(messages) => TransportErrors.HostKeyRevoked(host, at, peer.IsBastion ? "its known_hosts file" : files, key),
            _ when InvalidCertificate().Match(messages) is { Success: true } invalid =>
                TransportErrors.CertificateInvalid(host, at, peer.IsBastion ? "its known_hosts file" : files, key, TransportErrors.OneLine(invalid.Groups["why"].Value)),
            _ when messages.Contains("HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal) => peer.IsBastion
                ? TransportErrors.BastionKeyChanged(host, at, file, key)
                : TransportErrors.HostKeyChanged(host, at, address.Pinned is null ? file : "target.host-key", key, address.Pinned?.ToString() ?? "another key"),
            _ when OtherTypeKnown().IsMatch(messages) => peer.IsBastion
                ? TransportErrors.BastionKeyChanged(host, at, "its known_hosts file", key)
                : TransportErrors.HostKeyChanged(host, at, files, key, "another type of key"),
            _ when !messages.Contains("Host key verification failed", StringComparison.Ordinal) => null,
            _ when peer.IsBastion => TransportErrors.BastionKeyUnknown(host, at, key),
            _ when address.Pinned is { } pinned => TransportErrors.HostKeyChanged(host, at, "target.host-key", key, pinned.ToString()),
            _ => TransportErrors.HostKeyUnknown(host, at, files, key),
        };
    }

    /// <summary>Whether these are the words of an ssh that found no master, or was given no session by it.</summary>
    public static bool SaysNoSession(string messages) => NoSession().IsMatch(messages);

    /// <summary>ssh's last word that is not talk about itself.</summary>
    public static string Last(string messages) => messages.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .LastOrDefault(l => !l.StartsWith("debug", StringComparison.Ordinal) && !l.StartsWith("OpenSSH_", StringComparison.Ordinal)) ?? "";

    [GeneratedRegex("Server host key: (?<key>[^ \r\n]+ SHA256:[A-Za-z0-9+/]+)")]
    private static partial Regex ServerKey();

    [GeneratedRegex("Offending (?:[A-Za-z0-9@._-]+ )?key (?:for IP )?in (?<at>[^\r\n]+)")]
    private static partial Regex Offending();

    [GeneratedRegex("REVOKED HOST KEY|is marked as revoked|key is revoked", RegexOptions.IgnoreCase)]
    private static partial Regex Revoked();

    [GeneratedRegex("^Certificate invalid: (?<why>[^\r\n]+)", RegexOptions.Multiline)]
    private static partial Regex InvalidCertificate();

    [GeneratedRegex("but keys of different type are already known|WARNING: .* key found for host", RegexOptions.IgnoreCase)]
    private static partial Regex OtherTypeKnown();

    [GeneratedRegex("Too many authentication failures")]
    private static partial Regex TooManyKeys();

    [GeneratedRegex(@"Permission denied[^\r\n]*|No more authentication methods[^\r\n]*|Authentication failed[^\r\n]*")]
    private static partial Regex Denied();

    [GeneratedRegex("Could not resolve hostname (?<name>[^:\r\n]+)")]
    private static partial Regex NameUnknown();

    [GeneratedRegex(@"channel \d+: open failed: (?<why>[^\r\n]+)")]
    private static partial Regex Forwarded();

    [GeneratedRegex("timed out", RegexOptions.IgnoreCase)]
    private static partial Regex TimedOut();

    [GeneratedRegex("No route to host|Network is unreachable|Host is down|Host is unreachable")]
    private static partial Regex Unreachable();

    [GeneratedRegex(@"banner line \d+: (?!Exceeded MaxStartups|Not allowed at this time)|Bad packet length|invalid format|invalid characters|banner line too long|not compatible")]
    private static partial Regex Garbage();

    [GeneratedRegex("Exceeded MaxStartups|Not allowed at this time|Connection closed by [^\r\n]*|Connection reset by [^\r\n]*")]
    private static partial Regex Closed();

    [GeneratedRegex("kex_exchange_identification|banner exchange|Connection closed by|Connection reset|Bad packet length|invalid format|Broken pipe|Disconnected from|Received disconnect|not compatible")]
    private static partial Regex NotSsh();

    [GeneratedRegex("Connection closed by UNKNOWN|mux_client_|Control socket connect|read from master failed|Shared connection to .* closed", RegexOptions.IgnoreCase)]
    private static partial Regex NoSession();
}
