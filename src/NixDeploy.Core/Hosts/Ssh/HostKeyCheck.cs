using NixDeploy.Hosts.Shell;
using Renci.SshNet.Common;
using Renci.SshNet.Security;

namespace NixDeploy.Hosts.Ssh;

/// <summary>Verifies a host's identity, by the pinned key or the known_hosts files.</summary>
internal sealed class HostKeyCheck
{
    private readonly SshAddress address;
    private readonly KnownHosts known;

    private HostKeyCheck(SshAddress address, KnownHosts known) => (this.address, this.known) = (address, known);

    /// <summary>The key types to ask for first, best first.</summary>
    public IEnumerable<string> KnownTypes => address.Pinned is { } pinned ? [pinned.Type] : known.Keys.Select(l => l.Key.Type);

    /// <summary>Whether a certificate would help.</summary>
    public bool WantsCertificate => address.Pinned is null && known.Authorities.Any();

    /// <summary>Why the host was refused; <see langword="null"/> while it was not.</summary>
    public HostException? Refusal { get; private set; }

    /// <summary>Reads what is known of the host.</summary>
    public static HostKeyCheck For(SshAddress address, int port) => new(
        address,
        address.Pinned is null
            ? KnownHosts.Read(address.Host, address.Address, port, address.KnownHostsFiles)
            : new KnownHosts(address.Shown, "target.host-key", []));

    /// <summary>Answers SSH.NET's question. It asks in a thread of its own, where an exception would mean nothing.</summary>
    public void Answer(HostKeyEventArgs question)
    {
        question.CanTrust = false;
        try
        {
            Refusal = Judge(question.HostKey, question.Certificate);
        }
        catch (HostException error)
        {
            Refusal = error;
        }

        question.CanTrust = Refusal is null;
    }

    /// <summary>Judges a key; <see langword="null"/> trusts it.</summary>
    public HostException? Judge(byte[] blob, Certificate? certificate)
    {
        if (HostKey.FromBlob(blob) is not { } key)
        {
            return TransportErrors.NotSsh(address.Host, address.Shown, "its host key cannot be read");
        }

        return address.Pinned is { } pinned
            ? key.Equals(pinned) ? null : TransportErrors.HostKeyChanged(address.Host, address.Shown, known.Files, key.ToString(), pinned.ToString())
            : JudgeKnown(key, certificate);
    }

    private HostException? JudgeKnown(HostKey key, Certificate? certificate)
    {
        if (Revoked(key) is { } revoked)
        {
            return TransportErrors.HostKeyRevoked(address.Host, known.Name, At(revoked), key.ToString());
        }

        if (certificate is not null)
        {
            return JudgeCertificate(key, certificate);
        }

        if (known.Keys.Any(l => l.Key.Equals(key)))
        {
            return null;
        }

        // Another type than the known ones counts as a change too: an attacker in between could show a type that is not known.
        if ((known.Keys.FirstOrDefault(l => l.Key.Type == key.Type) ?? known.Keys.FirstOrDefault()) is { } line)
        {
            return TransportErrors.HostKeyChanged(address.Host, known.Name, At(line), key.ToString(), line.Key.ToString());
        }

        return address.Target.AcceptNew
            ? AcceptNew(key)
            : TransportErrors.HostKeyUnknown(address.Host, known.Name, known.Files, key.ToString());
    }

    private HostException? JudgeCertificate(HostKey key, Certificate certificate)
    {
        // SSH.NET has verified the signature and the time of validity; whose signature it is, and for whom, it leaves to us.
        var authority = HostKey.FromBlob(certificate.CertificateAuthorityKey);
        if (authority is not null && Revoked(authority) is { } revoked)
        {
            return TransportErrors.HostKeyRevoked(address.Host, known.Name, At(revoked), $"signed by {authority}");
        }

        if (known.Authorities.FirstOrDefault(l => l.Key.Equals(authority)) is not { } line)
        {
            // As without a certificate: the host's own key may be known.
            return JudgeKnown(key, certificate: null);
        }

        var why = certificate switch
        {
            { Type: not Certificate.CertificateType.Host } => "it is no certificate for hosts",
            { CriticalOptions.Count: > 0 } => "it has critical options, and hosts have none that are known",
            { ValidPrincipals: var names } when !names.Any(n => KnownHostsLine.MatchesPattern(n, address.Address)) =>
                $"it is for {(names.Count == 0 ? "nobody by name" : string.Join(", ", names))}, not for {address.Address}",
            _ => null,
        };
        return why is null ? null : TransportErrors.CertificateInvalid(address.Host, known.Name, At(line), key.ToString(), why);
    }

    private HostException? AcceptNew(HostKey key)
    {
        var file = address.KnownHostsFiles[0];
        return KnownHostsFile.Append(address.Host, file, known.Name, key)
            ? null
            : TransportErrors.HostKeyChanged(address.Host, known.Name, file, key.ToString(), "another key, written down a moment ago");
    }

    private KnownHostsLine? Revoked(HostKey key) =>
        known.Lines.FirstOrDefault(l => l.Mark == KnownHostsMark.Revoked && l.Key.Equals(key));

    private static string At(KnownHostsLine line) => $"{line.File}:{line.Number}";
}
