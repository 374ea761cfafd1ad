using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Tests;

public sealed class LifetimeTests : LabTest
{
    [Test]
    public async Task A_second_lab_lives_beside_the_first_and_leaves_nothing_behind()
    {
        var options = new LabOptions { Name = Lab.Name + "-b", Hosts = 1 };
        var link = "";
        try
        {
            var second = await Lab.UpAsync(options, _ => { }, Ct);
            link = second.Hosts[0].Link;
            Assert.That(second.Hosts[0].Address, Is.Not.EqualTo(Lab.Hosts[0].Address));
            Assert.That((await second.Hosts[0].SshAsync("hostname", Ct)).Text, Is.EqualTo("p620"));
            Assert.That((await Lab.Hosts[0].SshAsync("hostname", Ct)).Text, Is.EqualTo("p620"));
        }
        finally
        {
            await Lab.DownAsync(options.Directory, _ => { }, CancellationToken.None);
        }

        Assert.That(options.Directory, Does.Not.Exist);
        Assert.That(await File.ReadAllTextAsync("/proc/mounts", Ct), Does.Not.Contain(options.Name));
        Assert.That(await Tool.RunAsync("ps", ["-eo", "args"], Ct), Does.Not.Contain(options.Name));
        Assert.That(await Tool.RunAsync("ip", ["-o", "link"], Ct), Does.Not.Contain($": {link}"));
        Assert.That($"/run/netns/{link}", Does.Not.Exist);
        Assert.That(Lab.All(), Does.Contain(Lab.Directory).And.Not.Contain(options.Directory));
        Assert.That(await Lab.Hosts[0].AnswersAsync(Ct));
    }

    [TestCase("Upper")]
    [TestCase("has space")]
    [TestCase("../up")]
    [TestCase("")]
    public void A_bad_name_is_refused(string name) =>
        Assert.That(() => Lab.UpAsync(new LabOptions { Name = name }, _ => { }, Ct), Throws.ArgumentException);

    [TestCase(0)]
    [TestCase(61)]
    public void A_bad_number_of_hosts_is_refused(int hosts) =>
        Assert.That(() => Lab.UpAsync(new LabOptions { Hosts = hosts }, _ => { }, Ct), Throws.ArgumentException);
}
