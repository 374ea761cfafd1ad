using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Tests.Hosts.Ssh;

[Parallelizable(ParallelScope.Self)]
internal sealed class SshNetTrustTests : SshTrustContract
{
    protected override IShellConnector Connector { get; } = new SshNetConnector(TimeProvider.System);

    /// <summary>SSH.NET does not say what it was sent, so it may have been sshd's word that it is too busy.</summary>
    protected override string Garbage => "ND0516";

    [Test]
    public void Nothing_that_rests_on_sha1_is_offered()
    {
        using var sshd = Sshd.Start();
        using var client = VerifyingSshClient.Create(SshAddress.Of(sshd.Host()));
        var offered = client.ConnectionInfo.HostKeyAlgorithms.Keys
            .Concat(client.ConnectionInfo.KeyExchangeAlgorithms.Keys).Concat(client.ConnectionInfo.HmacAlgorithms.Keys).ToList();
        Assert.That(offered, Has.None.EqualTo("ssh-rsa").And.None.EqualTo("ssh-dss").And.None.Contains("sha1").And.None.Contains("md5").And.None.Contains("cert-v01"));
        Assert.That(offered, Has.Some.EqualTo("rsa-sha2-512").And.Some.EqualTo("ssh-ed25519"));
    }

    [Test]
    public void A_host_with_nothing_but_sha1_has_its_own_sentence()
    {
        using var old = Sshd.Start("rsa", "HostKeyAlgorithms ssh-rsa");
        Assert.That(Refused(old.Host(), "ND0515").Message, Does.Contain("ssh-rsa"));
    }

    [Test]
    public void Rsa_identities_sign_without_sha1()
    {
        using var sshd = Sshd.Start();
        var identity = Path.Combine(sshd.Folder, "id_rsa");
        Sshd.Run("ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", identity);
        using var loaded = IdentityFile.Load(SshAddress.Of(sshd.Host(t => t with { IdentityFile = identity })));
        Assert.That(loaded.HostKeyAlgorithms.Select(a => a.Name), Is.EquivalentTo(new[] { "rsa-sha2-512", "rsa-sha2-256" }));
    }

    [TestCase("ed25519", "")]
    [TestCase("ecdsa", "")]
    [TestCase("rsa", "")]
    [TestCase("rsa", "PEM")]
    [TestCase("ecdsa", "PEM")]
    [TestCase("rsa", "PKCS8")]
    public async Task Identities_of_every_common_kind_are_let_in(string type, string format)
    {
        using var sshd = Sshd.Start();
        var identity = Path.Combine(sshd.Folder, "other");
        Sshd.Run("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", identity, .. format.Length == 0 ? Array.Empty<string>() : ["-m", format]]);
        File.AppendAllText(Path.Combine(sshd.Folder, "authorized_keys"), File.ReadAllText(identity + ".pub"));
        await using var connection = await ConnectAsync(sshd.Host(t => t with { IdentityFile = identity }));
    }

    [Test]
    public void An_encrypted_identity_says_what_to_do()
    {
        using var sshd = Sshd.Start();
        var identity = Path.Combine(sshd.Folder, "encrypted");
        Sshd.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", identity);
        Assert.That(Refused(sshd.Host(t => t with { IdentityFile = identity }), "ND0505").Message, Does.Contain("openssh").And.Contain(identity));
        File.WriteAllText(identity, "no key\n");
        Refused(sshd.Host(t => t with { IdentityFile = identity }), "ND0506");
        Refused(sshd.Host(t => t with { IdentityFile = null }), "ND0507");
    }
}
