using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting;
using Spectre.Console.Testing;
using static NixDeploy.Tests.Reporting.Sample;

namespace NixDeploy.Tests.Reporting;

internal sealed class PlanViewTests
{
    [Test]
    public void A_plan_is_shown_as_specified() => Assert.That(PlanView.Write(Plan, Roles), Is.EqualTo(
        """
        Deployment Plan: 4 hosts
        Phase 1:
          - p620 (monitoring server) - CHANGED
        Phase 2 (After p620, Parallel):
          - razer (mobile) - CHANGED, DEPENDS ON p620
          - samsung - CHANGED, DEPENDS ON p620
        Unchanged:
          - p510 (media server) - NO CHANGES (skip)

        Strategy: smart
          - the hosts are few and the change is small
        Rollback strategy: per-host generation switch, by a guard on the host

        """.ReplaceLineEndings("\n")));

    [Test]
    public void Blocked_hosts_warnings_and_unguarded_hosts_are_told()
    {
        var text = PlanView.Write(PlanOf(Change(P620, 1) with { Guard = null, Generation = 12 }) with
        {
            Blocked =
            [
                new BlockedHost(Razer, new Problem("ND0401", "razer does not answer."), null),
                new BlockedHost(Samsung, new Problem("ND0402", "x"), Razer),
            ],
            Warnings = ["dependencies are overridden"],
        });
        Assert.That(text, Does.Contain("  - razer - BLOCKED, ND0401: razer does not answer.\n  - samsung - BLOCKED, waits for razer\n"));
        Assert.That(text, Does.Contain("Warning: dependencies are overridden\n"));
        Assert.That(text, Does.Contain("p620 - BACK TO GENERATION 12\n"));
        Assert.That(text, Does.Contain("Rollback strategy: none: the hosts are not guarded"));
    }

    [Test]
    public void A_plan_without_hosts_is_shown() => Assert.That(PlanView.Write(PlanOf()), Does.StartWith("Deployment Plan: 0 hosts\n"));

    [Test]
    public void The_console_gets_the_same_words_whatever_is_in_them()
    {
        var plan = Plan with { Reasons = [Hostile], Warnings = [Hostile], Stages = [Plan.Stages[0] with { Name = Hostile }, .. Plan.Stages[1..]] };
        var console = new TestConsole();
        console.Profile.Width = 500;
        var roles = new Dictionary<HostName, string?> { [P620] = Hostile };
        PlanView.Show(console, plan, roles);
        Assert.That(console.Output.ReplaceLineEndings("\n"), Is.EqualTo(PlanView.Write(plan, roles)));
        Assert.That(console.Output.Where(char.IsControl), Is.All.EqualTo('\n'));
        Assert.That(console.Output, Does.Contain("[red]x[/] [/]"));
    }
}
