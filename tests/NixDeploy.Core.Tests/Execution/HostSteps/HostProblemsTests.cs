using NixDeploy.Events;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Scheduling;
using NixDeploy.Tests.Reporting.Model;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>The sentence for an activation that did not go well: what runs counts before what switch-to-configuration ended with.</summary>
[TestFixture]
internal sealed class HostProblemsTests
{
    private static readonly HostName Web = HostName.Parse("web");
    private static readonly NixDeploy.Planning.HostPlan Plan = Sample.Change(Web, 1);

    [TestCase(2, "setting up /etc...\nActivation script snippet 'app' failed (1)\nreloading", "ended with 2, for an activation script failed (Activation script snippet 'app' failed (1)).")]
    [TestCase(3, "reloading the following units: dbus.service", "ended with 3, for systemd could not be reloaded (daemon-reload); its last words were (reloading the following units: dbus.service).")]
    [TestCase(4, "starting the following units: app.service", "ended with 4, for units failed to start or to be reloaded; its last words were (starting the following units: app.service).")]
    public void A_system_that_runs_was_activated_and_the_line_that_says_why_not_all_of_it_is_told_or_else_the_last(int code, string output, string end)
    {
        var problem = HostProblems.Activation(Plan, new ActivationResult(ActivationOutcome.ActivatedWithFailures, code, Plan.To, [], output));
        Assert.That(problem.Message, Is.EqualTo($"web: the new system runs, but not all of its activation went well: switch-to-configuration {end}"));
    }

    [Test]
    public void Failed_units_are_named() => Assert.That(
        HostProblems.Activation(Plan, new ActivationResult(ActivationOutcome.ActivatedWithFailures, 4, Plan.To, [new UnitFailure("app.service", "exit-code", [])], "")).Message,
        Is.EqualTo("web: the new system started, but app.service failed."));

    [Test]
    public void A_system_that_does_not_run_was_not_activated_and_the_last_line_says_why() => Assert.That(
        HostProblems.Activation(Plan, new ActivationResult(ActivationOutcome.Failed, 1, Plan.From.System, [], "Pre-switch check 'app' said no")).Message,
        Is.EqualTo("web: the new system was not activated: switch-to-configuration ended with 1 (Pre-switch check 'app' said no)."));

    [Test]
    public void Who_holds_the_lock_of_another_activation_is_told()
    {
        var record = Record(TransactionPhase.RolledBack, TransactionReason.NotActivated) with { BusyWith = ["71 (perl switch-to-configuration test)"] };
        var problem = HostProblems.Activation(Plan, new ActivationResult(ActivationOutcome.Failed, 11, Plan.From.System, [], "") { Record = record });

        Assert.That(problem.Code, Is.EqualTo("ND0605"));
        Assert.That(problem.Message, Does.Contain(record.BusyWith[0]));
    }

    [Test]
    public void What_an_activation_that_does_not_end_waits_for_is_told()
    {
        var record = Record(TransactionPhase.RolledBack, TransactionReason.Deadline) with { Jobs = ["web.service stop"], Output = "stopping the following units: web.service" };

        Assert.That(HostProblems.GuardRolledBack(Plan, record, []).Message, Does.Contain(record.Jobs[0]).And.Contain(record.Output));
    }

    [Test]
    public void A_profile_that_somebody_else_moved_is_told_with_their_generation()
    {
        var record = Record(TransactionPhase.RolledBack, TransactionReason.ProfileMoved) with { MovedProfile = new SystemRef(Plan.To, 10), CurrentSystem = Plan.From.System };
        var problem = HostOutcomes.ProblemOf(FailureReason.NotCommitted, Plan, record, null, null);

        Assert.That(problem.Code, Is.EqualTo("ND0652"));
        Assert.That(problem.Message, Does.Contain("generation 10").And.Contain(Plan.From.System!.Value));
    }

    [Test]
    public void A_host_whose_profile_somebody_else_moved_is_not_told_to_be_at_their_generation()
    {
        var record = Record(TransactionPhase.RolledBack, TransactionReason.Verdict) with { MovedProfile = new SystemRef(Plan.To, 10), Generation = 10, CurrentSystem = Plan.From.System };
        var ended = (HostRolledBack)HostOutcomes.Of(Plan, new HostOutcome.RolledBack(ByGuard: false, ByReboot: false), record);

        Assert.That((ended.Generation, ended.MovedProfile), Is.EqualTo(((int?)null, record.MovedProfile)));
    }

    [Test]
    public void A_system_that_somebody_else_activated_is_named_and_there_is_nothing_to_repeat()
    {
        var record = Record(TransactionPhase.RollbackFailed, TransactionReason.MovedOn) with { CurrentSystem = StorePath.Parse("/nix/store/7ra807lv85cy4rn2kybg07r5xzjgh238-theirs") };
        var ended = (RollbackFailed)HostOutcomes.Of(Plan, new HostOutcome.RollbackFailed(RollbackFailure.Incomplete), record);

        Assert.That((ended.Problem.Code, ended.System), Is.EqualTo(("ND0653", record.CurrentSystem)));
        Assert.That(ended.Problem.Message, Does.Contain(record.CurrentSystem!.Value));
        Assert.That(ended.Problem.Command, Does.Not.Contain("switch-to-configuration"));
    }

    [TestCase("to", 5, null)]
    [TestCase("from", 5, null)]
    [TestCase("to", 4, null)]
    [TestCase("to", 6, "ND0653")]
    [TestCase("theirs", 5, "ND0653")]
    [TestCase("none", null, null)]
    public void What_somebody_else_has_changed_since_the_commit_is_not_rolled_back(string runs, int? generation, string? code)
    {
        var plan = Plan with { From = new SystemRef(Plan.From.System, 4) };
        var committed = new HostProgress(Web, HostStatus.RollingBack, plan.From) { Generation = 5, Timeline = [(HostStatus.Deployed, default)] };
        var system = runs switch { "to" => plan.To, "from" => plan.From.System, "theirs" => StorePath.Parse("/nix/store/7ra807lv85cy4rn2kybg07r5xzjgh238-theirs"), _ => null };

        Assert.That(HostProblems.ChangedSince(plan, committed, new SystemRef(system, generation))?.Code, Is.EqualTo(code));
    }

    private static TransactionState Record(TransactionPhase phase, TransactionReason reason) =>
        new(new Transaction("run-1", 1), phase, Plan.To, Plan.From.System) { Reason = reason };
}
