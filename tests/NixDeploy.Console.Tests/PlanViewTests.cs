using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Terminal;
using Spectre.Console.Testing;
using static NixDeploy.Tests.Reporting.Model.Sample;

namespace NixDeploy.Tests.Terminal;

internal sealed class PlanViewTests
{
    [Test]
    public void A_plan_is_shown_as_specified() => Assert.That(PlanView.Write(Estimated, Roles), Is.EqualTo(
        """
        Deployment Plan: 4 hosts
        Phase 1:
          - p620 (monitoring server) - CHANGED
        Phase 2 (After p620, Parallel):
          - razer (mobile) - CHANGED, DEPENDS ON p620
          - samsung - CHANGED, DEPENDS ON p620
          - p510 (media server) - NO CHANGES (skip)

        p510:  UNCHANGED (skip deployment)
        p620:  CHANGED (not compared)
        razer: CHANGED (not compared)
        samsung: CHANGED (not compared)

        Recommendation: Deploy p620, razer and samsung only

        Estimated time: 3.5 minutes (from the last runs)
        Risk level: MEDIUM
          - p620 gets another kernel
        Rollback strategy: Per-host generation switch, by a guard on the host
        Time saved: 65% vs sequential deployment
        If a build fails: the other hosts are deployed
        Strategy: smart
          - the hosts are few and the change is small

        """.ReplaceLineEndings("\n")));

    [TestCase(false, "none needed: nothing is activated")]
    [TestCase(true, "Per-host generation switch, and another reboot into it")]
    public void The_rollback_of_hosts_that_boot_their_system_is_another_boot(bool reboots, string words)
    {
        var reboot = reboots ? new RebootPlan(RebootPolicy.Always, TimeSpan.FromMinutes(10)) : null;
        var plan = Plan with { Hosts = [.. Plan.Hosts.Select(h => h with { Mode = ActivationMode.Boot, Guard = null, Reboot = reboot })] };
        Assert.That(PlanView.Write(plan, Roles), Does.Contain($"Rollback strategy: {words}\n"));
    }

    [Test]
    public void Specs_own_plan_is_shown_in_its_own_words()
    {
        var plan = PlanOf(Change(P620, 245), Change(Samsung, 189), Change(Razer, 155, P620)) with { Skipped = Plan.Skipped };
        Assert.That(PlanView.Write(plan, Roles), Does.StartWith(
            """
            Deployment Plan: 4 hosts
            Phase 1 (Parallel):
              - p620 (monitoring server) - CHANGED
              - samsung - CHANGED
            Phase 2 (After p620):
              - razer (mobile) - CHANGED, DEPENDS ON p620
              - p510 (media server) - NO CHANGES (skip)

            p510:  UNCHANGED (skip deployment)
            p620:  CHANGED (not compared)
            razer: CHANGED (not compared)
            samsung: CHANGED (not compared)

            Recommendation: Deploy p620, razer and samsung only

            Risk level: LOW
            Rollback strategy: Per-host generation switch
            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void What_is_not_known_is_not_estimated() =>
        Assert.That(PlanView.Write(Plan), Does.Not.Contain("Estimated time").And.Not.Contain("Time saved"));

    [Test]
    public void Where_the_numbers_come_from_is_said()
    {
        var plan = Estimated;
        Assert.That(PlanView.Write(plan with { Hosts = [.. plan.Hosts.Select(h => h with { Estimate = h.Estimate with { Measured = false } })] }), Does.Contain("(from sizes and defaults)"));
        Assert.That(
            PlanView.Write(plan with { Hosts = plan.Hosts.SetItem(0, plan.Hosts[0] with { Estimate = plan.Hosts[0].Estimate with { Measured = false } }) }),
            Does.Contain("(from the last runs, and from sizes and defaults)"));
    }

    [Test]
    public void Long_lists_are_cut_and_counted()
    {
        var plan = Large(4000);
        var flat = plan with
        {
            Hosts = [.. plan.Hosts.Select(h => h with { After = [] })],
            Warnings = [.. Enumerable.Range(0, 30).Select(i => $"warning {i}")],
        };
        var text = PlanView.Write(flat);
        Assert.That(text.Split('\n'), Has.Length.LessThan(85));
        Assert.That(text, Does.Contain("  - host000019 - CHANGED\n  … and 3,980 more\n"));
        Assert.That(text, Does.Contain("Warning: warning 19\n  … and 10 more\n"));
        var chain = plan with { Hosts = [.. plan.Hosts.Select((h, i) => i == 0 ? h : h with { After = [plan.Hosts[i - 1].Host] })] };
        Assert.That(PlanView.Write(chain), Does.Contain("… and 3,980 more phases\n"));
        Assert.That(text, Does.Match("host000019: CHANGED .*\n… and 3,980 more"));
    }

    [Test]
    public void Arrays_that_nobody_has_set_are_empty()
    {
        var plan = new DeploymentPlan(DeploymentPlan.CurrentSchema, "own", default, new Limits(1, 1), FailureBudget.Default, default, default, default, default);
        Assert.That(PlanView.Write(plan with { Warnings = default, Bridges = default, Risk = new Risk(RiskLevel.High, default) }), Does.StartWith("Deployment Plan: 0 hosts\n"));
    }

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
        Assert.That(text, Does.Contain("p620 - ROLL BACK TO GENERATION 12\n"));
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
