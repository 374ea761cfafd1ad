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
    public void Auto_takes_ssh_net_for_a_key_that_it_can_read_and_the_users_own_ssh_for_the_rest()
    {
        var folder = Directory.CreateTempSubdirectory("nd-auto-").FullName;
        try
        {
            var plain = Path.Combine(folder, "plain");
            var encrypted = Path.Combine(folder, "encrypted");
            Sshd.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", plain);
            Sshd.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", encrypted);
            var auto = new AutoConnector(new SshNetConnector(TimeProvider.System), new OpenSshConnector(TimeProvider.System));
            Assert.Multiple(() =>
            {
                Assert.That(auto.Choose(With(plain)).Name, Is.EqualTo("ssh.net"));
                Assert.That(auto.Choose(With(encrypted)).Name, Is.EqualTo("openssh"));
                Assert.That(auto.Choose(With(null)).Name, Is.EqualTo("openssh"));
                Assert.That(Assert.Throws<HostException>(() => auto.Choose(With(plain + "x")))!.Code, Is.EqualTo("ND0504"));
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

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
