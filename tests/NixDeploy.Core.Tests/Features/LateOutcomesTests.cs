using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Journal;
using NixDeploy.Runs;
using NixDeploy.Survey;
using NixDeploy.Tests.Journal;
using NixDeploy.Tests.Planning;

namespace NixDeploy.Tests.Features;

/// <summary>What a run never heard of a host is written to its journal and report when the host is looked at again.</summary>
[TestFixture]
internal sealed class LateOutcomesTests
{
    private static readonly StorePath Old = RandomFleets.Toplevel("old");
    private static readonly DateTimeOffset Noon = new(2026, 1, 15, 12, 3, 0, TimeSpan.Zero);

    private string folder = "";

    [SetUp]
    public void A_state_folder() => folder = Directory.CreateTempSubdirectory("nixdeploy-test-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [TestCase(TransactionPhase.RolledBack, TransactionReason.Deadline, HostStatus.RolledBack)]
    [TestCase(TransactionPhase.Committed, TransactionReason.Verdict, HostStatus.Deployed)]
    [TestCase(TransactionPhase.RollbackFailed, TransactionReason.Units, HostStatus.RollbackFailed)]
    [TestCase(TransactionPhase.Committed, TransactionReason.Verdict, HostStatus.RolledBack, true)]
    [TestCase(TransactionPhase.RolledBack, TransactionReason.Deadline, HostStatus.Deployed, true)]
    public async Task A_lost_host_ends_as_its_record_says(TransactionPhase phase, TransactionReason reason, HostStatus status, bool isRollback = false)
    {
        var host = await LoseAsync();
        var seen = new HostInspection(new Host(host), State("run", phase, reason, isRollback ? Old : RandomFleets.Toplevel("new")), null);

        var told = await LateOutcomes.RecordAsync(new NixDeployOptions { StateFolder = folder }.Storage, "f", [seen], TimeProvider.System, CancellationToken.None);
        var again = await LateOutcomes.RecordAsync(new NixDeployOptions { StateFolder = folder }.Storage, "f", [seen], TimeProvider.System, CancellationToken.None);

        var state = await ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(told, Has.Length.EqualTo(1));
            Assert.That(told.Single(), Does.Contain(host.Value));
            Assert.That(again, Is.Empty, "once is enough");
            Assert.That(state.Hosts[host].Status, Is.EqualTo(status));
            Assert.That(state.Hosts[host].Generation, Is.EqualTo(7));
            Assert.That(File.ReadAllText(StateFolder.Open(folder).Run("run").Report), Does.Contain("according to its record").And.Not.Contain("REBOOT PENDING"));
        });
    }

    [TestCase("another", TransactionPhase.RolledBack)]
    [TestCase("run", TransactionPhase.OnTrial)]
    public async Task A_record_of_another_run_or_without_an_end_says_nothing(string run, TransactionPhase phase)
    {
        var host = await LoseAsync();
        var told = await LateOutcomes.RecordAsync(new NixDeployOptions { StateFolder = folder }.Storage, "f", [new HostInspection(new Host(host), State(run, phase, TransactionReason.None, RandomFleets.Toplevel("new")), null)], TimeProvider.System, CancellationToken.None);
        Assert.That(told, Is.Empty);
        Assert.That((await ReadAsync()).Hosts[host].Status, Is.EqualTo(HostStatus.Unknown));
    }

    private static HostState State(string run, TransactionPhase phase, TransactionReason reason, StorePath target) => new()
    {
        CurrentSystem = Old,
        Generation = 7,
        Transaction = new TransactionState(new Transaction(run, 3), phase, target, Old) { Reason = reason, EndedAt = Noon },
    };

    /// <summary>A run that has lost a host.</summary>
    private async Task<HostName> LoseAsync()
    {
        var one = PlanGen.One();
        var plan = one with { Hosts = [one.Hosts[0] with { From = new SystemRef(Old, 6) }, .. one.Hosts[1..]] };
        var host = plan.Hosts[0].Host;
        await StateFolder.Open(folder).Run("run").CreateAsync(plan, CancellationToken.None);
        await using var journal = await SqliteStore.OpenAsync(folder, CancellationToken.None);
        var problem = new Problem("ND0613", "The controller left.");
        await journal.AppendAsync(
            "run",
            [.. Chain.Of([new RunStarted("run", "c", "f", plan), new HostFailed(host, problem, Activated: true), new RollbackFailed(host, problem, Unknown: true), new RunFinished(RunOutcome.ManualInterventionRequired)])],
            CancellationToken.None);
        return host;
    }

    private async Task<RunState> ReadAsync()
    {
        await using var journal = await SqliteStore.OpenAsync(folder, CancellationToken.None);
        return Reducer.Fold(await journal.ReadAsync("run", 0, CancellationToken.None).ToListAsync());
    }
}
