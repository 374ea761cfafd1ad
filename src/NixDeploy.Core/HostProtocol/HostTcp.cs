using System.Collections.Immutable;
using System.Globalization;

namespace NixDeploy.HostProtocol;

/// <summary>Programs of the host that connect from it, for logins that sshd does not let do so. Every NixOS has them.</summary>
internal static class HostTcp
{
    /// <summary>Ends with 0 when something accepts, and with 127 when there is no bash.</summary>
    public static ImmutableArray<string> Connect(string host, int port) =>
        ["bash", "-c", "exec 3<>\"/dev/tcp/$0/$1\"", host, port.ToString(CultureInfo.InvariantCulture)];

    /// <summary>Prints the body of the answer, then its status in a line of its own; ends with 0 when there is an answer, and with 127 when there is no curl.</summary>
    public static ImmutableArray<string> Get(Uri url, TimeSpan limit) =>
    [
        "curl", "--disable", "--silent", "--show-error", "--noproxy", "*", "--user-agent", "nixdeploy", "--write-out", "\\n%{http_code}",
        "--max-time", Math.Ceiling(limit.TotalSeconds).ToString(CultureInfo.InvariantCulture), "--", url.AbsoluteUri,
    ];
}
