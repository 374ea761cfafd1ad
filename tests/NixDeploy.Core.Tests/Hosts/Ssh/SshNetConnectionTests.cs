using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Tests.Hosts.Ssh;

internal sealed class SshNetConnectionTests : ShellConnectionContract
{
    private Sshd sshd = null!;
    private Sshd forbidding = null!;

    protected override IShellConnector Connector { get; } = new SshNetConnector(TimeProvider.System);

    protected override Host Host => sshd.Host();

    [OneTimeSetUp]
    public void Start()
    {
        sshd = Sshd.Start();
        forbidding = Sshd.Start(extra: "AllowTcpForwarding no");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        sshd?.Dispose();
        forbidding?.Dispose();
    }

    protected override async Task<IShellConnection?> ForbiddingAsync() => await Connector.ConnectAsync(forbidding.Host(), CancellationToken.None);
}
