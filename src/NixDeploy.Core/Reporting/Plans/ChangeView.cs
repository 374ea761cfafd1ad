using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Reporting.Plans;

/// <summary>What changes on which host, in SPEC's words.</summary>
internal static class ChangeView
{
    /// <summary>As wide as SPEC's; a longer name takes what it needs.</summary>
    private const int NameColumn = 6;

    /// <summary>The most hosts that get a line each; those that have not changed go first from a longer list.</summary>
    private const int MostHosts = 20;

    /// <summary>The most blocks of details; hosts with the same changes share one.</summary>
    private const int MostBlocks = 20;

    /// <summary>A line for each host, the details of those that change, and the recommendation.</summary>
    public static IEnumerable<(Tone Tone, string Text)> Lines(DeploymentPlan plan)
    {
        var hosts = Hosts(plan).ToList();
        var shown = hosts.Count <= MostHosts ? hosts : [.. hosts.Where(h => h.Tone != Tone.Quiet).Take(MostHosts)];
        foreach (var line in shown.OrderBy(l => l.Host))
        {
            yield return (line.Tone, $"{$"{line.Host}:".PadRight(NameColumn)} {line.Text}");
        }

        if (shown.Count < hosts.Count)
        {
            yield return (Tone.Quiet, $"… and {Amounts.Number(hosts.Count - shown.Count)} more, {Amounts.Number(plan.Skipped.OrEmpty().Length)} of them UNCHANGED (skip deployment)");
        }

        yield return (Tone.Plain, "");
        var blocks = plan.Hosts.OrEmpty()
            .Where(h => h.Changes is not null)
            .Select(h => (h.Host, Lines: string.Join('\n', ChangeWords.Details(h.Changes!).Select(l => $"  - {l}"))))
            .GroupBy(h => h.Lines, h => h.Host, StringComparer.Ordinal)
            .ToList();
        foreach (var block in blocks.Take(MostBlocks))
        {
            yield return (Tone.Plain, $"{HostList.Few([.. block])}:");
            foreach (var line in block.Key.Split('\n'))
            {
                yield return (Tone.Plain, line);
            }

            yield return (Tone.Plain, "");
        }

        if (blocks.Count > MostBlocks)
        {
            yield return (Tone.Quiet, $"… and {Amounts.Count(blocks.Skip(MostBlocks).Sum(b => b.Count()), "host")} more; the plan as JSON has them all.");
            yield return (Tone.Plain, "");
        }

        yield return (Tone.Plain, $"Recommendation: {Recommendation(plan)}");
    }

    private static IEnumerable<(HostName Host, Tone Tone, string Text)> Hosts(DeploymentPlan plan) =>
    [
        .. plan.Hosts.OrEmpty().Select(h => (h.Host, Tone.Active, $"CHANGED ({(h.Changes is { } changes ? ChangeWords.Summary(changes) : "not compared")})")),
        .. plan.Skipped.OrEmpty().Select(h => (h.Host, Tone.Quiet, "UNCHANGED (skip deployment)")),
        .. plan.Unreachable.OrEmpty().Select(h => (h.Host, Tone.Warning, PlanWords.Why(h))),
        .. plan.Blocked.OrEmpty().Select(h => h.Because is { } other
            ? (h.Host, Tone.Bad, $"BLOCKED (waits for {other})")
            : (h.Host, Tone.Bad, $"UNKNOWN ({Printable.Line(h.Problem.ToString())})")),
    ];

    private static string Recommendation(DeploymentPlan plan)
    {
        var all = PlanWords.Hosts(plan);
        return plan.Hosts.OrEmpty().IsEmpty ? "Nothing to deploy"
            : plan.Hosts.OrEmpty().Length < all ? $"Deploy {Names(plan)} only"
            : all == 1 ? $"Deploy {plan.Hosts[0].Host}"
            : $"Deploy all {all} hosts";
    }

    /// <summary><c>p620 and razer</c>, <c>p510, p620 and razer</c>, <c>a, b, c and 7 more</c>.</summary>
    private static string Names(DeploymentPlan plan)
    {
        var names = plan.Hosts.OrEmpty().Select(h => h.Host).Order().ToList();
        return names.Count is > 1 and <= 4 ? $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}" : HostList.Few(names);
    }
}
