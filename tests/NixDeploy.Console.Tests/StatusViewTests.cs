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

    [TestCase(TransactionPhase.RolledBack, TransactionReason.Verdict, "run r1 took back what it had tried last, which may have been its way back")]
    [TestCase(TransactionPhase.RolledBack, TransactionReason.Deadline, "the host restored itself because no verdict of run r1 came")]
    [TestCase(TransactionPhase.RollbackFailed, TransactionReason.Units, "run r1 could not take back what it had tried (units): a person is needed")]
    [TestCase(TransactionPhase.HalfCommitted, TransactionReason.None, "run r1 has half committed what it tried")]
    [TestCase(TransactionPhase.OnTrial, TransactionReason.None, "run r1 is at work here, or its guard is (on-trial)")]
    public void What_was_tried_and_what_runs_is_named(TransactionPhase phase, TransactionReason reason, string words)
    {
        // A way back that failed: the old system was on trial, and the new one stayed.
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
        Assert.That(terminal.Output, Does.Contain(words).And.Contain($"on trial was {Old}, it runs {New}"));
    }
}
