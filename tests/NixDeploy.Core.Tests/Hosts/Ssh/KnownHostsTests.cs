using System.Runtime.Versioning;
using NixDeploy.Fleets;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Tests.Hosts.Ssh;

[UnsupportedOSPlatform("windows")]
internal sealed class KnownHostsTests
{
    private static readonly HostName P620 = HostName.Parse("p620");

    private string folder = null!;
    private HostKey ed25519 = null!;
    private HostKey rsa = null!;
    private HostKey other = null!;

    [OneTimeSetUp]
    public void MakeKeys()
    {
        folder = Directory.CreateTempSubdirectory("nd-known-").FullName;
        ed25519 = NewKey("ed25519");
        rsa = NewKey("rsa");
        other = NewKey("ed25519");
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_fingerprint_is_what_ssh_keygen_prints()
    {
        var file = Path.Combine(folder, "fingerprint.pub");
        File.WriteAllText(file, rsa.ToLine() + "\n");
        Assert.That(Sshd.Run("ssh-keygen", "-l", "-E", "sha256", "-f", file), Does.Contain(rsa.Fingerprint));
    }

    [TestCase("p620.lan", 22, ExpectedResult = true)]
    [TestCase("P620.LAN", 22, ExpectedResult = true)]
    [TestCase("p621.lan", 22, ExpectedResult = false)]
    [TestCase("10.0.0.7", 22, ExpectedResult = true)]
    [TestCase("p620.lan", 2222, ExpectedResult = true, Description = "as ssh: a plain key serves for other ports too")]
    public bool Names_are_looked_up_as_ssh_does(string name, int port) =>
        Read($"p620.lan,10.0.0.7 {ed25519.ToLine()} a comment\n", name, port).Keys.Any();

    [TestCase("p620.lan", 2222, ExpectedResult = true)]
    [TestCase("p620.lan", 22, ExpectedResult = false)]
    [TestCase("p620.lan", 2223, ExpectedResult = false)]
    public bool A_port_belongs_to_the_name(string name, int port) =>
        Read($"[p620.lan]:2222 {ed25519.ToLine()}\n", name, port).Keys.Any();

    [Test]
    public void A_ports_own_key_hides_the_plain_one() => Assert.That(
        Read($"p620 {ed25519.ToLine()}\n[p620]:2222 {other.ToLine()}\n", "p620", 2222).Keys.Select(l => l.Key), Is.EqualTo(new[] { other }));

    [TestCase("*.lan", ExpectedResult = true)]
    [TestCase("p62?.lan", ExpectedResult = true)]
    [TestCase("*.lan,!p620.lan", ExpectedResult = false)]
    [TestCase("!p620.lan,*.lan", ExpectedResult = false)]
    [TestCase("!p62*", ExpectedResult = false)]
    [TestCase("*.wan", ExpectedResult = false)]
    [TestCase("[*.lan]:22", ExpectedResult = false)]
    public bool Patterns_match(string patterns) => Read($"{patterns} {ed25519.ToLine()}\n", "p620.lan", 22).Keys.Any();

    [TestCase("p620.lan", 22)]
    [TestCase("p620.lan", 2222)]
    [TestCase("10.77.1.2", 22)]
    public void Hashed_names_match(string name, int port)
    {
        var file = Path.Combine(folder, $"hashed-{port}-{name}");
        File.WriteAllText(file, $"{(port == 22 ? name : $"[{name}]:{port}")} {ed25519.ToLine()}\nsomebody {other.ToLine()}\n");
        Sshd.Run("ssh-keygen", "-q", "-H", "-f", file);
        Assert.That(File.ReadAllText(file), Does.StartWith("|1|"));
        Assert.That(KnownHosts.Read(P620, name, port, [file]).Keys.Select(l => l.Key), Is.EqualTo(new[] { ed25519 }));
        Assert.That(KnownHosts.Read(P620, "stranger", port, [file]).Keys, Is.Empty);
    }

    [Test]
    public void Marks_and_order_are_kept_and_nonsense_is_passed_over()
    {
        var known = Read(
            $"""
            # a comment

            nonsense
            p620 ssh-ed25519 !!!notbase64!!!
            p620 ssh-rsa {Convert.ToBase64String(ed25519.Blob.Span)}
            @unknown-mark p620 {other.ToLine()}
            p620 {rsa.ToLine()}
            @revoked * {other.ToLine()}
            @cert-authority *.lan,p620 {other.ToLine()}
            p620	{ed25519.Type}	{Convert.ToBase64String(ed25519.Blob.Span)}

            """, "p620", 22);
        Assert.That(known.Keys.Select(l => (l.Key, l.Number)), Is.EqualTo(new[] { (rsa, 7), (ed25519, 10) }));
        Assert.That(known.Authorities.Single().Key, Is.EqualTo(other));
        Assert.That(known.Lines.Single(l => l.Mark == KnownHostsMark.Revoked).Key, Is.EqualTo(other));
    }

    [Test]
    public void A_missing_file_is_empty_and_an_unreadable_one_an_error()
    {
        Assert.That(KnownHosts.Read(P620, "p620", 22, [Path.Combine(folder, "none"), Path.Combine(folder, "no", "such")]).Lines, Is.Empty);
        var error = Assert.Throws<HostException>(() => KnownHosts.Read(P620, "p620", 22, [folder]));
        Assert.That(error!.Code, Is.EqualTo("ND0508"));
    }

    [Test]
    public void A_new_key_is_written_once_in_a_private_file_however_many_write()
    {
        var file = Path.Combine(folder, "new", "known_hosts");
        Parallel.For(0, 40, i => Assert.That(KnownHostsFile.Append(P620, file, $"host{i % 4}", ed25519), Is.True));
        Assert.That(File.ReadAllLines(file).Order(), Is.EqualTo(Enumerable.Range(0, 4).Select(i => $"host{i} {ed25519.ToLine()}")));
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(KnownHostsFile.Append(P620, file, "host0", other), Is.False, "somebody wrote another key first");
    }

    [Test]
    public void A_file_keeps_its_mode_and_its_unfinished_last_line()
    {
        var file = Path.Combine(folder, "unfinished");
        File.WriteAllText(file, $"razer {rsa.ToLine()}");
        const UnixFileMode shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        File.SetUnixFileMode(file, shared);
        KnownHostsFile.Append(P620, file, "p620", ed25519);
        Assert.That(File.ReadAllLines(file), Is.EqualTo(new[] { $"razer {rsa.ToLine()}", $"p620 {ed25519.ToLine()}" }));
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(shared));
    }

    private KnownHosts Read(string text, string name, int port)
    {
        var file = Path.Combine(folder, Path.GetRandomFileName());
        File.WriteAllText(file, text);
        return KnownHosts.Read(P620, name, port, [file]);
    }

    private HostKey NewKey(string type)
    {
        var file = Path.Combine(folder, Path.GetRandomFileName());
        Sshd.Run("ssh-keygen", "-q", "-t", type, "-N", "", "-f", file);
        return HostKey.Parse(File.ReadAllText(file + ".pub"))!;
    }
}
