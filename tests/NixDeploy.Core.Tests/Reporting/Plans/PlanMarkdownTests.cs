using System.Collections.Immutable;
using CsCheck;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;
using NixDeploy.Reporting.Plans;
using NixDeploy.Tests.Planning;
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
            Warnings = ["nas was left out"],
            Origin = new PlanOrigin("./fleet", "p*,@client", "digest") { IncludesDependencies = true },
        };
        var page = PlanMarkdown.Write(plan, Roles);
        Assert.Multiple(() =>
        {
            foreach (var part in new[]
            {
                "# Deployment Plan: 5 hosts\n\n| | |\n| --- | --- |\n| Hosts | 3 changed, 1 unchanged, 1 blocked |\n| Estimated time | 3.5 minutes (from the last runs) |\n| Time saved | 65% vs sequential deployment |\n| Risk level | MEDIUM |\n",
                @"| Selection | p\*,\@client and what they depend on |",
                $"| Plan | `{plan.Hash}` |",
                "## Warnings\n\n- ⚠️ nas was left out",
                "## Why this strategy\n\n- the hosts are few",
                "## Risk: MEDIUM\n\n- p620 gets another kernel",
                "## Phase 1: 1 host\n\n- **p620 (monitoring server)** - CHANGED\n  - Risk MEDIUM: another kernel\n  - From `/nix/store/",
                "  <details><summary>kernel, 2 packages, 1 file</summary>\n",
                "  - Kernel: linux-6.6.1 → linux-6.6.2\n",
                "  - Packages:\n    - `htop` added 3.3\n    - `nginx` 1.24 → 1.26 (upgraded)\n",
                "    - changed `nginx/nginx.conf`\n",
                "    - restart `nginx.service`\n",
                "  - … and 1,200 more entries",
                "## Phase 2 (After p620, Parallel): 2 hosts",
                "- p510 (media server) - NO CHANGES (skip)",
                "## Blocked: 1 host\n\n- nas - BLOCKED, ND0401: nas does not answer.\n  - To mend it, type: `ssh nas`",
                "| razer | 10s | 20s | 30s | 1m 0s | 5s | 2m 5s | the last runs |\n",
                "| As planned | | | | | | 3m 30s | |",
                "## Dependencies\n\n```mermaid\nflowchart TD\n",
            })
            {
                Assert.That(page, Does.Contain(part));
            }
        });
    }

    [Test]
    public void The_fleets_own_dependencies_are_drawn_when_they_are_known()
    {
        var fleet = new Fleet("f", new FleetSettings(), new[]
        {
            new Host(P620), new Host(Razer) { Dependencies = [P510] }, new Host(P510) { Dependencies = [P620] }, new Host(Samsung),
        }.ToImmutableSortedDictionary(h => h.Name, h => h));
        Assert.That(PlanMarkdown.Write(Plan, Roles, fleet), Does.Contain("  n0 --> n2\n  n1 --> n0\n"));
    }

    [Test]
    public void Every_plan_has_a_page() => PlanGen.Plans.Sample(
        plan =>
        {
            var page = PlanMarkdown.Write(plan);
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
        Assert.That(PlanMarkdown.Write(plan), Does.Contain("<details><summary>Details</summary>"));
    }
}
