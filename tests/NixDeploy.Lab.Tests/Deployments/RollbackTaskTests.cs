using NixDeploy.Events;
using NixDeploy.HostProtocol;
using NixDeploy.Terminal;
using Spectre.Console;

namespace NixDeploy.Labs.Tests.Deployments;

/// <summary>Locks, unreachable hosts, and the tasks that verify a rollback, on real hosts.</summary>
public sealed class RollbackTaskTests : DeploymentTest
{
    private const string Free = "host6";

    [Test]
    public async Task A_host_is_ready_to_go_back_once_it_has_an_earlier_generation_and_not_when_that_has_lost_its_switch()
    {
        Assert.That((await ReadinessAsync()).Checks.Where(c => !c.Passed).Select(c => c.Name), Is.EqualTo(new[] { "generation" }));
        await DeployAsync(new DeploymentRequest { Hosts = Free });

        var ready = await ReadinessAsync();
        Assert.That(ready.Checks.Select(c => (c.Name, c.Passed)), Is.EqualTo(new[] { "generation", "valid", "rooted", "switch", "writable", "guard" }.Select(n => (n, true))));
        Assert.That(ready.Target!.Number, Is.EqualTo(1));

        await Lab[Free].ReadAsync("mount --bind /dev/null $(readlink -f /nix/var/nix/profiles/system-1-link)/bin/switch-to-configuration", Ct);
        Assert.That((await ReadinessAsync()).Checks.Where(c => !c.Passed).Select(c => c.Name), Is.EqualTo(new[] { "switch" }));
    }

    [Test]
    public async Task A_rollback_is_practised_on_a_host_and_everything_is_as_before()
    {
        await DeployAsync(new DeploymentRequest { Hosts = Free });
        await Lab.ChangeAsync(Free, s => s with { Version = "2" }, Ct);
        var (system, generation) = (await Lab[Free].CurrentSystemAsync(Ct), await Lab[Free].GenerationAsync(Ct));

        await using var coordinator = Coordinator();
        using var said = new StringWriter();
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(said) });
        var code = await new DeploymentConsole(coordinator, terminal, new ConsoleOptions(), TimeProvider.System).TestRollbackAsync(new DeploymentRequest { Hosts = Free }, Ct);

        Assert.That(code, Is.Zero, said.ToString());
        Assert.That(await Lab[Free].CurrentSystemAsync(Ct), Is.EqualTo(system));
        Assert.That(await Lab[Free].GenerationAsync(Ct), Is.EqualTo(generation));
        Assert.That(await Lab[Free].BootDefaultAsync(Ct), Is.EqualTo(system));
    }

    [Test]
    public async Task A_lock_is_shown_and_refused_then_broken()
    {
        await Lab[Free].ReadAsync(
            "mkdir -p /run/nixdeploy && printf 'run\\tr-9\\nfence\\t9\\ncontroller\\tlaptop:7\\nsince\\t1700000000\\nboot\\t%s\\n' $(cat /proc/sys/kernel/random/boot_id) > /run/nixdeploy/lock", Ct);
        var refused = await DeployAsync(new DeploymentRequest { Hosts = Free });
        Assert.That(refused.ExitCode, Is.EqualTo(ExitCodes.Refused));
        Assert.That(Of(refused, Free).Problem!.Message, Does.Contain("run r-9 of laptop:7 since 2023-11-14 22:13:20Z").And.Contain("lock 9"));

        var broken = await DeployAsync(new DeploymentRequest { Hosts = Free, BreakLock = true });
        Assert.That(Of(broken, Free).Status, Is.EqualTo(HostStatus.Deployed));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(broken.Folder.Logs, $"{Free}.log"), Ct), Does.Contain("BROKE the lock of run r-9"));
    }

    [Test]
    public async Task A_sleeping_host_is_deferred_listed_and_deployed_when_it_is_awake()
    {
        await Lab[Free].CutPowerAsync(Ct);
        try
        {
            var asleep = await DeployAsync(new DeploymentRequest { Hosts = $"{Free},p620", Unreachable = NixDeploy.Fleets.UnreachablePolicy.Defer });
            Assert.That(asleep.ExitCode, Is.Zero);
            Assert.That(Of(asleep, Free).Status, Is.EqualTo(HostStatus.Deferred));
            await using var coordinator = Coordinator();
            Assert.That((await coordinator.StatusAsync("p620", Ct)).Deferred.Select(d => d.Host.Value), Is.EqualTo(new[] { Free }));
        }
        finally
        {
            await Lab[Free].PowerOnAsync(Ct);
        }

        var awake = await DeployAsync(new DeploymentRequest { Hosts = "p620" });
        Assert.That(Of(awake, Free).Status, Is.EqualTo(HostStatus.Deployed));
    }

    private async Task<RollbackReadiness> ReadinessAsync()
    {
        await using var coordinator = Coordinator();
        var found = (await coordinator.VerifyRollbackAsync(Free, Ct)).Single();
        return found.Readiness ?? throw new AssertionException(found.Problem!.ToString());
    }
}
