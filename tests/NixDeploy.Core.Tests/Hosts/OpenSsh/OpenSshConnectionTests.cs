using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.OpenSsh;

namespace NixDeploy.Tests.Hosts.OpenSsh;

internal sealed class OpenSshConnectionTests : ShellConnectionContract
{
    private Sshd sshd = null!;
    private Sshd forbidding = null!;

    protected override IShellConnector Connector { get; } = new OpenSshConnector(new SshConfigs(file: null, TimeProvider.System), TimeProvider.System);

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
