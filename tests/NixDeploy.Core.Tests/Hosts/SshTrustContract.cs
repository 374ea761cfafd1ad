using System.Net;
using System.Net.Sockets;
using System.Text;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Tests.Hosts;

/// <summary>Whom the two SSH transports trust, whom they refuse, and that a bad peer never costs more than the connect deadline.</summary>
internal abstract class SshTrustContract
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    /// <summary>For answers that do come, and how much later than a deadline its end may be heard of, on a machine that has a lot else to do.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Sshd sshd = null!;

    /// <summary>What a peer that does not speak SSH and hangs up is told as.</summary>
    protected virtual string Garbage => "ND0514";

    protected abstract IShellConnector Connector { get; }

    [OneTimeSetUp]
    public void Start() => sshd = Sshd.Start("ed25519,ecdsa,rsa");

    [OneTimeTearDown]
    public void Stop() => sshd?.Dispose();

    [TestCase("ed25519")]
    [TestCase("ecdsa")]
    [TestCase("rsa")]
    public async Task A_host_shows_the_key_that_we_know_of_its_several(string type)
    {
        await using var connection = await ConnectAsync(Known($"{Name} {sshd.HostKey(type)}\n"));
        Assert.That((await connection.RunScriptAsync(new ShellScript("test", "echo in", [], Patience), CancellationToken.None)).Output, Is.EqualTo("in\n"));
    }

    [Test]
    public async Task A_hashed_entry_is_known()
    {
        var host = Known($"{Name} {sshd.HostKey("ed25519")}\n");
        Sshd.Run("ssh-keygen", "-q", "-H", "-f", host.Target.KnownHosts!);
        await using var connection = await ConnectAsync(host);
    }

    [Test]
    public void An_unknown_key_is_refused_and_told()
    {
        var host = Known("");
        var error = Refused(host, "ND0520");
        Assert.That(error.Message, Does.Contain("p620").And.Contain(host.Target.KnownHosts).And.Contain("SHA256:").And.Contain("accept-new"));
        Assert.That(Fingerprints().Any(f => error.Message.Contains(f, StringComparison.Ordinal)), error.Message);
    }

    [Test]
    public void A_changed_key_is_refused_and_told_apart()
    {
        var host = Known($"{Name} {NewKey("ed25519")}\n");
        var error = Refused(host, "ND0521");
        Assert.That(error.Message, Does.Contain("CHANGED").And.Contain(host.Target.KnownHosts + ":1").And.Contain("SHA256:"));
    }

    [Test]
    public void A_changed_key_is_not_accepted_as_a_new_one()
    {
        var host = Known($"{Name} {NewKey("ed25519")}\n", t => t with { AcceptNew = true });
        Refused(host, "ND0521");
        Assert.That(File.ReadAllLines(host.Target.KnownHosts!), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_revoked_key_is_refused()
    {
        var lines = new[] { "ed25519", "ecdsa", "rsa" }.SelectMany(t => new[] { $"{Name} {sshd.HostKey(t)}", $"@revoked * {sshd.HostKey(t)}" });
        Refused(Known(string.Join('\n', lines) + "\n"), "ND0522");
    }

    [Test]
    public async Task A_new_key_is_written_down_when_the_fleet_says_so_and_known_from_then_on()
    {
        var host = Known("", t => t with { AcceptNew = true });
        await using (await ConnectAsync(host))
        {
            var known = KnownHosts.Read(host.Name, "127.0.0.1", sshd.Port, [host.Target.KnownHosts!]);
            Assert.That(known.Keys.Select(l => l.Key.ToString().Split(' ')[1]), Is.Not.Empty.And.SubsetOf(Fingerprints()));
        }

        await using var again = await ConnectAsync(host with { Target = host.Target with { AcceptNew = false } });
    }

    [Test]
    public async Task A_pinned_key_needs_no_file()
    {
        await using var connection = await ConnectAsync(Known("", t => t with { KnownHosts = null, HostKey = sshd.HostKey("ecdsa") }));
    }

    [Test]
    public void Another_than_the_pinned_key_is_refused()
    {
        var pinned = NewKey("ed25519");
        var error = Refused(Known("", t => t with { HostKey = pinned, AcceptNew = true }), "ND0521");
        Assert.That(error.Message, Does.Contain("target.host-key"));
        Refused(Known("", t => t with { HostKey = "ssh-ed25519 nonsense" }), "ND0502");
    }

    [Test]
    public async Task A_host_certificate_of_a_known_authority_is_trusted_for_its_names_only()
    {
        using var certified = Sshd.Start();
        var authority = Path.Combine(certified.Folder, "ca");
        Sshd.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority);
        Sshd.Run("ssh-keygen", "-q", "-s", authority, "-I", "host", "-h", "-n", "127.0.0.1", Path.Combine(certified.Folder, "host_ed25519.pub"));
        certified.Restart($"HostCertificate {certified.Folder}/host_ed25519-cert.pub");
        var file = Path.Combine(certified.Folder, "authorities");
        File.WriteAllText(file, $"@cert-authority * {File.ReadAllText(authority + ".pub")}");
        await using (await ConnectAsync(certified.Host(t => t with { KnownHosts = file })))
        {
        }

        // The key itself is still good enough where no authority is known.
        await using (await ConnectAsync(certified.Host()))
        {
        }

        Sshd.Run("ssh-keygen", "-q", "-s", authority, "-I", "host", "-h", "-n", "elsewhere", Path.Combine(certified.Folder, "host_ed25519.pub"));
        certified.Restart($"HostCertificate {certified.Folder}/host_ed25519-cert.pub");
        Refused(certified.Host(t => t with { KnownHosts = file }), "ND0523");
    }

    [Test]
    public void A_key_that_the_host_does_not_let_in_is_named()
    {
        var identity = Path.Combine(sshd.Folder, Path.GetRandomFileName());
        Sshd.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", identity);
        var error = Refused(sshd.Host(t => t with { IdentityFile = identity }), "ND0524");
        Assert.That(error.Message, Does.Contain(identity).And.Contain(Environment.UserName + "@127.0.0.1"));
    }

    [Test]
    public void A_missing_identity_file_is_named()
    {
        var error = Refused(sshd.Host(t => t with { IdentityFile = "~/no-such-key" }), "ND0504");
        Assert.That(error.Message, Does.Contain("p620").And.Contain("identity-file").And.Contain("/no-such-key").And.Not.Contain("~"));
    }

    [TestCase("-oProxyCommand=touch nd-canary", null)]
    [TestCase("a b", null)]
    [TestCase("$(id)", null)]
    [TestCase("", null)]
    [TestCase("host;id", null)]
    [TestCase(null, "-oProxyCommand=id")]
    [TestCase(null, "ro ot")]
    [TestCase(null, "a`id`")]
    public void Values_that_could_be_options_or_shell_are_refused(string? address, string? user) =>
        Refused(sshd.Host(t => t with { Host = address ?? t.Host, User = user ?? t.User }), "ND0502");

    [Test]
    public void A_port_that_nobody_serves_refuses() => Refused(At(Sshd.FreePort(), Patience), "ND0511");

    [Test]
    public void A_name_that_nobody_has_is_told() =>
        Assert.That(Refused(sshd.Host(t => t with { Host = "no-such-host.invalid", ConnectTimeout = Patience }), null).Code, Is.EqualTo("ND0510").Or.EqualTo("ND0513"));

    [Test]
    public void A_peer_that_says_nothing_costs_the_deadline() => WithPeer(_ => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System), "ND0513");

    [Test]
    public void A_peer_that_answers_garbage_is_told() => WithPeer(
        async s => await s.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")), Garbage);

    [Test]
    public void A_peer_that_answers_garbage_for_ever_costs_the_deadline() => WithPeer(
        async s =>
        {
            while (true)
            {
                await s.WriteAsync(Encoding.ASCII.GetBytes(new string('x', 100) + "\r\n"));
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            }
        },
        null);

    [Test]
    public void A_peer_that_freezes_after_its_banner_costs_the_deadline() => WithPeer(
        async s =>
        {
            await s.WriteAsync("SSH-2.0-OpenSSH_9.9\r\n"u8.ToArray());
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
        },
        "ND0513");

    [Test]
    public void A_peer_that_hangs_up_is_told() => WithPeer(_ => Task.CompletedTask, "ND0516");

    [Test]
    public async Task A_connection_that_is_closed_before_its_login_is_tried_again()
    {
        using var busy = Sshd.Start(startups: "1");
        await using var sessions = new HostSessions(_ => new ShellTransport(Connector, (connection, host) => new ShellHostSession(connection, host)));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
        {
            await using var session = await sessions.OpenAsync(busy.Host() with { Name = HostName.Parse($"h{i}") }, CancellationToken.None);
        }));
        Assert.That(Enumerable.Range(0, 6).Sum(i => sessions.TrafficOf(HostName.Parse($"h{i}")).Retries), Is.Positive);
    }

    [Test]
    public async Task A_frozen_host_costs_a_deadline_and_disposing_does_not_hang()
    {
        using var frozen = Sshd.Start();
        var connection = await ConnectAsync(frozen.Host());
        var script = new ShellScript("test", "echo", [], TimeSpan.FromSeconds(1));
        await connection.RunScriptAsync(script with { Deadline = Patience }, CancellationToken.None);
        frozen.Signal("STOP");
        var started = TimeProvider.System.GetTimestamp();
        Assert.That(Assert.ThrowsAsync<HostException>(() => connection.RunScriptAsync(script, CancellationToken.None))!.Code, Is.EqualTo("ND0531"));
        await connection.DisposeAsync();
        Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(Patience));
        Assert.That(Assert.ThrowsAsync<HostException>(() => ConnectAsync(frozen.Host(t => t with { ConnectTimeout = Deadline })))!.Code, Is.EqualTo("ND0513"));
    }

    [Test]
    public async Task A_frozen_host_that_a_payload_is_sent_to_costs_a_deadline()
    {
        using var frozen = Sshd.Start();
        await using var connection = await ConnectAsync(frozen.Host());
        var chunk = new byte[1 << 20];
        var sent = 0;
        var running = connection.RunWithInputAsync(
            ["cat"],
            async (stream, token) =>
            {
                while (true)
                {
                    await stream.WriteAsync(chunk, token);
                    if (++sent == 3)
                    {
                        frozen.Signal("STOP");
                    }
                }
            },
            TimeSpan.FromSeconds(1), CancellationToken.None);
        Assert.That(Assert.ThrowsAsync<HostException>(() => running.WaitAsync(Patience, TimeProvider.System))!.Code, Is.EqualTo("ND0532"));
    }

    [Test]
    public async Task A_connection_that_is_cut_is_lost()
    {
        using var cut = Sshd.Start();
        await using var connection = await ConnectAsync(cut.Host());
        var running = connection.RunScriptAsync(new ShellScript("test", "echo begun; kill -9 $(ps -o ppid= -p $PPID) $PPID; sleep 120", [], Patience), CancellationToken.None);
        Assert.That(Assert.ThrowsAsync<HostException>(() => running)!.Code, Is.EqualTo("ND0530"));
    }

    protected Task<IShellConnection> ConnectAsync(Host host) => Connector.ConnectAsync(host, CancellationToken.None);

    protected HostException Refused(Host host, string? code)
    {
        var started = TimeProvider.System.GetTimestamp();
        var error = Assert.ThrowsAsync<HostException>(async () => await (await ConnectAsync(host)).DisposeAsync())!;
        Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(host.Target.ConnectTimeout + Patience));
        Assert.That(error.Code, Is.EqualTo(code ?? error.Code), error.Message);
        Assert.That(error.Message, Does.StartWith("p620: ").And.Not.Contain("\n"));
        return error;
    }

    private string Name => $"[127.0.0.1]:{sshd.Port}";

    private Host Known(string knownHosts, Func<TargetSettings, TargetSettings>? change = null)
    {
        var file = Path.Combine(sshd.Folder, Path.GetRandomFileName());
        File.WriteAllText(file, knownHosts);
        return sshd.Host(t => (change ?? (c => c))(t with { KnownHosts = file }));
    }

    private Host At(int port, TimeSpan deadline) => sshd.Host(t => t with { Port = port, ConnectTimeout = deadline });

    private string NewKey(string type)
    {
        var file = Path.Combine(sshd.Folder, Path.GetRandomFileName());
        Sshd.Run("ssh-keygen", "-q", "-t", type, "-N", "", "-C", "", "-f", file);
        return File.ReadAllText(file + ".pub").Trim();
    }

    private IEnumerable<string> Fingerprints() =>
        new[] { "ed25519", "ecdsa", "rsa" }.Select(t => HostKey.Parse(sshd.HostKey(t))!.Fingerprint);

    private void WithPeer(Func<NetworkStream, Task> behave, string? code)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync();
        Refused(At(((IPEndPoint)listener.LocalEndpoint).Port, code is "ND0514" or "ND0516" ? Patience : Deadline), code);
        listener.Stop();

        async Task ServeAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            try
            {
                // A peer that hangs up at once has read what was said, or its hanging up would be a reset.
                await stream.ReadAtLeastAsync(new byte[4], 4);
                await behave(stream).WaitAsync(Patience, TimeProvider.System);
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                // The client left, as it should.
            }
        }
    }
}
