using NixDeploy.Contracts;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Nix;

namespace NixDeploy.Labs.Tests.Sessions;

/// <summary>The host protocol on real hosts: real sshd, real systemd, real Nix.</summary>
public abstract class RealHostSessionContract : HostSessionContract
{
    private const string Name = "samsung";

    private readonly Dictionary<string, string> systems = [];
    private Lab lab = null!;
    private bool whole;

    protected static CancellationToken Ct => TestContext.CurrentContext.CancellationToken;

    [OneTimeSetUp]
    public async Task A_lab_is_up() => lab = await TestLabs.TakeAsync();

    [OneTimeTearDown]
    public void The_next_may_have_it() => TestLabs.Return(lab);

    protected abstract TargetSettings Target(LabHost host);

    protected override async Task<ContractHost> ArrangeAsync()
    {
        var host = lab[Name];
        if (!whole)
        {
            await host.ResetAsync(Ct);
        }

        var description = new Host(HostName.Parse(Name)) { Target = Target(host) };
        var transports = TransportRegistry.Create((connection, h) => new ShellHostSession(connection, h), [], TimeProvider.System);
        return new ContractHost(transports.For(description), description, new NixStore())
        {
            Good1 = await BuildAsync("good1", s => s),
            Good2 = await BuildAsync("good2", s => s),
            Failing = await BuildAsync("failing", s => s.WithUnit("node-exporter", "echo it broke; exit 3")),
            FailingUnit = "node-exporter.service",
            GoodUnit = "systemd-exporter.service",
        };
    }

    /// <summary>A host takes one deployment after another, as in life; only after a failed test it is reset.</summary>
    [TearDown]
    public void The_next_test_may_have_the_host() => whole = TestContext.CurrentContext.Result.Outcome.Status == NUnit.Framework.Interfaces.TestStatus.Passed;

    protected override async Task<ContractHost> AfterRebootAsync(ContractHost host, string bootId)
    {
        var machine = lab[Name];
        await machine.WaitForRebootAsync(bootId, TimeSpan.FromMinutes(2), Ct);
        return host with { Host = host.Host with { Target = Target(machine) } };
    }

    protected override TimeSpan ShortGuard => TimeSpan.FromSeconds(6);

    /// <summary>Real hosts have real clocks; where the guard is done before, nothing more will happen.</summary>
    protected override async Task PassAsync(TimeSpan time)
    {
        var tenths = (int)(time.TotalSeconds * 10);
        await lab[Name].ReadAsync($"for i in $(seq {tenths}); do [ -e /nix/var/nixdeploy/txn/done ] && exit 0; sleep 0.1; done", Ct);
    }

    private async Task<StorePath> BuildAsync(string version, Func<LabSystem, LabSystem> change)
    {
        if (!systems.TryGetValue(version, out var path))
        {
            var before = await lab.ReadSystemAsync(Name, Ct);
            lab.Change(Name, change(before with { Version = version }));
            path = (await lab.BuildAsync([Name], Ct))[0];
            lab.Change(Name, before);
            systems.Add(version, path);
        }

        return StorePath.Parse(path);
    }
}

/// <summary>SSH.NET, as root.</summary>
public sealed class SshNetSessionTests : RealHostSessionContract
{
    protected override TargetSettings Target(LabHost host) => new()
    {
        Host = host.Address,
        Port = host.Port,
        User = "root",
        IdentityFile = host.IdentityFile,
        KnownHosts = host.KnownHosts,
        Transport = "ssh.net",
    };
}

/// <summary>OpenSSH, as a user who becomes root by sudo.</summary>
public sealed class OpenSshSudoSessionTests : RealHostSessionContract
{
    protected override TargetSettings Target(LabHost host) => new()
    {
        Host = host.Address,
        Port = host.Port,
        User = "deployer",
        IdentityFile = host.IdentityFile,
        KnownHosts = host.KnownHosts,
        Transport = "openssh",
        Elevation = ["sudo", "-n"],
    };
}

/// <summary>Local, from inside the host: what makes us root there also takes us there.</summary>
public sealed class LocalSessionTests : RealHostSessionContract
{
    protected override TargetSettings Target(LabHost host) => new()
    {
        Transport = "local",
        Elevation = ["nsenter", "--target", host.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), "--all", "--"],
    };
}
