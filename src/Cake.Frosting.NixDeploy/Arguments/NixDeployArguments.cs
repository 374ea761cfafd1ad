using System.Collections.Immutable;
using Cake.Core;
using NixDeploy;
using NixDeploy.Fleets.Description;
using NixDeploy.Fleets.Selection;
using NixDeploy.Terminal;

namespace Cake.Frosting.NixDeploy;

/// <summary>The deployment tasks' arguments, read and checked: an unknown or misspelt one is an error, never ignored.</summary>
public sealed record NixDeployArguments
{
    /// <summary>The fleet (<c>--fleet</c>); <see langword="null"/> when not given.</summary>
    public string? Fleet { get; private init; }

    /// <summary>The state folder (<c>--state</c>); <see langword="null"/> when not given.</summary>
    public string? State { get; private init; }

    /// <summary>The earlier generation that Rollback rolls back to (<c>--generation</c>), 1 or more; <see langword="null"/> when not given.</summary>
    public int? Generation { get; private init; }

    /// <summary>A plan that was written earlier and is to be deployed (<c>--plan</c>); <see langword="null"/> when not given.</summary>
    public string? PlanFile { get; private init; }

    /// <summary>The run that is meant (<c>--run</c>); <see langword="null"/> when not given.</summary>
    public string? Run { get; private init; }

    /// <summary>Why a run is rejected (<c>--reason</c>); empty when not given.</summary>
    public string Reason { get; private init; } = "";

    /// <summary>Whether a validation looks at hosts too (<c>--ask-hosts</c>). Default true.</summary>
    public bool AskHosts { get; private init; } = true;

    /// <summary>What is to be deployed, and how.</summary>
    public DeploymentRequest Request { get; private init; } = new();

    /// <summary>How it is shown.</summary>
    public ConsoleOptions Console { get; private init; } = new();

    /// <summary>What people should know although it is not wrong, such as the use of an argument's earlier name.</summary>
    public ImmutableArray<string> Notices { get; private init; } = [];

    /// <summary>The arguments of ours that are given, by name.</summary>
    internal ImmutableArray<string> Given { get; private init; } = [];

    /// <summary>Reads the arguments.</summary>
    /// <param name="arguments">What Cake was given.</param>
    /// <exception cref="UsageException">
    /// <c>ND0211</c> an invalid value, <c>ND0241</c> one that is out of range, <c>ND0212</c> two that exclude each other,
    /// <c>ND0205</c> a file of hosts that cannot be read.
    /// </exception>
    public static NixDeployArguments Read(ICakeArguments arguments)
    {
        var given = arguments.GetArguments().ToDictionary(a => a.Key, a => a.Value.ToImmutableArray(), StringComparer.OrdinalIgnoreCase);
        var renamed = Argument.All.Where(a => a.FormerName is { } former && given.ContainsKey(former)).ToList();
        foreach (var argument in renamed)
        {
            given.Remove(argument.FormerName!, out var values);
            given[argument.Name] = [.. given.GetValueOrDefault(argument.Name, []), .. values];
        }

        var reader = new ArgumentReader(given);
        var strategy = StrategyArguments.Read(reader);
        StrategyArguments.CheckPlan(reader);
        var read = new NixDeployArguments
        {
            Given = [.. Argument.Names.Where(given.ContainsKey)],
            Notices = [.. renamed.Select(a => $"--{a.FormerName} is read, but its name is --{a.Name} now.")],
            Fleet = reader.Value("fleet", "a folder, a file or a flake reference"),
            State = reader.Value("state", "a folder"),
            Generation = reader.Value("generation", Kind.Integer(1)),
            PlanFile = reader.File("plan"),
            AskHosts = reader.Value("ask-hosts", Kind.Flag()) ?? true,
            Run = reader.Value("run", "a run's id"),
            Reason = reader.Value("reason", "a few words") ?? "",
            Console = new ConsoleOptions
            {
                JsonFile = reader.File("json"),
                GraphFile = reader.File("graph", ".dot", ".gv", ".mmd", ".mermaid"),
                MarkdownFile = reader.File("markdown"),
                DryRun = reader.Flag("dry-run"),
                Yes = reader.Flag("yes"),
            },
            Request = RequestOption.All.Aggregate(new DeploymentRequest(), (request, option) => reader.Apply(option, request)) with
            {
                Hosts = reader.File("hosts-file") is { } file ? HostsFile.Join(reader.List("hosts"), file) : reader.List("hosts"),
                Strategy = strategy,
            },
        };
        read.Request.Validate();
        return read;
    }
}
