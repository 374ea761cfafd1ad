using System.Collections.Concurrent;
using NixDeploy.Contracts;
using NixDeploy.Fleets;
using NixDeploy.Hosts;
using NixDeploy.Nix;

namespace NixDeploy.Labs.Tests.Sessions;

/// <summary>The host protocol on real hosts: real sshd, real systemd, real Nix.</summary>
public abstract class RealHostSessionContract : HostSessionContract
{
    private static readonly ConcurrentDictionary<string, string> Systems = new();

    private readonly string hostName;

    protected RealHostSessionContract(string hostName) => this.hostName = hostName;

    protected static CancellationToken Ct => TestContext.CurrentContext.CancellationToken;

    protected abstract TargetSettings Target(LabHost host);

    protected override async Task<ContractHost> ArrangeAsync()
    {
        var lab = await SharedLab.GetAsync();
        var host = lab[hostName];
        await host.ResetAsync(Ct);
        var description = new Host(HostName.Parse(hostName)) { Target = Target(host) };
        var transports = TransportRegistry.Create((connection, h) => new ShellHostSession(connection, h), [], TimeProvider.System);
        return new ContractHost(transports.For(description), description, new NixStore())
        {
            Good1 = await BuildAsync(lab, "good1", s => s),
            Good2 = await BuildAsync(lab, "good2", s => s),
            Failing = await BuildAsync(lab, "failing", s => s.WithUnit("node-exporter", "echo it broke; exit 3")),
            FailingUnit = "node-exporter.service",
            GoodUnit = "systemd-exporter.service",
        };
    }

    protected override async Task<ContractHost> AfterRebootAsync(ContractHost host, string bootId)
    {
        var machine = (await SharedLab.GetAsync())[hostName];
        await machine.WaitForRebootAsync(bootId, TimeSpan.FromSeconds(60), Ct);
        return host with { Host = host.Host with { Target = Target(machine) } };
    }

    protected override TimeSpan ShortGuard => TimeSpan.FromSeconds(6);

    /// <summary>Real hosts have real clocks; where the guard is done before, nothing more will happen.</summary>
    protected override async Task PassAsync(TimeSpan time)
    {
        var lab = await SharedLab.GetAsync();
        var tenths = (int)(time.TotalSeconds * 10);
        await lab[hostName].ReadAsync($"for i in $(seq {tenths}); do [ -e /nix/var/nixdeploy/txn/done ] && exit 0; sleep 0.1; done", Ct);
    }

    private async Task<StorePath> BuildAsync(Lab lab, string version, Func<LabSystem, LabSystem> change)
    {
        if (!Systems.TryGetValue($"{hostName} {version}", out var path))
        {
            var before = await lab.ReadSystemAsync(hostName, Ct);
            lab.Change(hostName, change(before with { Version = version }));
            path = (await lab.BuildAsync([hostName], Ct))[0];
            lab.Change(hostName, before);
            Systems.TryAdd($"{hostName} {version}", path);
        }

        return StorePath.Parse(path);
    }
}

/// <summary>SSH.NET, as root.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class SshNetSessionTests() : RealHostSessionContract("samsung")
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
[Parallelizable(ParallelScope.Self)]
public sealed class OpenSshSudoSessionTests() : RealHostSessionContract("host5")
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
[Parallelizable(ParallelScope.Self)]
public sealed class LocalSessionTests() : RealHostSessionContract("host7")
{
    protected override TargetSettings Target(LabHost host) => new()
    {
        Transport = "local",
        Elevation = ["nsenter", "--target", host.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), "--all", "--"],
    };
}
