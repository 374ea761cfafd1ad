using System.Globalization;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;
using NixDeploy.Reporting.Plans;

namespace NixDeploy.Reporting.Runs;

/// <summary>One host in the report.</summary>
internal static class HostSection
{
    private const int LogLines = 20;

    /// <summary>Its heading, what changes, steps, checks, generation, status and problem.</summary>
    /// <param name="host">Where it stands.</param>
    /// <param name="plan">What was to happen to it; <see langword="null"/> when nothing was.</param>
    /// <param name="role">What it is for, where known.</param>
    public static IEnumerable<string> Lines(HostProgress host, HostPlan? plan, string? role) =>
    [
        $"### {StatusWords.Sign(host.Status)} {Markdown.Text(host.Host.Value)}{(role is null ? "" : $" ({Markdown.Text(role)})")}",
        "",
        .. plan?.Changes is { } changes ? [$"- Changes: {Markdown.Text(ChangeWords.Summary(changes))}"] : (string[])[],
        .. Steps(host),
        .. host.Checks.Select(c =>
            $"  - {Markdown.Text(c.Check)}: {(c.Passed ? "✅" : c.Measured ? "❌" : "❔ could not be measured:")}{(c.Detail is "" ? "" : $" {Markdown.Text(c.Detail)}")}"),
        .. host.DryRun is { } would ? [$"- An activation: {Markdown.Text(StatusWords.DryRun(would))}"] : (string[])[],
        .. Generation(host),
        $"- Status: {Status(host)}",
        .. host.Problem is { } problem && host.Status != HostStatus.Deployed ? Problem(problem) : [],
        "",
    ];

    private static string Status(HostProgress host) => StatusWords.Full(host, now: null) + host.Status switch
    {
        _ when host.Concluded is { } concluded => $": it {Markdown.Text(EventLines.Concluded(concluded))}, according to its record",
        HostStatus.RolledBack when host.RolledBackByReboot => ": by a reboot",
        HostStatus.RolledBack when host.RolledBackByGuard => ": by its guard",
        HostStatus.RolledBack when !host.FailedWhileDeploying => ": the run was rolled back",
        HostStatus.Deferred when host.Because is { } other => $": it waits for {Markdown.Text(other.Value)}, which is unreachable",
        HostStatus.Deferred => ": it is unreachable; the next run that reaches it deploys it",
        HostStatus.Blocked when host.Because is { } other => $": it waits for {Markdown.Text(other.Value)}",
        HostStatus.Blocked => ": nothing on it was changed",
        HostStatus.Unknown => ": its guard decides",
        _ => "",
    };

    private static IEnumerable<string> Steps(HostProgress host)
    {
        for (var i = 0; i < host.Timeline.Length; i++)
        {
            var (status, at) = host.Timeline[i];
            if (StepName(status, host) is not { } name)
            {
                continue;
            }

            (HostStatus Status, DateTimeOffset At)? next = i + 1 < host.Timeline.Length ? host.Timeline[i + 1] : null;
            var sign = next?.Status switch
            {
                null => "🔄",
                HostStatus.Failed or HostStatus.RollbackFailed or HostStatus.Unknown or HostStatus.Blocked => "❌",
                _ => "✅",
            };
            yield return $"- {name}... {sign}{(next is { } until ? $" ({Amounts.Duration(until.At - at)})" : "")}";
        }
    }

    private static string? StepName(HostStatus status, HostProgress host) => status switch
    {
        HostStatus.Building => "Building",
        HostStatus.Testing => "Tested without activation",
        HostStatus.Copying => host.CopiedBytes > 0 ? $"Copying ({Amounts.Size(host.CopiedBytes)})" : "Copying",
        HostStatus.Activating => "Switching on trial",
        HostStatus.Verifying => "Validating services",
        HostStatus.Committing => "Committing",
        HostStatus.Rebooting => "Rebooting",
        HostStatus.Baking => "Watching before the next stage",
        HostStatus.RollingBack => "Rolling back",
        _ => null,
    };

    private static IEnumerable<string> Generation(HostProgress host)
    {
        static string Show(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "unknown";

        if (host.Status is HostStatus.Deployed or HostStatus.NeedsReboot)
        {
            yield return $"- Generation: {Show(host.From.Generation)} → {Show(host.Generation)}";
        }
        else if (host.Generation is { } generation)
        {
            yield return $"- Generation: {generation}";
        }
    }

    private static IEnumerable<string> Problem(Problem problem) =>
    [
        $"- {problem.Code}: {Markdown.Text(problem.Message)}",
        .. problem.Log.OrEmpty().IsEmpty ? [] : (string[])["- The last lines of its log:", "", .. Markdown.Fence(problem.Log, "  "), ""],
        .. problem.Units.SelectMany(u => (string[])
        [
            $"- Unit {Markdown.Code(u.Unit)} failed{(u.Result is "" ? "" : $" ({Markdown.Text(u.Result)})")}{(u.Log.IsEmpty ? "" : "; the last lines of its log:")}",
            .. u.Log.IsEmpty ? [] : (string[])["", .. Markdown.Fence(u.Log.TakeLast(LogLines), "  "), ""],
        ]),
        .. problem.Command is { } command ? (string[])[$"- Recovery command: {Markdown.Code(command)}"] : [],
    ];
}
