using System.Collections.Immutable;
using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>Which of our arguments each task heeds: whoever gives another one believes in something that does not happen.</summary>
internal static class TaskArguments
{
    /// <summary>A dry run changes nothing, and a task that cannot be one says so itself; likewise with a generation.</summary>
    private static readonly ImmutableArray<string> Answering = ["fleet", "state", "dry-run", "run"];

    private static readonly ImmutableArray<string> Looking = ["fleet", "state", "dry-run", "hosts", "hosts-file", "json"];

    private static readonly ImmutableArray<string> Running = [.. Looking, "generation", "break-lock", "wait-lock", "yes", "markdown", "graph"];

    private static readonly ImmutableArray<string> Deploying = [.. Running, .. StrategyArguments.Shaping];

    private static readonly ImmutableDictionary<string, ImmutableArray<string>> Heeded = new Dictionary<string, ImmutableArray<string>>
    {
        ["Approve"] = Answering,
        ["DeployAll"] = [.. Deploying, "plan"],
        ["EmergencyDeploy"] = Deploying,
        ["HealthCheck"] = Looking,
        ["Plan"] = Deploying,
        ["Reject"] = [.. Answering, "reason"],
        ["Rollback"] =
        [
            .. Running, "include-dependencies", "parallel-limit", "copy-limit", "tag-limits", "on-failure", "max-failures", "auto-rollback", "health-window", "mode", "reboot",
        ],
        ["Status"] = Looking,
        ["TestRollback"] = Deploying,
        ["Validate"] = [.. Looking, "ask-hosts"],
        ["VerifyRollback"] = [.. Looking, "generation"],
    }.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Refuses what a task that was asked for has no use for. In a pipeline, where other tasks run too, an argument may be for one of those.</summary>
    /// <param name="task">The task that is about to run.</param>
    /// <param name="targets">The tasks that were asked for.</param>
    /// <param name="given">The arguments of ours that were given.</param>
    /// <exception cref="UsageException"><c>ND0212</c>.</exception>
    public static void Check(string task, IReadOnlyCollection<string> targets, IEnumerable<string> given)
    {
        if (targets.Count == 1 && targets.Contains(task, StringComparer.OrdinalIgnoreCase))
        {
            Refuse(task, given, Heeded[task]);
        }
    }

    /// <summary>Refuses all but some.</summary>
    /// <exception cref="UsageException"><c>ND0212</c>.</exception>
    public static void Refuse(string task, IEnumerable<string> given, IEnumerable<string> heeded)
    {
        if (given.Except(heeded, StringComparer.OrdinalIgnoreCase).Select(a => $"--{a}").ToList() is { Count: > 0 } useless)
        {
            throw new UsageException("ND0212", $"{task} has no use for {string.Join(", ", useless)}: leave {(useless.Count == 1 ? "it" : "them")} out.");
        }
    }
}
