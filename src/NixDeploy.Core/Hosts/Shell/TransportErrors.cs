using NixDeploy.Fleets;

namespace NixDeploy.Hosts.Shell;

/// <summary>Every sentence of the transports, so that the same failure reads the same and has the same code over each of them.</summary>
/// <remarks>The codes are listed in <c>docs/errors-transports.md</c>.</remarks>
internal static class TransportErrors
{
    /// <summary>Nothing accepts TCP connections there, as the host itself sees it.</summary>
    public const string NothingAccepts = "ND0534";

    public static FleetException UnknownTransport(HostName host, string name, IReadOnlyCollection<string> known) =>
        new("ND0501", $"{host}: there is no transport {Text.Quote(name)}{Text.DidYouMean(name, known)}; target.transport is one of {string.Join(", ", known.Order(StringComparer.Ordinal))}.");

    public static HostException BadTarget(HostName host, string key, string? value, string rule, Exception? inner = null) =>
        new("ND0502", $"{host}: target.{key} {Text.Quote(value)} cannot be used: {rule}.", inner);

    public static HostException IdentityMissing(HostName host, string path, Exception? inner = null) =>
        new("ND0504", $"{host}: the identity-file {path} {(inner is null ? "does not exist" : "cannot be read (" + OneLine(inner.Message) + ")")}; correct target.identity-file or its permissions.", inner);

    public static HostException IdentityEncrypted(HostName host, string path, Exception? inner = null) =>
        new("ND0505", $"{host}: the identity-file {path} is encrypted, and the transport 'ssh.net' cannot ask for a passphrase; add the key to an ssh-agent and use the transport 'openssh' (or 'auto').", inner);

    public static HostException IdentityUnusable(HostName host, string path, Exception inner) =>
        new("ND0506", $"{host}: the identity-file {path} is no private key that the transport 'ssh.net' can use ({OneLine(inner.Message)}); use an ed25519, ecdsa or rsa key, or the transport 'openssh'.", inner);

    public static HostException IdentityNotNamed(HostName host) =>
        new("ND0507", $"{host}: the transport 'ssh.net' needs target.identity-file; name the private key, or use the transport 'openssh', which asks your ssh-agent and ssh_config.");

    public static HostException KnownHostsUnusable(HostName host, string path, string what, Exception inner) =>
        new("ND0508", $"{host}: the known_hosts file {path} cannot be {what} ({OneLine(inner.Message)}); correct its permissions or target.known-hosts.", inner);

    public static HostException ProgramMissing(HostName host, string program, string toDo, Exception? inner = null) =>
        new("ND0509", $"{host}: the program '{program}' was not found on this machine; {toDo}.", inner);

    public static HostException NameUnknown(HostName host, string address, Exception? inner = null) =>
        new("ND0510", $"{host}: the name {Text.Quote(address)} cannot be resolved; correct target.host, or the DNS of this machine.", inner);

    public static HostException Refused(HostName host, string address, Exception? inner = null) =>
        new("ND0511", $"{host}: {address} refuses the connection; is sshd running there, and is target.port right?", inner);

    public static HostException Unreachable(HostName host, string address, string why, Exception? inner = null) =>
        new("ND0512", $"{host}: {address} cannot be reached ({OneLine(why)}); is the host up, and the network to it?", inner);

    public static HostException ConnectDeadline(HostName host, string address, TimeSpan limit, Exception? inner = null) =>
        new("ND0513", $"{host}: {address} gave no usable answer within {Seconds(limit)}; the host is down, frozen or behind a firewall that drops packets, or target.connect-timeout is too short.", inner);

    public static HostException NotSsh(HostName host, string address, string why, Exception? inner = null) =>
        new("ND0514", $"{host}: what answers at {address} does not speak SSH with us ({OneLine(why)}); is target.port sshd's, and is sshd healthy?", inner);

    public static HostException NoCommonAlgorithm(HostName host, string address, string why, Exception? inner = null) =>
        new("ND0515", $"{host}: {address} offers no algorithm that is both safe and known here ({OneLine(why)}); SHA-1 and DSA are off, so update sshd there or give it an ed25519 host key.", inner);

    public static HostException ClosedEarly(HostName host, string address, string why, Exception? inner = null) =>
        new("ND0516", $"{host}: {address} closed the connection before the login ({OneLine(why)}), each time it was tried; its sshd does that when more logins begin at once than MaxStartups allows (10 by default), or to addresses it penalizes: raise MaxStartups there, or target.connect-timeout, look at its journal, and see whether target.port is sshd's.", inner) { IsTransient = true };

    public static HostException Unverified(HostName host, string address, string why, Exception inner) =>
        new("ND0514", $"{host}: what answers at {address} does not prove that it has its host key ({OneLine(why)}); is target.port sshd's, and is sshd healthy?", inner) { IsTransient = true };

    public static HostException HostKeyUnknown(HostName host, string name, string file, string key, Exception? inner = null) =>
        new("ND0520", $"{host}: the host key of {name} ({key}) is in no known_hosts file ({file}); compare the fingerprint on the host's console, then add the key there, pin it as target.host-key, or set accept-new.", inner);

    public static HostException HostKeyChanged(HostName host, string name, string file, string key, string known, Exception? inner = null) =>
        new("ND0521", $"{host}: THE HOST KEY OF {name} HAS CHANGED: it shows {key}, but {file} says {known}; the connection may be intercepted. If the host was reinstalled, compare the fingerprint on its console and replace the old key.", inner);

    public static HostException HostKeyRevoked(HostName host, string name, string file, string key, Exception? inner = null) =>
        new("ND0522", $"{host}: the host key of {name} ({key}) is marked @revoked in {file}; give the host a new key, or remove the mark if it is wrong.", inner);

    public static HostException CertificateInvalid(HostName host, string name, string file, string key, string why) =>
        new("ND0523", $"{host}: the host certificate of {name} ({key}) is not to be trusted: {why}; sign the host's key again with the authority in {file}.");

    public static HostException PermissionDenied(HostName host, string login, string? identity, string why, Exception? inner = null) =>
        new("ND0524", $"{host}: the login {login} was refused ({OneLine(why)}){(identity is null ? "" : $" with the identity-file {identity}")}; is the public key in that account's authorized_keys?", inner);

    public static HostException TooManyKeys(HostName host, string at, bool isBastion) =>
        new("ND0525", $"{host}: too many keys were offered to {(isBastion ? $"{at}, a bastion on the way to it," : at)} before one that is let in; {(isBastion ? "name its IdentityFile and set IdentitiesOnly for it in your ssh_config" : "name target.identity-file, or set IdentityFile and IdentitiesOnly for it in your ssh_config")}.");

    public static HostException BastionKeyUnknown(HostName host, string bastion, string key) =>
        new("ND0520", $"{host}: the host key of {bastion}, a bastion on the way to it, ({key}) is in none of the known_hosts files that your ssh_config has for it; compare the fingerprint on the bastion's console, and add the key there.");

    public static HostException BastionKeyChanged(HostName host, string bastion, string file, string key) =>
        new("ND0521", $"{host}: THE HOST KEY OF {bastion}, a bastion on the way to it, HAS CHANGED: it shows {key}, but {file} says another; the connection may be intercepted. If the bastion was reinstalled, compare the fingerprint on its console and replace the old key.");

    public static HostException BastionRefuses(HostName host, string bastion, string login, string why) =>
        new("ND0524", $"{host}: {bastion}, a bastion on the way to it, refused the login {login} ({OneLine(why)}); is a key that your ssh_config or agent has for it in that account's authorized_keys?");

    public static HostException ConnectionLost(HostName host, string doing, string why, Exception? inner = null) =>
        new("ND0530", $"{host}: the connection broke {doing} ({OneLine(why)}); the host may have gone down, or the network to it.", inner);

    public static HostException CommandDeadline(HostName host, string script, TimeSpan limit, Exception? inner = null) =>
        new("ND0531", $"{host}: the script '{script}' did not end within {Seconds(limit)}; the host is frozen or very slow, and the command may still run there.", inner);

    public static HostException Silent(HostName host, string doing, TimeSpan limit, Exception? inner = null) =>
        new("ND0532", $"{host}: nothing moved for {Seconds(limit)} {doing}; the host or the link to it is frozen.", inner);

    public static HostException ConnectionClosed(HostName host) =>
        new("ND0533", $"{host}: this connection was given up before; a new one is needed.");

    public static HostException TcpRefused(HostName host, string destination, string why, Exception? inner = null) =>
        new(NothingAccepts, $"{host}: nothing accepts TCP connections at {destination} as the host sees it ({OneLine(why)}).", inner);

    public static HostException ForwardingForbidden(HostName host, string destination) =>
        new("ND0536", $"{host}: its sshd does not let this login connect to {destination} from the host (AllowTcpForwarding or PermitOpen in sshd_config, 'restrict' in authorized_keys), so whether anything answers there is not known; allow forwarding for the login.");

    public static HostException BastionForbids(HostName host, string bastion) =>
        new("ND0537", $"{host}: {bastion}, a bastion on the way to it, does not let your login forward to it; allow it there (AllowTcpForwarding, PermitOpen, or the key's options in authorized_keys).");

    public static HostException SshProgram(HostName host, string why) =>
        new("ND0535", $"{host}: ssh could not connect ({OneLine(why)}); try the same by hand, and look at your ssh_config.");

    /// <summary>Another program's message, fit to stand in the middle of a sentence.</summary>
    public static string OneLine(string message) =>
        string.Join(' ', message.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.') is { Length: > 0 } text
            ? text.Length <= 240 ? text : text[..240] + "…"
            : "no reason given";

    private static string Seconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds:0.###} s");
}
