using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Hosts.OpenSsh;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Tests.Hosts;

internal sealed class TransportRegistryTests
{
    private static readonly Host P620 = new(HostName.Parse("p620"));

    [TestCase("auto")]
    [TestCase("ssh.net")]
    [TestCase("openssh")]
    [TestCase("local")]
    [TestCase("carrier-pigeon")]
    public void Transports_are_found_by_name(string name) => Assert.That(Registry().For(Over(name)).Name, Is.EqualTo(name));

    [Test]
    public void An_unknown_name_has_the_nearest()
    {
        var error = Assert.Throws<FleetException>(() => Registry().For(Over("opensh")));
        Assert.That(error!.Code, Is.EqualTo("ND0501"));
        Assert.That(error.Message, Does.Contain("p620").And.Contain("did you mean 'openssh'?").And.Contain("carrier-pigeon"));
    }

    [Test]
    public async Task Auto_takes_ssh_net_for_a_key_that_it_can_read_and_the_users_own_ssh_for_the_rest()
    {
        var folder = Directory.CreateTempSubdirectory("nd-auto-").FullName;
        try
        {
            var plain = Path.Combine(folder, "plain");
            var encrypted = Path.Combine(folder, "encrypted");
            Sshd.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", plain);
            Sshd.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", encrypted);
            var auto = Auto(new SshConfigs(file: null, TimeProvider.System));
            await Assert.MultipleAsync(async () =>
            {
                Assert.That((await auto.ChooseAsync(With(plain), default)).Name, Is.EqualTo("ssh.net"));
                Assert.That((await auto.ChooseAsync(With(encrypted), default)).Name, Is.EqualTo("openssh"));
                Assert.That((await auto.ChooseAsync(With(null), default)).Name, Is.EqualTo("openssh"));
                Assert.That(Assert.ThrowsAsync<HostException>(() => auto.ChooseAsync(With(plain + "x"), default))!.Code, Is.EqualTo("ND0504"));
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCase("HostName 127.0.0.1")]
    [TestCase("Port 2222")]
    [TestCase("User deploy")]
    [TestCase("ProxyJump bastion")]
    [TestCase("ProxyCommand nc %h %p")]
    [TestCase("Compression yes", "ssh.net")]
    [TestCase("User root", "ssh.net")]
    public async Task Auto_takes_the_users_own_ssh_where_ssh_config_leads_elsewhere(string line, string transport = "openssh")
    {
        var folder = Directory.CreateTempSubdirectory("nd-auto-").FullName;
        try
        {
            var key = Path.Combine(folder, "key");
            Sshd.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key);
            var config = Path.Combine(folder, "config");
            await File.WriteAllTextAsync(config, $"Host p620\n  {line}\n");
            Assert.That((await Auto(new SshConfigs(config, TimeProvider.System)).ChooseAsync(With(key), default)).Name, Is.EqualTo(transport));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static AutoConnector Auto(SshConfigs configs) => new(new SshNetConnector(TimeProvider.System), new OpenSshConnector(configs, TimeProvider.System), configs);

    private static Host With(string? identity) => P620 with { Target = P620.Target with { IdentityFile = identity } };

    private static Host Over(string transport) => P620 with { Target = P620.Target with { Transport = transport } };

    private static TransportRegistry Registry() =>
        TransportRegistry.Create((_, _) => throw new NotSupportedException(), [new Pigeon()], TimeProvider.System);

    private sealed class Pigeon : ITransport
    {
        public string Name => "carrier-pigeon";

        public Task<IHostSession> ConnectAsync(Host host, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
