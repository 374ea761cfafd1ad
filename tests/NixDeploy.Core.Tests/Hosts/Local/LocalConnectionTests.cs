using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Local;

namespace NixDeploy.Tests.Hosts.Local;

internal sealed class LocalConnectionTests : ShellConnectionContract
{
    protected override IShellConnector Connector { get; } = new LocalConnector(TimeProvider.System);

    protected override Host Host { get; } = new(HostName.Parse("p620"));

    [Test]
    public async Task An_elevation_that_is_not_installed_is_named()
    {
        var host = Host with { Target = Host.Target with { Elevation = ["no-such-sudo", "-n"] } };
        await using var connection = await Connector.ConnectAsync(host, CancellationToken.None);
        var error = Assert.ThrowsAsync<HostException>(() => connection.RunScriptAsync(Script("echo"), CancellationToken.None));
        Assert.That(error!.Code, Is.EqualTo("ND0509"));
        Assert.That(error.Message, Does.Contain("no-such-sudo"));
    }
}
