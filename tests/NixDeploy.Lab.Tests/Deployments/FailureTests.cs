using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Labs.Tests.Deployments;

/// <summary>What failures of some hosts do to the others, on real ones.</summary>
public sealed class FailureTests : DeploymentTest
{
    private const string Factory = "lab.0";

    [Test]
    public async Task A_canary_that_fails_goes_back_before_its_time_is_over_and_nothing_happens_to_the_others()
    {
        await Lab.ChangeAsync("host6", s => (s with { Deployment = s.Deployment with { Tags = ["first"] } }).WithUnit("node-exporter", "until [ -e /run/die ]; do sleep 0.1; done; exit 3"), Ct);
        var others = new[] { "razer", "host8" };
        var before = await UptimesAsync(others);

        var bake = TimeSpan.FromMinutes(10);
        var (result, events) = await RunAsync(
            new DeploymentRequest { Hosts = "host6,p620,razer,host8", Strategy = "canary", CanaryTag = "first", Bake = bake },
            (_, heard) => heard is BakeStarted ? Lab["host6"].ReadAsync("touch /run/die", Ct) : Task.CompletedTask);

        Assert.Multiple(async () =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Failed));
            Assert.That(Of(result, "host6").Status, Is.EqualTo(HostStatus.RolledBack));
            Assert.That(events.First(e => e.Event is RollbackStarted).At - events.First(e => e.Event is BakeStarted).At, Is.LessThan(bake));
            Assert.That(others.Select(h => Of(result, h).Status), Is.All.EqualTo(HostStatus.Cancelled));
            Assert.That(await Lab["host6"].BootDefaultAsync(Ct), Is.EqualTo(await Lab["host6"].CurrentSystemAsync(Ct)));
            Assert.That(await UptimesAsync(others), Is.EqualTo(before), "no unit of theirs was restarted");
            await AssertFactoryAsync("host6", "p620", "razer", "host8");
        });
    }

    [Test]
    public async Task A_test_that_does_not_pass_activates_nothing_on_any_host_and_one_that_does_lets_all_go_on()
    {
        await Lab.ChangeAsync("host6", s => s with { Test = "test -x $toplevel/bin/switch-to-configuration" }, Ct);
        await Lab.ChangeAsync("host8", s => s with { Test = "echo the test says no >&2; exit 1" }, Ct);
        var before = await UptimesAsync("host6", "host8");

        var (refused, events) = await RunAsync(new DeploymentRequest { Hosts = "host6,host8", Strategy = "blue-green" });
        Assert.Multiple(async () =>
        {
            Assert.That(refused.ExitCode, Is.EqualTo(ExitCodes.Failed));
            Assert.That(Of(refused, "host8").Problem!.Code, Is.EqualTo("ND0618"));
            Assert.That(Of(refused, "host8").Problem!.Log, Does.Contain("the test says no"));
            Assert.That(events.Select(e => e.Event), Has.None.TypeOf<ActivationStarted>());
            Assert.That(await UptimesAsync("host6", "host8"), Is.EqualTo(before));
            await AssertFactoryAsync("host6", "host8");
        });

        await Lab.ChangeAsync("host8", s => s with { Test = "grep -q lab.1 $toplevel/nixos-version" }, Ct);
        var (kept, _) = await RunAsync(new DeploymentRequest { Hosts = "host6,host8", Strategy = "blue-green" });
        Assert.That(kept.ExitCode, Is.Zero, () => string.Join('\n', kept.State.Hosts.Values.Select(h => h.Problem)));
    }

    [Test]
    public async Task A_dry_activation_that_fails_activates_nothing_on_any_host()
    {
        await Lab.ChangeAsync("host8", s => s with { Faults = new LabFaults { AnswerDry = 1 } }, Ct);
        var before = await UptimesAsync("host6", "host8");

        var (result, events) = await RunAsync(new DeploymentRequest { Hosts = "host6,host8", Strategy = "blue-green" });

        Assert.Multiple(async () =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Failed));
            Assert.That(Of(result, "host8").Problem!.Code, Is.EqualTo("ND0619"));
            Assert.That(Of(result, "host8").Problem!.Message, Does.Contain("cannot work out what would change"));
            Assert.That(events.Select(e => e.Event), Has.None.TypeOf<ActivationStarted>());
            Assert.That(await UptimesAsync("host6", "host8"), Is.EqualTo(before));
            await AssertFactoryAsync("host6", "host8");
        });
    }

    [Test]
    public async Task Two_of_six_fail_and_all_six_are_back_in_reverse_order()
    {
        foreach (var host in new[] { "host5", "host7" })
        {
            await Lab.ChangeAsync(host, s => s.WithUnit("node-exporter", "exit 3"), Ct);
        }

        var (result, events) = await RunAsync(new DeploymentRequest { Hosts = "p620,p510,razer,samsung,host5,host7", Details = false });

        var back = events.Select(e => e.Event).OfType<HostRolledBack>().Select(e => e.Host.Value).ToList();
        Assert.Multiple(async () =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Failed));
            Assert.That(result.State.Halt, Is.EqualTo(new RunHalted(2, 1) { Reason = new HaltReason.BudgetExceeded(2, 1), Scope = RollbackScope.Run }));
            Assert.That(result.State.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.RolledBack));
            Assert.That(back, Has.Count.EqualTo(6));
            Assert.That(back[^1], Is.EqualTo("p620"), "all others depend on it");
            Assert.That(back.IndexOf("p510"), Is.GreaterThan(back.IndexOf("host5")).And.GreaterThan(back.IndexOf("host7")));
            await AssertFactoryAsync("p620", "p510", "razer", "samsung", "host5", "host7");
        });
    }

    [Test]
    public async Task A_failed_rollback_is_reported_with_its_command_and_stops_no_other()
    {
        await Lab.ChangeAsync("host6", s => (s with { Deployment = s.Deployment with { Dependencies = ["host8"] } }).WithUnit("node-exporter", "exit 3"), Ct);
        await Lab.ChangeAsync("host8", s => s with { Deployment = s.Deployment with { Dependencies = ["p620"] } }, Ct);
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(new DeploymentRequest { Hosts = "p620,host8,host6", MaxFailures = new FailureBudget(0, null) }, Ct);
        var run = await coordinator.StartAsync(plan, Ct);
        await foreach (var happened in run.EventsAsync(0, Ct))
        {
            if (happened.Event is HostCommitted { Host.Value: "host8" })
            {
                await Lab["host8"].SetFaultsAsync(new LabFaults { Answer = 11 }, Ct);
            }
        }

        var result = await run.Completion;
        Lab["host8"].ClearFaults();
        Assert.Multiple(async () =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.ManualInterventionRequired));
            Assert.That(Of(result, "host8").Status, Is.EqualTo(HostStatus.RollbackFailed));
            Assert.That(Of(result, "host8").Problem!.Command, Does.Contain("--switch-generation 1"));
            Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.RolledBack));
            await AssertFactoryAsync("p620", "host6");
        });
    }

    [Test]
    public async Task What_is_approved_continues_and_what_is_not_is_rolled_back()
    {
        await Lab.ChangeAsync("host6", s => s with { Deployment = s.Deployment with { Tags = ["first"] } }, Ct);
        var asking = new DeploymentRequest
        {
            Hosts = "host6,host8",
            Strategy = "canary",
            CanaryTag = "first",
            Bake = TimeSpan.FromSeconds(1),
            Approval = Approval.Required,
            ApprovalTimeout = TimeSpan.FromMinutes(2),
        };

        var (refused, _) = await RunAsync(asking, WhenAsked(run => Elsewhere(c => c.RejectAsync(run.Id, "bob", "not on a Friday", Ct))));
        Assert.Multiple(async () =>
        {
            Assert.That(refused.ExitCode, Is.EqualTo(ExitCodes.Cancelled));
            Assert.That(refused.State.Refused!.By, Is.EqualTo("bob"));
            Assert.That((Of(refused, "host6").Status, Of(refused, "host8").Status), Is.EqualTo((HostStatus.RolledBack, HostStatus.Cancelled)));
            await AssertFactoryAsync("host6", "host8");
        });

        var (late, _) = await RunAsync(asking with { ApprovalTimeout = TimeSpan.FromSeconds(1) });
        Assert.Multiple(async () =>
        {
            Assert.That(late.ExitCode, Is.EqualTo(ExitCodes.Cancelled));
            Assert.That(late.State.Refused!.By, Is.Null);
            await AssertFactoryAsync("host6", "host8");
        });

        var (given, events) = await RunAsync(asking, WhenAsked(_ => Elsewhere(c => c.ApproveAsync(run: null, "ann", Ct))));
        Assert.That(given.ExitCode, Is.Zero);
        Assert.That(events.Select(e => e.Event).OfType<ApprovalGiven>().Single().By, Is.EqualTo("ann"));
        Assert.That(given.State.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Deployed));
    }

    private async Task<(DeploymentResult Result, List<RecordedEvent> Events)> RunAsync(DeploymentRequest request, Func<DeploymentRun, DeploymentEvent, Task>? heard = null)
    {
        await using var coordinator = Coordinator();
        var run = await coordinator.StartAsync(await coordinator.PlanAsync(request, Ct), Ct);
        var events = new List<RecordedEvent>();
        await foreach (var recorded in run.EventsAsync(0, Ct))
        {
            events.Add(recorded);
            await (heard?.Invoke(run, recorded.Event) ?? Task.CompletedTask);
        }

        return (await run.Completion, events);
    }

    private static Func<DeploymentRun, DeploymentEvent, Task> WhenAsked(Func<DeploymentRun, Task> answer) =>
        (run, heard) => heard is ApprovalRequested ? answer(run) : Task.CompletedTask;

    /// <summary>As another terminal does it: through the state folder alone.</summary>
    private async Task Elsewhere(Func<DeploymentCoordinator, Task<PendingApproval>> answer)
    {
        await using var coordinator = Coordinator();
        var asked = await answer(coordinator);
        Assert.That(asked.Question.Hosts.Select(h => h.Value), Is.EqualTo(["host6"]));
    }

    /// <summary>When each host's units were started.</summary>
    private async Task<string[]> UptimesAsync(params string[] hosts) =>
        await Task.WhenAll(hosts.Select(h => Lab[h].ReadAsync("systemctl show -P ActiveEnterTimestampMonotonic node-exporter systemd-exporter", Ct)));

    private async Task AssertFactoryAsync(params string[] hosts)
    {
        foreach (var host in hosts)
        {
            Assert.That(await Lab[host].ReadAsync("cat /run/current-system/nixos-version", Ct), Is.EqualTo(Factory), host);
            Assert.That(await Lab[host].GenerationAsync(Ct), Is.EqualTo(1), host);
            Assert.That(await Lab[host].ReadAsync("[ -e /run/nixdeploy/lock ] && echo locked || echo free", Ct), Is.EqualTo("free"), host);
        }
    }
}
