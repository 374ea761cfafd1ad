using System.Collections.Immutable;
using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Terminal;

namespace NixDeploy.Tests.Features;

/// <summary>The tasks that prove a rollback, on simulated hosts.</summary>
[TestFixture]
internal sealed class RollbackTaskTests : FourHosts
{
    [Test]
    public async Task A_host_without_an_earlier_generation_is_not_ready_and_one_that_was_deployed_is()
    {
        var (before, said) = await TellAsync(c => c.VerifyRollbackAsync("samsung"));
        await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        var (after, told) = await TellAsync(c => c.VerifyRollbackAsync("samsung"));
        Assert.Multiple(() =>
        {
            Assert.That(before, Is.EqualTo(ExitCodes.Refused));
            Assert.That(said, Does.Contain("samsung  NOT READY").And.Contain("there is no earlier generation with another system"));
            Assert.That(after, Is.Zero);
            Assert.That(told, Does.Contain($"samsung  READY      to roll back to generation 1, {RandomFleets.Toplevel("samsung-old")}"));
        });
    }

    [Test]
    public async Task A_changed_host_is_deployed_rolled_back_and_as_before()
    {
        var (code, said) = await TellAsync(c => c.TestRollbackAsync(new DeploymentRequest { Hosts = "samsung" }));
        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Contain("Rollback verified"));
        Assert.That(await StandingAsync("samsung"), Is.EqualTo((RandomFleets.Toplevel("samsung-old"), 1)));
    }

    [Test]
    public async Task An_unchanged_host_goes_to_its_earlier_generation_and_comes_back()
    {
        await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        var (code, said) = await TellAsync(c => c.TestRollbackAsync(new DeploymentRequest { Hosts = "samsung" }));
        Assert.That(code, Is.Zero, said);
        Assert.That(await StandingAsync("samsung"), Is.EqualTo((RandomFleets.Toplevel("samsung"), 2)));
    }

    [Test]
    public async Task A_drill_whose_deployment_fails_says_so_and_the_host_is_back()
    {
        Simulation("samsung")["fail"] = "activate";
        var (code, _) = await TellAsync(c => c.TestRollbackAsync(new DeploymentRequest { Hosts = "samsung" }));
        Assert.That(code, Is.EqualTo(ExitCodes.Failed));
        Assert.That(await StandingAsync("samsung"), Is.EqualTo((RandomFleets.Toplevel("samsung-old"), 1)));
    }

    [TestCase(null, "ND0213", "TestRollback needs --hosts")]
    [TestCase("*", "ND0215", "names 4")]
    public void A_drill_is_for_one_host(string? hosts, string code, string words)
    {
        var error = Assert.ThrowsAsync<UsageException>(() => TellAsync(c => c.TestRollbackAsync(new DeploymentRequest { Hosts = hosts })))!;
        Assert.That(error.Code, Is.EqualTo(code));
        Assert.That(error.Message, Does.Contain(words));
    }

    [Test]
    public async Task Emergencies_go_past_what_preflight_refuses_and_name_their_hosts()
    {
        Fleet["deployment-coordinator"]!["disk-reserve"] = 1_000_000;
        Assert.That((await TellAsync(c => c.DeployAsync(new DeploymentRequest { Hosts = "samsung" }))).Code, Is.EqualTo(ExitCodes.Refused));
        Assert.That((await TellAsync(c => c.EmergencyDeployAsync(new DeploymentRequest { Hosts = "samsung" }))).Code, Is.Zero);
        Assert.That(() => TellAsync(c => c.EmergencyDeployAsync(new DeploymentRequest())), Throws.InstanceOf<UsageException>().With.Message.Contains("EmergencyDeploy needs --hosts"));
    }

    [Test]
    public void A_rollback_that_is_to_wait_for_a_boot_is_refused_instead_of_done_at_once()
    {
        Assert.That(() => TellAsync(c => c.RollbackAsync(new DeploymentRequest { Hosts = "samsung", Mode = ActivationMode.Boot }, null)), Throws.InstanceOf<UsageException>().With.Message.Contains("leave --mode out"));
        Assert.That(() => TellAsync(c => c.RollbackAsync(new DeploymentRequest { Hosts = "samsung", Reboot = RebootPolicy.Always }, null)), Throws.InstanceOf<UsageException>().With.Message.Contains("leave --reboot out"));
    }

    [Test]
    public async Task A_rollback_that_reboots_nothing_is_what_it_is_anyway()
    {
        await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        var (code, said) = await TellAsync(c => c.RollbackAsync(new DeploymentRequest { Hosts = "samsung", Reboot = RebootPolicy.Never }, null));
        Assert.That(code, Is.Zero, said);
        Assert.That(await StandingAsync("samsung"), Is.EqualTo((RandomFleets.Toplevel("samsung-old"), 1)));
    }

    [Test]
    public async Task A_rollback_reboots_nothing_though_the_fleet_reboots_what_is_deployed()
    {
        Fleet["deployment-coordinator"]!["reboot"] = "always";
        var (code, said) = await TellAsync(c => c.TestRollbackAsync(new DeploymentRequest { Hosts = "samsung" }));
        Assert.That(code, Is.Zero, said);
        Assert.That(await RebootsAsync(), Is.EqualTo(new[] { ("smart", 1), ("rollback", 0) }), "the way there is a deployment");
    }

    [Test]
    public async Task A_rollback_on_trial_shows_its_plan_and_changes_nothing()
    {
        await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        var (code, said) = await TellAsync(c => c.RollbackAsync(new DeploymentRequest { Hosts = "samsung" }, null), DryRun);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, said);
            Assert.That(said, Does.Contain("BACK TO GENERATION 1"));
            Assert.That(Runs, Is.EqualTo(1));
        });
        Assert.That(await StandingAsync("samsung"), Is.EqualTo((RandomFleets.Toplevel("samsung"), 2)));
    }

    [Test]
    public async Task An_emergency_on_trial_shows_its_plan_and_changes_nothing()
    {
        var (code, said) = await TellAsync(c => c.EmergencyDeployAsync(new DeploymentRequest { Hosts = "samsung" }), DryRun);
        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Contain("samsung (client) - CHANGED"));
        Assert.That(Runs, Is.Zero);
    }

    [Test]
    public void What_cannot_be_done_on_trial_is_refused()
    {
        Assert.That(
            () => TellAsync(c => c.TestRollbackAsync(new DeploymentRequest { Hosts = "samsung" }), DryRun),
            Throws.InstanceOf<UsageException>().With.Property("Code").EqualTo("ND0215"));
        Assert.That(
            () => TellAsync(c => c.AnswerAsync(null, approved: true, ""), DryRun),
            Throws.InstanceOf<UsageException>().With.Property("Code").EqualTo("ND0212").And.Message.Contains("--dry-run"));
        Assert.That(Runs, Is.Zero);
    }

    [Test]
    public async Task A_rollback_heeds_what_is_wished_otherwise_than_the_fleet_says()
    {
        Fleet["hosts"]!["samsung"]!["critical-services"] = new JArray("web");
        await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        await using var coordinator = Coordinator();
        var usual = await coordinator.PlanRollbackAsync("samsung", null, CancellationToken.None);
        var plan = await coordinator.PlanRollbackAsync(
            new DeploymentRequest
            {
                Hosts = "samsung",
                AutoRollback = false,
                HealthWindow = TimeSpan.FromSeconds(7),
                MaxFailures = new FailureBudget(2, null),
                ParallelLimit = 3,
                OnFailure = OnFailure.Abort,
            },
            null,
            CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That((usual.Budget, usual.Hosts.Single().Guard is null), Is.EqualTo((new FailureBudget(null, 100), false)), "a rollback is not rolled back itself");
            Assert.That((plan.Budget, plan.Limits.Activations, plan.OnFailure), Is.EqualTo((new FailureBudget(2, null), 3, OnFailure.Abort)));
            Assert.That((plan.Hosts.Single().Guard, plan.Hosts.Single().Window), Is.EqualTo(((TimeSpan?)null, TimeSpan.FromSeconds(7))));
        });
    }

    [Test]
    public void A_rollback_refuses_a_limit_on_a_tag_that_no_host_has() => Assert.That(
        () => TellAsync(c => c.RollbackAsync(new DeploymentRequest { Hosts = "samsung", TagLimits = ImmutableSortedDictionary<string, int>.Empty.Add("db", 1) }, null)),
        Throws.InstanceOf<UsageException>().With.Property("Code").EqualTo("ND0241"));

    [Test]
    public async Task A_rollback_that_was_saved_still_fits()
    {
        await DeployAsync(new DeploymentRequest { Hosts = "samsung,p620" });
        await TellAsync(c => c.RollbackAsync(new DeploymentRequest { Hosts = "p620" }, null));
        var file = Path.Combine(Folder, "plan.json");
        await TellAsync(c => c.RollbackAsync(new DeploymentRequest { Hosts = "samsung,p620" }, 1), DryRun with { JsonFile = file });
        var (code, said) = await TellAsync(c => c.DeployPlanAsync(file, new DeploymentRequest()));
        Assert.That(code, Is.Zero, said);
        Assert.That(await StandingAsync("samsung"), Is.EqualTo((RandomFleets.Toplevel("samsung-old"), 1)));
    }

    private static ConsoleOptions DryRun { get; } = new() { DryRun = true };

    private int Runs => Directory.Exists(Path.Combine(State, "runs")) ? Directory.GetDirectories(Path.Combine(State, "runs")).Length : 0;

    /// <summary>How many hosts each run has rebooted, in the runs' order, by the name of its strategy.</summary>
    private async Task<IEnumerable<(string Strategy, int Reboots)>> RebootsAsync()
    {
        await using var journal = await SqliteStore.OpenAsync(State, CancellationToken.None);
        var found = new List<(string, int)>();
        foreach (var run in (await journal.RunsAsync(9, CancellationToken.None)).Reverse())
        {
            var events = await journal.ReadAsync(run.Run, 0, CancellationToken.None).Select(e => e.Event).ToListAsync();
            found.Add((events.OfType<RunStarted>().Single().Plan.Strategy, events.OfType<RebootStarted>().Count()));
        }

        return found;
    }
}
