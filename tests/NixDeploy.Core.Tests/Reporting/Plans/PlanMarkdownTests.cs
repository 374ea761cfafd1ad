using CsCheck;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;
using NixDeploy.Reporting.Plans;
using NixDeploy.Tests.Planning;
using NixDeploy.Tests.Reporting.Model;
using static NixDeploy.Tests.Reporting.Model.Sample;

namespace NixDeploy.Tests.Reporting.Plans;

internal sealed class PlanMarkdownTests
{
    [Test]
    public void The_page_has_everything()
    {
        var changes = new SystemChanges
        {
            Counts = new ChangeCounts { PackagesUpgraded = 1, PackagesAdded = 1, Etc = 1 },
            Kernel = new ValueChange("linux-6.6.1", "linux-6.6.2"),
            Packages = [new PackageChange("htop", PackageChangeKind.Added, [], ["3.3"]), new PackageChange("nginx", PackageChangeKind.Upgraded, ["1.24"], ["1.26"])],
            Etc = new ItemChanges { Changed = ["nginx/nginx.conf"] },
            DryActivation = new DryActivation { Restart = ["nginx.service"] },
            Omitted = 1200,
        };
        var plan = Estimated with
        {
            Hosts = Estimated.Hosts.SetItem(0, Estimated.Hosts[0] with { Changes = changes, Risk = new Risk(RiskLevel.Medium, ["another kernel"]) }),
            Blocked = [new BlockedHost(HostName.Parse("nas"), new Problem("ND0401", "nas does not answer.") { Command = "ssh nas" }, null)],
            Unreachable = [new UnreachableHost(HostName.Parse("laptop"), new Problem("ND0513", "laptop does not answer."), Deferred: true, null)],
            Warnings = ["nas is not selected"],
            Origin = new PlanOrigin("./fleet", "p*,@client", "digest") { IncludesDependencies = true },
        };
        GoldenPage.Matches("plan.md", [("a plan with everything", Write(plan, Roles))]);
    }

    [Test]
    public void The_fleets_own_dependencies_are_drawn_when_they_are_known()
    {
        var plan = Plan with
        {
            Hosts = [.. Plan.Hosts.Select(h => h with { Described = new Host(h.Host) { Dependencies = h.Host == Razer ? [P510] : [] } })],
            Others = [new OtherHost(P510, null, [P620]), new OtherHost(Samsung, null, [])],
        };
        Assert.That(Write(plan, Roles), Does.Contain("  n0 --> n2\n  n1 --> n0\n"));
    }

    [Test]
    public void Every_plan_has_a_page() => PlanGen.Plans.Sample(
        plan =>
        {
            var page = Write(plan);
            Assert.That(page.Where(char.IsControl), Is.All.EqualTo('\n'));
            Assert.That(plan.Hosts.Select(h => h.Host.Value).Concat(plan.Skipped.Select(s => s.Host.Value)).All(n => page.Contains(Markdown.Text(n), StringComparison.Ordinal)));
            Assert.That(page.Split("<details>"), Has.Length.EqualTo(1 + plan.Hosts.Count(h => h.Changes is not null)));
            Assert.That(page.Split("</details>"), Has.Length.EqualTo(page.Split("<details>").Length));
        },
        iter: 300);

    [Test]
    public void Arrays_that_nobody_has_set_are_empty()
    {
        var changes = new SystemChanges { Packages = default, Units = new ItemChanges { Added = default }, DryActivation = new DryActivation { Stop = default } };
        var plan = PlanOf(Change(P620, 1) with { After = default, Changes = changes, Risk = new Risk(RiskLevel.High, default) }) with { Warnings = default, Bridges = default, Skipped = default };
        Assert.That(Write(plan), Does.Contain("<details><summary>Details</summary>"));
    }

    private static string Write(DeploymentPlan plan, IReadOnlyDictionary<HostName, string?>? roles = null) => string.Concat(PlanMarkdown.Lines(plan, roles).Select(l => l + "\n"));
}
