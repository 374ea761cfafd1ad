using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Hosts.OpenSsh;

namespace NixDeploy.Tests.Hosts.OpenSsh;

/// <summary>Hosts behind one bastion whose sshd has the default MaxStartups, 10:30:100.</summary>
[Parallelizable(ParallelScope.Self)]
internal sealed class BastionTests
{
    private const int Hosts = 40;
    private const int Times = 5;

    /// <summary>So many can one sshd listen to.</summary>
    private const int MostPorts = 15;

    [TestCase(false)]
    [TestCase(true)]
    public async Task Every_one_of_forty_hosts_behind_a_bastion_is_reached_five_times_in_a_row(bool underLoad)
    {
        using var bastion = new Bastion();
        var sshds = FreePorts(Hosts).Chunk(MostPorts).Select(ports => (Ports: ports, Sshd: Targets(ports))).ToList();
        var hosts = sshds.SelectMany(s => s.Ports.Select(port => Bastion.Behind(s.Sshd, t => t with { Port = port }) with { Name = HostName.Parse($"host-{port}") })).ToList();
        using var over = new CancellationTokenSource();
        var load = underLoad ? Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => Task.Factory.StartNew(() => Burn(over.Token), TaskCreationOptions.LongRunning)).ToList() : [];
        var lost = new List<string>();
        for (var time = 0; time < Times; time++)
        {
            await using var sessions = new HostSessions(_ => new ShellTransport(Connector(bastion), (connection, host) => new ShellHostSession(connection, host)));
            lost.AddRange((await Task.WhenAll(hosts.Select(h => FailureAsync(sessions, h)))).OfType<HostException>().Select(e => e.Message));
        }

        await over.CancelAsync();
        await Task.WhenAll(load);
        sshds.ForEach(s => s.Sshd.Dispose());
        Assert.That(lost, Is.Empty);
    }

    [Test]
    public void An_unknown_key_of_a_bastion_is_said_of_the_bastion()
    {
        using var bastion = new Bastion();
        File.WriteAllText(bastion.KnownHosts, "");
        Refused(bastion, "ND0520");
    }

    [Test]
    public void A_changed_key_of_a_bastion_is_said_of_the_bastion()
    {
        using var bastion = new Bastion();
        var other = Path.Combine(bastion.Sshd.Folder, "other");
        Sshd.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other);
        File.WriteAllText(bastion.KnownHosts, $"[127.0.0.1]:{bastion.Sshd.Port} {File.ReadAllText(other + ".pub")}");
        Refused(bastion, "ND0521");
    }

    [Test]
    public void A_bastion_that_refuses_the_key_is_named()
    {
        using var bastion = new Bastion();
        File.WriteAllText(Path.Combine(bastion.Sshd.Folder, "authorized_keys"), "");
        Refused(bastion, "ND0524");
    }

    [Test]
    public void A_bastion_that_is_down_is_named()
    {
        using var bastion = new Bastion();
        bastion.Sshd.End();
        Refused(bastion, "ND0511");
    }

    [Test]
    public void A_host_behind_a_bastion_is_named_itself_where_it_is_the_one()
    {
        using var bastion = new Bastion();
        using var target = Sshd.Start();
        File.WriteAllText(target.KnownHosts, "");
        var error = Error(bastion, target);
        Assert.That((error.Code, error.Message.Contains(bastion.Shown, StringComparison.Ordinal)), Is.EqualTo(("ND0520", false)), error.Message);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Too_many_keys_are_told_with_what_helps(bool atBastion)
    {
        using var keys = Sshd.Start();
        var many = string.Join('\n', Enumerable.Range(0, 8).Select(i =>
        {
            var file = Path.Combine(keys.Folder, $"k{i}");
            Sshd.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file);
            return $"  IdentityFile {file}";
        }));
        using var bastion = new Bastion(atBastion ? many : "");
        using var target = Sshd.Start();
        if (!atBastion)
        {
            File.AppendAllText(bastion.Config, many + "\n");
        }

        var error = Error(bastion, target, t => t with { IdentityFile = null });
        Assert.That((error.Code, error.Message.Contains(bastion.Shown, StringComparison.Ordinal)), Is.EqualTo(("ND0525", atBastion)), error.Message);
        Assert.That(error.Message, Does.Contain("IdentitiesOnly"));
    }

    private static OpenSshConnector Connector(Bastion bastion) => new(new SshConfigs(bastion.Config, TimeProvider.System), TimeProvider.System);

    private static void Refused(Bastion bastion, string code)
    {
        using var target = Sshd.Start();
        var error = Error(bastion, target);
        Assert.That(error.Code, Is.EqualTo(code), error.Message);
        Assert.That(error.Message, Does.Contain(bastion.Shown).And.Not.Contain("accept-new").And.Not.Contain("target.host-key"));
    }

    private static HostException Error(Bastion bastion, Sshd target, Func<TargetSettings, TargetSettings>? change = null) => Assert.ThrowsAsync<HostException>(async () =>
        await (await Connector(bastion).ConnectAsync(Bastion.Behind(target, change), CancellationToken.None)).DisposeAsync())!;

    private static async Task<HostException?> FailureAsync(HostSessions sessions, Host host)
    {
        try
        {
            await using var session = await sessions.OpenAsync(host, CancellationToken.None);
            return null;
        }
        catch (HostException e)
        {
            return e;
        }
    }

    private static Sshd Targets(int[] ports)
    {
        var sshd = Sshd.Start(extra: string.Concat(ports.Select(p => string.Create(CultureInfo.InvariantCulture, $"Port {p}\n"))), startups: "1000");
        File.WriteAllLines(sshd.KnownHosts, ports.Select(p => $"[127.0.0.1]:{p} {sshd.HostKey("ed25519")}"));
        return sshd;
    }

    private static HashSet<int> FreePorts(int count)
    {
        var ports = new HashSet<int>();
        while (ports.Count < count)
        {
            ports.Add(Sshd.FreePort());
        }

        return ports;
    }

    private static void Burn(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Thread.SpinWait(10_000);
        }
    }
}
