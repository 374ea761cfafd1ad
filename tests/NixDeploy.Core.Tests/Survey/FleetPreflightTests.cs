using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Survey;

/// <summary>What is found wrong with hosts before any of them is touched.</summary>
internal sealed class FleetPreflightTests
{
    private const long MiB = 1 << 20;

    private string folder = "";
    private SimulatedTransport transport = null!;
    private JObject hosts = [];

    [SetUp]
    public void A_fleet()
    {
        folder = Directory.CreateTempSubdirectory("nixdeploy-test-").FullName;
        transport = new SimulatedTransport(null, TimeProvider.System);
        hosts = [];
        Add("db");
        Add("web", "db");
        Add("cache");
    }

    [TearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [Test]
    public async Task All_problems_of_all_hosts_are_told_at_once()
    {
        Seen("db", s => s with { StoreFreeBytes = 100 * MiB, Units = [.. s.Units.Select(u => u with { Active = "failed" })] });
        hosts["cache"]!["simulation"]!["fail"] = "unreachable";
        Add("free");

        var plan = await PlanAsync();

        Assert.Multiple(() =>
        {
            Assert.That(plan.Blocked.Select(b => b.Host.Value), Is.EqualTo(new[] { "cache", "db", "web" }));
            Assert.That(Problem(plan, "db").ToString(), Does.StartWith("ND0812: db: before anything").And.Contain("ND0813: db: /nix/store has 100 MiB free; 0.1 MiB to copy and 512 MiB in reserve"));
            Assert.That(Problem(plan, "cache").Code, Is.EqualTo("ND0513"));
            Assert.That(Problem(plan, "web").Message, Is.EqualTo("It waits for db, which cannot be deployed."));
            Assert.That(plan.Hosts.Select(h => h.Host.Value), Is.EqualTo(new[] { "free" }));
            Assert.That(plan.Preflight.Select(c => $"{c.Name} {c.Passed} {string.Join(',', c.Failed)}"), Is.EqualTo(new[]
            {
                "Configuration syntax 4 ", "Build tests 3 ", "SSH connectivity 3 cache", "Host readiness 3 ", "Critical services 2 db", "Disk space 2 db",
            }));
        });
    }

    [Test]
    public async Task What_is_refused_is_not_touched_counts_as_no_failure_and_the_others_go_on()
    {
        foreach (var asleep in new[] { "db", "cache" })
        {
            hosts[asleep]!["simulation"]!["fail"] = "unreachable";
        }

        Add("one");
        Add("two");
        await using var coordinator = Coordinator();
        var run = await coordinator.StartAsync(await coordinator.PlanAsync(new DeploymentRequest { MaxFailures = new FailureBudget(0, null) }, default), default);
        var result = await run.Completion;

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
            Assert.That(result.State.Hosts.Values.Select(h => $"{h.Host} {h.Status}"), Is.EqualTo(new[] { "cache Blocked", "db Blocked", "one Deployed", "two Deployed", "web Blocked" }));
            Assert.That(transport.Steps.Where(s => s.Host.Value == "web").Select(s => s.Step), Is.EqualTo(new[] { HostStep.Connect, HostStep.Inspect, HostStep.Contents }), "only looked at");
            Assert.That(File.ReadAllText(result.Folder.Report), Does.Contain("## Pre-Flight Checks ❌").And.Contain("- SSH connectivity: FAILED (2/5 hosts: cache, db)").And.Contain("- Disk space: PASSED (3/3 hosts)"));
        });
    }

    [Test]
    public async Task The_reserve_can_be_waived_and_the_validation_skipped()
    {
        Seen("db", s => s with { StoreFreeBytes = 100 * MiB });
        Seen("cache", s => s with { Units = [.. s.Units.Select(u => u with { Active = "failed" })] });

        Assert.That((await PlanAsync(new DeploymentRequest { DiskReserveBytes = 99 * MiB })).Blocked.Select(b => b.Host.Value), Is.EqualTo(new[] { "cache" }));
        Assert.That((await PlanAsync(new DeploymentRequest { SkipValidation = true })).Blocked, Is.Empty);
    }

    [Test]
    public async Task A_critical_service_that_is_new_is_looked_for_after_the_deployment_and_not_before()
    {
        transport.Host(new Host(HostName.Parse("cache"))).Unit = u => u with { Load = "not-found", Active = "inactive" };
        await using var coordinator = Coordinator();

        var run = await coordinator.StartAsync(await coordinator.PlanAsync(new DeploymentRequest(), default), default);
        var cache = (await run.Completion).State.Hosts[HostName.Parse("cache")];

        Assert.That(cache.Status, Is.EqualTo(HostStatus.RolledBack));
        Assert.That(cache.Problem!.Message, Is.EqualTo("cache: the check 'service main' failed: the host has no unit main.service."));
    }

    [Test]
    public async Task Not_even_an_emergency_gets_past_a_host_that_has_no_systemd()
    {
        Seen("cache", s => s with { Obstacles = ["there is no systemd"] });

        Assert.That(Problem(await PlanAsync(new DeploymentRequest { SkipValidation = true }), "cache").Code, Is.EqualTo("ND0810"));
    }

    [Test]
    public async Task A_clock_that_is_off_is_a_warning()
    {
        Seen("db", s => s with { Clock = s.Clock.AddHours(-2) });

        var plan = await PlanAsync();

        Assert.That(plan.Blocked, Is.Empty);
        Assert.That(plan.Warnings, Has.One.Matches("db: its clock is (7199|7200|7201).* s behind this machine's"));
    }

    [Test]
    public async Task A_wished_window_holds_for_hosts_with_one_of_their_own_and_lengthens_the_guard()
    {
        hosts["db"]!["health-window"] = 5;

        var plan = await PlanAsync(new DeploymentRequest { HealthWindow = TimeSpan.FromSeconds(40) });

        Assert.That(plan.Hosts.Select(h => h.Window.TotalSeconds), Is.All.EqualTo(40));
        Assert.That(plan.Hosts.Select(h => h.Guard), Is.All.EqualTo(TimeSpan.FromMinutes(3) + TimeSpan.FromSeconds(1 + 40)));
    }

    [Test]
    public async Task A_host_with_a_baseline_keeps_how_busy_it_was()
    {
        hosts["db"]!["health-checks"] = new JArray(new JObject { ["baseline"] = new JObject() });
        Seen("db", s => s with { Load = 0.7 });

        var plan = await PlanAsync();

        Assert.That(plan.Hosts.Single(h => h.Host.Value == "db").Before?.Load, Is.EqualTo(0.7));
        Assert.That(plan.Hosts.Where(h => h.Host.Value != "db").Select(h => h.Before), Is.All.Null);
    }

    [Test]
    public async Task A_validation_tells_everything_and_touches_nothing()
    {
        Seen("db", s => s with { StoreFreeBytes = 100 * MiB, Clock = s.Clock.AddHours(-2) });
        hosts["cache"]!["simulation"]!["fail"] = "unreachable";
        await using var coordinator = Coordinator();

        var found = await coordinator.ValidateAsync(null, askHosts: true, default);

        Assert.Multiple(() =>
        {
            Assert.That(found.Problems.Select(p => $"{p.Key} {p.Value.Code}"), Is.EqualTo(new[] { "cache ND0513", "db ND0813" }));
            Assert.That(found.Warnings, Has.One.Contains("db: its clock is"));
            Assert.That(found.Checks.Select(c => c.Name), Is.EqualTo(new[] { "Configuration syntax", "Build tests", "SSH connectivity", "Host readiness", "Critical services", "Disk space" }));
            Assert.That(transport.Steps.Select(s => s.Step).Distinct(), Is.EquivalentTo(new[] { HostStep.Connect, HostStep.Inspect }));
        });
    }

    [Test]
    public async Task A_validation_without_hosts_asks_none()
    {
        hosts["cache"]!["simulation"]!["fail"] = "unreachable";
        await using var coordinator = Coordinator();

        var found = await coordinator.ValidateAsync(null, askHosts: false, default);

        Assert.That(found.Problems, Is.Empty);
        Assert.That(found.Checks.Select(c => c.Passed), Is.EqualTo(new[] { 3, 3 }));
        Assert.That(transport.Steps, Is.Empty);
    }

    private static Problem Problem(DeploymentPlan plan, string host) => plan.Blocked.Single(b => b.Host.Value == host).Problem;

    private void Seen(string host, Func<NixDeploy.HostProtocol.HostState, NixDeploy.HostProtocol.HostState> seen) => transport.Host(new Host(HostName.Parse(host))).Seen = seen;

    private void Add(string name, params string[] dependencies) => hosts[name] = new JObject
    {
        ["dependencies"] = new JArray(dependencies),
        ["critical-services"] = new JArray("main"),
        ["toplevel"] = SimulatedSystem.Path($"{name}-2").Value,
        ["target"] = new JObject { ["transport"] = "simulated" },
        ["simulation"] = new JObject { ["running"] = SimulatedSystem.Path($"{name}-1").Value },
    };

    private DeploymentCoordinator Coordinator()
    {
        var file = Path.Combine(folder, "fleet.json");
        var fleet = new JObject
        {
            ["deployment-coordinator"] = new JObject { ["health-window"] = 0, ["health-check-timeout"] = 1 },
            ["hosts"] = hosts,
        };
        File.WriteAllText(file, fleet.ToString());
        return DeploymentCoordinator.Create(new NixDeployOptions { Fleet = file, StateFolder = Path.Combine(folder, "state"), Transports = [transport] });
    }

    private async Task<DeploymentPlan> PlanAsync(DeploymentRequest? request = null)
    {
        await using var coordinator = Coordinator();
        return await coordinator.PlanAsync(request ?? new DeploymentRequest(), CancellationToken.None);
    }
}
