using Renci.SshNet;

namespace NixDeploy.Hosts.Ssh;

/// <summary>Which algorithms SSH.NET may offer, and in which order.</summary>
internal static class SshAlgorithms
{
    private const string Certificate = "-cert-v01@openssh.com";

    /// <summary>Whether the algorithm rests on SHA-1, MD5 or DSA.</summary>
    /// <remarks><c>ssh-rsa</c> names the signature with SHA-1; RSA keys sign with <c>rsa-sha2-*</c>.</remarks>
    public static bool IsWeak(string name) =>
        name is "ssh-rsa" or "ssh-dss" or "ssh-rsa" + Certificate or "ssh-dss" + Certificate
        || name.EndsWith("-sha1", StringComparison.Ordinal) || name.Contains("hmac-sha1", StringComparison.Ordinal) || name.Contains("md5", StringComparison.Ordinal)
        || name is "3des-cbc";

    /// <summary>Takes the weak ones away and puts the host key algorithms into the order in which this host's keys are known.</summary>
    /// <remarks>A host that has several keys must show one that we know, so the known types go first. Certificates are asked for only where an
    /// authority is known: a host with a certificate would otherwise show that instead of the key we know.</remarks>
    public static void Restrict(ConnectionInfo connection, IEnumerable<string> knownTypes, bool certificates)
    {
        Remove(connection.KeyExchangeAlgorithms);
        Remove(connection.HmacAlgorithms);
        Remove(connection.Encryptions);

        var known = knownTypes.Distinct(StringComparer.Ordinal).ToList();
        var offered = connection.HostKeyAlgorithms
            .Where(a => !IsWeak(a.Key))
            .Select((a, index) => (Algorithm: a, Rank: Rank(a.Key, known, certificates), index))
            .Where(a => a.Rank is not null)
            .OrderBy(a => a.Rank).ThenBy(a => a.index)
            .Select(a => a.Algorithm)
            .ToList();
        connection.HostKeyAlgorithms.Clear();
        foreach (var (name, factory) in offered)
        {
            connection.HostKeyAlgorithms.Add(name, factory);
        }
    }

    private static int? Rank(string algorithm, List<string> known, bool certificates)
    {
        if (algorithm.EndsWith(Certificate, StringComparison.Ordinal))
        {
            return certificates ? -1 : null;
        }

        var type = algorithm.StartsWith("rsa-sha2-", StringComparison.Ordinal) ? "ssh-rsa" : algorithm;
        return known.IndexOf(type) is >= 0 and var rank ? rank : known.Count;
    }

    private static void Remove<T>(IDictionary<string, T> algorithms)
    {
        foreach (var name in algorithms.Keys.Where(IsWeak).ToList())
        {
            algorithms.Remove(name);
        }
    }
}
