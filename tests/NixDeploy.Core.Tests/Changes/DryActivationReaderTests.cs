using NixDeploy.Changes;

namespace NixDeploy.Tests.Changes;

internal sealed class DryActivationReaderTests
{
    [Test]
    public void Only_what_would_happen_is_taken()
    {
        var dry = DryActivationReader.Read(
        [
            "would stop the following units: old.service, b.timer",
            "would NOT stop the following changed units: display-manager.service, systemd-logind.service",
            "would activate the configuration...",
            "would restart systemd",
            "would reload the following units: nginx.service",
            "would restart the following units: z.service, a.service",
            "would start the following units: new.service",
            "warning: would start the following units: nothing.service",
        ]);

        Assert.Multiple(() =>
        {
            Assert.That(dry.Stop, Is.EqualTo(new[] { "b.timer", "old.service" }));
            Assert.That(dry.Start, Is.EqualTo(new[] { "new.service" }));
            Assert.That(dry.Restart, Is.EqualTo(new[] { "a.service", "z.service" }));
            Assert.That(dry.Reload, Is.EqualTo(new[] { "nginx.service" }));
        });
    }

    [Test]
    public void Nothing_said_is_nothing_done() => Assert.That(DryActivationReader.Read([]).Restart, Is.Empty);
}
