using System.Collections.Immutable;
using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>An argument of the deployment tasks: what it is called, what its value looks like, what it is for, and which tasks use it.</summary>
/// <param name="Name">Its name, without dashes.</param>
/// <param name="Form">What its value looks like; empty for a flag.</param>
/// <param name="Description">What it means, in Markdown.</param>
/// <param name="Default">What holds where it is not given, in a few words of Markdown.</param>
/// <param name="Tasks">The tasks that use it; others refuse it.</param>
internal sealed record Argument(string Name, string Form, string Description, string Default, ImmutableArray<string> Tasks)
{
    /// <summary>Deployments of which the name says the strategy.</summary>
    private static readonly ImmutableArray<string> OfStrategy = ["BlueGreen", "Canary", "DeployAllParallel", "Rolling"];
    private static readonly ImmutableArray<string> OfAnyStrategy = ["DeployAll", "EmergencyDeploy", "Plan", "QuickAll", "QuickDeploy", "TestRollback"];
    private static readonly ImmutableArray<string> ForCanaries = [.. OfAnyStrategy, "Canary"];
    private static readonly ImmutableArray<string> Deployments = [.. OfAnyStrategy, .. OfStrategy];
    private static readonly ImmutableArray<string> Runs = [.. Deployments, "Rollback"];
    private static readonly ImmutableArray<string> OnHosts = [.. Runs, "HealthCheck", "Status", "TestAll", "Validate", "VerifyRollback"];
    private static readonly ImmutableArray<string> Answers = ["Approve", "Reject"];

    /// <summary>Whether it comes too late for a plan that is made.</summary>
    public bool ShapesPlan { get; init; }

    /// <summary>Whether it says how canaries are deployed.</summary>
    public bool IsForCanaries { get; init; }

    /// <summary>A name of an earlier version that is still read; <see langword="null"/>: none.</summary>
    public string? FormerName { get; init; }

    /// <summary>All of them, in the order in which they are documented.</summary>
    public static ImmutableArray<Argument> All { get; } =
    [
        new("fleet", "WHERE", "a folder with flake.nix or fleet.json, a .nix or .json file, or a flake reference", "the current folder; the demo in this repository's own root", [.. OnHosts, .. Answers]),
        new("hosts", "LIST", "names, globs (`web-*`), `@role`, `@tag`, `!exclude`, separated by commas", "every host; empty is an error", OnHosts) { ShapesPlan = true },
        new("hosts-file", "FILE", "the same in a file, one or several in a line; `#` begins a comment; together with `--hosts` it is one selection", "", OnHosts) { ShapesPlan = true },
        new("parallel", "", "short for `--strategy=parallel`", "", OfAnyStrategy) { ShapesPlan = true },
        new("sequential", "", "short for `--strategy=sequential`", "", OfAnyStrategy) { ShapesPlan = true },
        .. RequestOption.All.Select(Of),
        new("yes", "", "approves in advance whatever the run asks", "", Runs),
        new("run", "ID", "which run is approved or rejected", "the newest run", Answers),
        new("reason", "TEXT", "why the run is rejected", "", ["Reject"]),
        new("plan", "FILE", "a plan that `--json` wrote, deployed as it is; nothing that shapes a plan goes with it", "", ["DeployAll"]),
        new("generation", "N", "the generation to roll back to", "the newest earlier one with another system", ["Rollback"]),
        new("ask-hosts", "true\\|false", "whether hosts are looked at too", "true", ["Validate", "QuickAll"]),
        new("dry-run", "", "the plan only", "", [.. OnHosts, .. Answers]),
        new("json", "FILE", "the machine-readable [plan, result or status](json.md)", "", OnHosts),
        new("markdown", "FILE", "the whole plan as a Markdown page, before anything is deployed", "", Runs),
        new("graph", "FILE", "who waits for whom, as Graphviz (`.dot`, `.gv`) or Mermaid (`.mmd`, `.mermaid`) by the file's ending", "", Runs),
        new("state", "FOLDER", "where journals, reports and logs are kept", "the fleet's own folder in `~/.local/state/nixdeploy`", [.. OnHosts, .. Answers]),
    ];

    /// <summary>Their names.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(a => a.Name)];

    /// <summary>The argument of a name, its earlier name included; <see langword="null"/>: it is none of ours.</summary>
    public static Argument? Find(string name) => All.FirstOrDefault(a => name.Equals(a.Name, StringComparison.OrdinalIgnoreCase) || name.Equals(a.FormerName, StringComparison.OrdinalIgnoreCase));

    /// <summary>The arguments that one of our tasks uses.</summary>
    public static IEnumerable<Argument> Of(Type task) => All.Where(a => a.Tasks.Contains(TaskNames.Declared(task)));

    /// <summary>The table in docs/commands.md.</summary>
    public static string Table =>
        $"| argument | meaning | default | tasks |\n|---|---|---|---|\n{string.Concat(All.Select(a => $"| `--{a.Name}{(a.Form.Length > 0 ? "=" + a.Form : "")}` | {a.Description} | {a.Default} | {a.TasksText} |\n"))}";

    private string TasksText => Tasks.Length > OnHosts.Length ? "all"
        : Tasks.SequenceEqual(OnHosts) ? "all but Approve and Reject"
        : Tasks.Length < OfAnyStrategy.Length ? string.Join(", ", Tasks)
        : string.Join(", ", [Tasks.Contains("Rolling") ? "deployments" : "deployments whose name says no strategy", .. Tasks.Except(Tasks.Contains("Rolling") ? Deployments : OfAnyStrategy)]);

    private static Argument Of(RequestOption option) => new(
        option.Name,
        option is { IsFlag: true, Default: "" } ? "" : option.Form,
        option.Description,
        option.Default,
        [.. option.IsForCanaries ? ForCanaries : option.Name == "strategy" ? OfAnyStrategy : Deployments, .. option.IsForRollback ? ["Rollback"] : Array.Empty<string>()])
    {
        ShapesPlan = option.ShapesPlan,
        IsForCanaries = option.IsForCanaries,
        FormerName = option.FormerName,
    };
}
