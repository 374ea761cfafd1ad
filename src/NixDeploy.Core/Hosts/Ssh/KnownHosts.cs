using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Hosts.Shell;

namespace NixDeploy.Hosts.Ssh;

/// <summary>What the known_hosts files say of one host, in their order.</summary>
/// <param name="Name">The host as the files name it.</param>
/// <param name="Files">The files that were asked, for messages.</param>
/// <param name="Lines">The lines about the host.</param>
internal sealed record KnownHosts(string Name, string Files, ImmutableArray<KnownHostsLine> Lines)
{
    private const int SshPort = 22;

    /// <summary>The keys that the host may show.</summary>
    public IEnumerable<KnownHostsLine> Keys => Lines.Where(l => l.Mark == KnownHostsMark.None);

    /// <summary>The authorities that may have signed the host's certificate.</summary>
    public IEnumerable<KnownHostsLine> Authorities => Lines.Where(l => l.Mark == KnownHostsMark.CertAuthority);

    /// <summary>Reads what the files say of a host.</summary>
    /// <exception cref="HostException"><c>ND0508</c>: a file is there and cannot be read.</exception>
    public static KnownHosts Read(HostName host, string address, int port, ImmutableArray<string> files)
    {
        var plain = address.ToLowerInvariant();
        var name = port == SshPort ? plain : $"[{plain}]:{port}";
        var all = files.SelectMany(f => ReadFile(host, f)).ToImmutableArray();
        var lines = all.Where(l => l.Matches(name)).ToImmutableArray();
        if (port != SshPort && !lines.Any(l => l.Mark != KnownHostsMark.Revoked))
        {
            // As ssh does: a key that is known for the host serves for its other ports while those have none of their own.
            lines = [.. all.Where(l => l.Matches(name) || l.Matches(plain))];
        }

        return new KnownHosts(name, string.Join(", ", files), lines);
    }

    private static List<KnownHostsLine> ReadFile(HostName host, string file)
    {
        try
        {
            return [.. File.ReadLines(file).Select((text, index) => KnownHostsLine.Parse(file, index + 1, text)).OfType<KnownHostsLine>()];
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw TransportErrors.KnownHostsUnusable(host, file, "read", error);
        }
    }
}
