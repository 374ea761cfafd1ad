using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Tests.Reporting.Model;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>The sentence for an activation that did not go well: what runs counts before what switch-to-configuration ended with.</summary>
[TestFixture]
internal sealed class HostProblemsTests
{
    private static readonly HostName Web = HostName.Parse("web");
    private static readonly NixDeploy.Planning.HostPlan Plan = Sample.Change(Web, 1);

    [TestCase(2, "setting up /etc...\nActivation script snippet 'app' failed (1)\nreloading", "ended with 2, for an activation script failed (Activation script snippet 'app' failed (1)).")]
    [TestCase(3, "reloading the following units: dbus.service", "ended with 3, for units could not be reloaded.")]
    [TestCase(4, "starting the following units: app.service", "ended with 4, for units failed to start, or user units did.")]
    public void A_system_that_runs_was_activated_and_a_line_that_only_tells_what_is_begun_is_no_reason(int code, string output, string end)
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
}
