using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Survey;
using NixDeploy.Terminal;
using Spectre.Console.Testing;

namespace NixDeploy.Tests.Terminal;

/// <summary>What Status says of a host's last transaction.</summary>
[TestFixture]
internal sealed class StatusViewTests
{
    private static readonly StorePath New = RandomFleets.Toplevel("new");
    private static readonly StorePath Old = RandomFleets.Toplevel("old");

    [TestCase(TransactionPhase.RolledBack, TransactionReason.Verdict, "run r1 rolled back its last activation")]
    [TestCase(TransactionPhase.RolledBack, TransactionReason.Deadline, "the guard of run r1 rolled back: nobody committed before its deadline")]
    [TestCase(TransactionPhase.RollbackFailed, TransactionReason.Units, "manual intervention required: rollback failed in run r1 (units)")]
    [TestCase(TransactionPhase.HalfCommitted, TransactionReason.None, "manual intervention required: run r1 made its system the profile's generation")]
    [TestCase(TransactionPhase.OnTrial, TransactionReason.None, "run r1 or its guard is active (on-trial)")]
    public void A_transaction_is_named_with_its_target_and_what_runs(TransactionPhase phase, TransactionReason reason, string words)
    {
        // A rollback that failed: the old system was on trial, and the new one still runs.
        var state = new HostState
        {
            CurrentSystem = New,
            Generation = 2,
            Generations = [new Generation(2, New)],
            Transaction = new TransactionState(new Transaction("r1", 3), phase, Old, New) { Reason = reason },
        };
        using var terminal = new TestConsole();
        terminal.Profile.Width = 400;
        StatusView.Write(terminal, new FleetStatus("f", [new HostStanding(new HostInspection(new Host(HostName.Parse("p510")), state, null), New, null)], null));
        Assert.That(terminal.Output, Does.Contain(words).And.Contain($"target {Old}, runs {New}"));
    }
}
