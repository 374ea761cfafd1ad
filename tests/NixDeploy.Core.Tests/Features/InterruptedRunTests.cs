using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Journal;
using NixDeploy.Planning;
using NixDeploy.Runs;
using NixDeploy.Survey;
using NixDeploy.Tests.Journal;
using NixDeploy.Tests.Planning;

namespace NixDeploy.Tests.Features;

/// <summary>A run whose controller was killed is concluded by whoever looks at its hosts next, and a run that is alive is not touched.</summary>
[TestFixture]
internal sealed class InterruptedRunTests
{
    private static readonly StorePath Old = RandomFleets.Toplevel("old");
    private static readonly StorePath New = RandomFleets.Toplevel("new");
    private static readonly DateTimeOffset Noon = new(2026, 1, 15, 12, 3, 0, TimeSpan.Zero);
    private static readonly string Me = $"{Environment.MachineName}:1";
    private static readonly HostName Razer = HostName.Parse("razer");
    private static readonly HostName P620 = HostName.Parse("p620");

    private string folder = "";

    private RunFolder Run => StateFolder.Open(folder).Run("run");

    [SetUp]
    public void A_state_folder() => folder = Directory.CreateTempSubdirectory("nixdeploy-test-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [Test]
    public async Task A_host_that_its_guard_rolled_back_is_reported_and_the_run_has_its_report_and_status()
    {
        await KillAsync(Me, Activating());
        var told = await LookAsync(State("run", TransactionPhase.RolledBack, TransactionReason.Deadline, Old));
        var again = await LookAsync(State("run", TransactionPhase.RolledBack, TransactionReason.Deadline, Old));

        var state = await ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(told.Single(), Does.Contain("razer").And.Contain(Me).And.Contain(Run.Report));
            Assert.That(again, Is.Empty, "once is enough");
            Assert.That(state.Hosts[Razer].Status, Is.EqualTo(HostStatus.RolledBack));
            Assert.That(state.Hosts[P620].Status, Is.EqualTo(HostStatus.Cancelled));
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Cancelled));
            Assert.That(state.StopRequested, Is.False, "nobody asked for it");
            Assert.That(File.ReadAllText(Run.Report), Does.Contain("INTERRUPTED").And.Contain("rolled back: razer").And.Contain("at 2026-01-15 12:03:00Z"));
            Assert.That(File.ReadAllText(Run.Status), Does.Contain("\"cancelled\"").And.Contain("\"ended\": true"));
        });
    }

    [Test]
    public async Task A_host_that_had_committed_is_deployed()
    {
        await KillAsync(Me, [.. Activating(), new HostActivated(Razer), new HostHealthy(Razer), new CommitStarted(Razer)]);
        await LookAsync(State("run", TransactionPhase.Committed, TransactionReason.Verdict, New));
        Assert.That((await ReadAsync()).Hosts[Razer].Status, Is.EqualTo(HostStatus.Deployed));
    }

    [Test]
    public async Task A_host_that_was_copied_to_was_not_started()
    {
        await KillAsync(Me, [new HostBuilt(Razer), new CopyStarted(Razer)]);
        await LookAsync(new HostState { CurrentSystem = Old });
        var state = await ReadAsync();
        Assert.That(state.Hosts[Razer].Status, Is.EqualTo(HostStatus.Cancelled));
        Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Cancelled));
    }

    [Test]
    public async Task A_host_that_cannot_be_asked_is_unknown_until_it_can()
    {
        await KillAsync(Me, Activating());
        var told = await LookAsync(null);
        var between = await ReadAsync();
        var later = await LookAsync(State("run", TransactionPhase.RolledBack, TransactionReason.Deadline, Old));
        Assert.Multiple(async () =>
        {
            Assert.That(told.Single(), Does.Contain("What became of razer is not known."));
            Assert.That(between.Hosts[Razer].Status, Is.EqualTo(HostStatus.Unknown));
            Assert.That(between.Outcome, Is.EqualTo(RunOutcome.ManualInterventionRequired));
            Assert.That(later.Single(), Does.Contain("razer"));
            Assert.That((await ReadAsync()).Hosts[Razer].Status, Is.EqualTo(HostStatus.RolledBack));
        });
    }

    [TestCase(TransactionPhase.Activating)]
    [TestCase(TransactionPhase.OnTrial)]
    [TestCase(TransactionPhase.Committing)]
    [TestCase(TransactionPhase.RollingBack)]
    public async Task While_a_guard_is_at_work_the_run_stays_open(TransactionPhase phase)
    {
        await KillAsync(Me, Activating());
        Assert.That(await LookAsync(State("run", phase, TransactionReason.None, New)), Is.Empty);
        Assert.That((await ReadAsync()).Outcome, Is.Null);
    }

    [Test]
    public async Task A_host_whose_guard_was_stopped_for_good_keeps_no_run_open()
    {
        await KillAsync(Me, Activating());
        var seen = State("run", TransactionPhase.Activating, TransactionReason.None, New);
        var told = await LookAsync(seen with { Transaction = seen.Transaction! with { Unguarded = true } });
        Assert.Multiple(async () =>
        {
            Assert.That(told.Single(), Does.Contain("What became of razer is not known."));
            Assert.That((await ReadAsync()).Outcome, Is.EqualTo(RunOutcome.ManualInterventionRequired));
        });
    }

    [Test]
    public async Task A_run_whose_controller_lives_is_not_touched()
    {
        await KillAsync(Me, Activating());
        using var alive = ControllerLock.Take(Run);
        Assert.That(await LookAsync(State("run", TransactionPhase.RolledBack, TransactionReason.Deadline, Old)), Is.Empty);
        Assert.That((await ReadAsync()).Outcome, Is.Null);
    }

    [Test]
    public async Task A_run_of_another_machine_is_not_touched()
    {
        await KillAsync("elsewhere:1", Activating());
        Assert.That(await LookAsync(State("run", TransactionPhase.RolledBack, TransactionReason.Deadline, Old)), Is.Empty);
    }

    [TestCase("run", 1)]
    [TestCase("another", 0)]
    public async Task A_run_of_another_fleet_is_not_touched_unless_its_hosts_remember_the_run(string remembered, int told)
    {
        await KillAsync(Me, Activating());
        Assert.That(await LookAsync(State(remembered, TransactionPhase.RolledBack, TransactionReason.Deadline, Old), fleet: "another/path"), Has.Count.EqualTo(told));
    }

    private static DeploymentEvent[] Activating() => [new HostBuilt(Razer), new CopyStarted(Razer), new HostCopied(Razer, 1, 1, 3), new ActivationStarted(Razer, new SystemRef(Old, 6), New)];

    private static HostState State(string run, TransactionPhase phase, TransactionReason reason, StorePath runs) => new()
    {
        CurrentSystem = runs,
        Generation = 7,
        Transaction = new TransactionState(new Transaction(run, 3), phase, New, Old) { Reason = reason, EndedAt = Noon },
    };

    private async Task<IReadOnlyCollection<string>> LookAsync(HostState? razer, string fleet = "f") => await LateOutcomes.RecordAsync(
        new NixDeployOptions { StateFolder = folder }.Storage, fleet, [new HostInspection(new Host(Razer), razer, razer is null ? new Problem("ND0510", "Nothing answers.") : null)], TimeProvider.System, CancellationToken.None);

    /// <summary>A run of two hosts whose controller ended without a word.</summary>
    private async Task KillAsync(string controller, DeploymentEvent[] happened)
    {
        var one = PlanGen.One();
        HostPlan For(HostName host) => one.Hosts[0] with { Host = host, From = new SystemRef(Old, 6), To = New, After = [] };
        var plan = one with
        {
            Hosts = [For(P620), For(Razer)],
            Skipped = [],
            Blocked = [],
            Unreachable = [],
            Bridges = [],
            Stages = [new Stage("deploy", [P620, Razer], Milestone.Committed, null, RollbackScope.Host, false)],
        };
        await Run.CreateAsync(plan, CancellationToken.None);
        ControllerLock.Take(Run).Dispose();
        await using var journal = await SqliteStore.OpenAsync(folder, CancellationToken.None);
        await journal.AppendAsync("run", [.. Chain.Of([new RunStarted("run", controller, "f", plan), .. happened])], CancellationToken.None);
    }

    private async Task<RunState> ReadAsync()
    {
        await using var journal = await SqliteStore.OpenAsync(folder, CancellationToken.None);
        return Reducer.Fold(await journal.ReadAsync("run", 0, CancellationToken.None).ToListAsync());
    }
}
