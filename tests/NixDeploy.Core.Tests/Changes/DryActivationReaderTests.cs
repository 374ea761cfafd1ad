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
            Assert.That(dry.Keep, Is.EqualTo(new[] { "display-manager.service", "systemd-logind.service" }));
            Assert.That(dry.RestartsSystemd, Is.True);
            Assert.That(dry.SwapOff, Is.Empty);
        });
    }

    [Test]
    public void A_unit_that_is_stopped_and_started_is_restarted()
    {
        var dry = DryActivationReader.Read(["would stop the following units: grafana.service, old.service", "would start the following units: grafana.service, b.mount"]);

        Assert.Multiple(() =>
        {
            Assert.That(dry.Restart, Is.EqualTo(new[] { "grafana.service" }));
            Assert.That(dry.Stop, Is.EqualTo(new[] { "old.service" }));
            Assert.That(dry.Start, Is.EqualTo(new[] { "b.mount" }));
            Assert.That(dry.RestartsSystemd, Is.False);
        });
    }

    [Test]
    public void Whatever_a_socket_starts_again_is_restarted_and_what_targets_newly_want_is_started()
    {
        var changes = new SystemChanges
        {
            Units = new ItemChanges { Added = ["job.service", "new.service"], Removed = ["old.service"], Changed = ["app.service", "at@.service", "kept.service"] },
            Wanted = ["kept.service", "new.service"],
        };
        var dry = DryActivationReader.Read(
        [
            "would stop the following units: app.service, app.socket, at@one.service, data.mount, old.service",
            "would NOT stop the following changed units: kept.service",
            "would start the following units: app.socket",
        ]).Within(changes);

        Assert.Multiple(() =>
        {
            Assert.That(dry.Restart, Is.EqualTo(new[] { "app.service", "app.socket", "at@one.service" }));
            Assert.That(dry.Stop, Is.EqualTo(new[] { "data.mount", "old.service" }), "a mount of fstab has no unit in either system");
            Assert.That(dry.Start, Is.EqualTo(new[] { "new.service" }), "nothing starts the job, and the kept one runs");
            Assert.That(dry.Keep, Is.EqualTo(new[] { "kept.service" }));
        });
    }

    [TestCase("would stop swap device: /dev/vda2", TestName = "Swap_that_would_be_turned_off_is_taken")]
    [TestCase("stopping swap device: /dev/vda2", TestName = "Swap_is_taken_in_the_words_of_scripts_that_confuse_the_two")]
    public void Swap_is_taken(string line) => Assert.That(DryActivationReader.Read([line]).SwapOff, Is.EqualTo(new[] { "/dev/vda2" }));

    [Test]
    public void Nothing_said_is_nothing_done() => Assert.That(DryActivationReader.Read([]).Restart, Is.Empty);
}
