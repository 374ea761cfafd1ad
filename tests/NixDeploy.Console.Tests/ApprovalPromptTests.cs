using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Terminal;
using Spectre.Console.Testing;

namespace NixDeploy.Tests.Terminal;

/// <summary>Who answers where a run is watched.</summary>
[TestFixture]
internal sealed class ApprovalPromptTests : FourHosts
{
    private static readonly DeploymentRequest Asking = new()
    {
        Hosts = "samsung,p620",
        Strategy = "canary",
        Bake = TimeSpan.Zero,
        Approval = Approval.Required,
        ApprovalTimeout = TimeSpan.FromSeconds(1),
        Details = false,
    };

    [Test]
    public async Task What_was_approved_in_advance_goes_on_and_is_told_as_such()
    {
        var (code, said) = await TellAsync(c => c.DeployAsync(Asking with { ApprovalTimeout = TimeSpan.FromMinutes(10) }), new ConsoleOptions { Yes = true });

        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Contain($"{ApprovalPrompt.Me} (in advance)"));
    }

    [Test]
    public async Task Where_nobody_sees_the_question_nobody_is_waited_for_longer_than_was_said()
    {
        var (code, said) = await TellAsync(c => c.DeployAsync(Asking));

        Assert.That(code, Is.EqualTo(ExitCodes.Cancelled), said);
    }

    [TestCase(RunOutcome.Succeeded, ConsoleKey.Enter, ConsoleKey.X, ConsoleKey.Y)]
    [TestCase(RunOutcome.Cancelled, ConsoleKey.Spacebar, ConsoleKey.N)]
    public async Task A_person_at_the_terminal_answers_with_a_key_and_others_are_passed_over(RunOutcome outcome, params ConsoleKey[] keys)
    {
        using var terminal = new TestConsole().Interactive();
        foreach (var key in keys)
        {
            terminal.Input.PushKey(key);
        }

        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(Asking with { ApprovalTimeout = TimeSpan.FromMinutes(10) }, CancellationToken.None);
        var run = await coordinator.StartAsync(plan, CancellationToken.None);
        await new ApprovalPrompt(terminal, yes: false, interactive: true).FollowAsync(run);

        var result = await run.Completion;
        Assert.That(result.Outcome, Is.EqualTo(outcome));
        Assert.That(terminal.Input.IsKeyAvailable(), Is.False, "it was not asked twice");
    }
}
