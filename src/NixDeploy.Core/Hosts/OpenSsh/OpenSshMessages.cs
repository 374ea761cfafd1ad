using System.Text.RegularExpressions;
using NixDeploy.Hosts.Shell;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts.OpenSsh;

/// <summary>Reads out of ssh's messages what went wrong. Its exit code is 255 for everything.</summary>
internal static partial class OpenSshMessages
{
    /// <summary>Why the master could not connect.</summary>
    public static HostException Explain(SshAddress address, TimeSpan limit, string messages)
    {
        var files = string.Join(", ", address.KnownHostsFiles);
        var key = ServerKey().Match(messages) is { Success: true } shown ? shown.Groups["key"].Value : "no fingerprint seen";
        var why = Last(messages);
        var host = address.Host;
        var at = address.Shown;
        return messages switch
        {
            _ when Revoked().Match(messages) is { Success: true } => TransportErrors.HostKeyRevoked(host, at, files, key),
            _ when InvalidCertificate().Match(messages) is { Success: true } invalid =>
                TransportErrors.CertificateInvalid(host, at, files, key, TransportErrors.OneLine(invalid.Groups["why"].Value)),
            _ when messages.Contains("HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal) => TransportErrors.HostKeyChanged(
                host, at, address.Pinned is null ? Offending().Match(messages) is { Success: true } line ? line.Groups["at"].Value : files : "target.host-key",
                key, address.Pinned?.ToString() ?? "another key"),
            _ when OtherTypeKnown().IsMatch(messages) => TransportErrors.HostKeyChanged(host, at, files, key, "another type of key"),
            _ when messages.Contains("Host key verification failed", StringComparison.Ordinal) => address.Pinned is { } pinned
                ? TransportErrors.HostKeyChanged(host, at, "target.host-key", key, pinned.ToString())
                : TransportErrors.HostKeyUnknown(host, at, files, key),
            _ when messages.Contains("Could not resolve hostname", StringComparison.Ordinal) => TransportErrors.NameUnknown(host, address.Address),
            _ when messages.Contains("no matching ", StringComparison.Ordinal) => TransportErrors.NoCommonAlgorithm(host, at, why),
            _ when Denied().IsMatch(messages) => TransportErrors.PermissionDenied(host, address.Login, address.Identity, why),
            _ when messages.Contains("Connection refused", StringComparison.Ordinal) => TransportErrors.Refused(host, at),
            _ when TimedOut().IsMatch(messages) => TransportErrors.ConnectDeadline(host, at, limit),
            _ when Unreachable().IsMatch(messages) => TransportErrors.Unreachable(host, at, why),
            _ when NotSsh().IsMatch(messages) => TransportErrors.NotSsh(host, at, why),
            _ => TransportErrors.SshProgram(host, why),
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

    [GeneratedRegex(@"Permission denied|Too many authentication failures|No more authentication methods|Authentication failed")]
    private static partial Regex Denied();

    [GeneratedRegex("timed out", RegexOptions.IgnoreCase)]
    private static partial Regex TimedOut();

    [GeneratedRegex("No route to host|Network is unreachable|Host is down|Host is unreachable")]
    private static partial Regex Unreachable();

    [GeneratedRegex("kex_exchange_identification|banner exchange|Connection closed by|Connection reset|Bad packet length|invalid format|Broken pipe|Disconnected from|Received disconnect|not compatible")]
    private static partial Regex NotSsh();

    [GeneratedRegex("Connection closed by UNKNOWN|mux_client_|Control socket connect|read from master failed|Shared connection to .* closed", RegexOptions.IgnoreCase)]
    private static partial Regex NoSession();
}
