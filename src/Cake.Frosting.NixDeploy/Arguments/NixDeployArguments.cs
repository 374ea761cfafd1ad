using System.Collections.Immutable;
using System.Globalization;
using Cake.Core;
using NixDeploy;
using NixDeploy.Fleets;

namespace Cake.Frosting.NixDeploy;

/// <summary>The deployment tasks' arguments, read and checked: an unknown or misspelt one is an error, never ignored.</summary>
public sealed record NixDeployArguments
{
    /// <summary>What Cake itself takes.</summary>
    private static readonly ImmutableArray<string> CakesOwn =
    [
        "target", "t", "verbosity", "v", "exclusive", "e", "description", "showdescription", "tree", "showtree", "dryrun", "noop", "whatif",
        "help", "h", "version", "info", "working", "w", "configuration", "no-report", "rebuild", "recompile",
    ];

    /// <summary>How settings of Cake's configuration begin when they are given as arguments.</summary>
    private static readonly ImmutableArray<string> CakesSettings = ["settings_", "nuget_", "paths_"];

    private static readonly ImmutableArray<string> Ours =
    [
        "fleet", "state", "hosts", "strategy", "parallel", "sequential", "parallel-limit", "on-failure", "max-failures", "auto-rollback",
        "dry-run", "json", "generation",
    ];

    /// <summary>The fleet (<c>--fleet</c>); <see langword="null"/> when not given.</summary>
    public string? Fleet { get; private init; }

    /// <summary>The state folder (<c>--state</c>); <see langword="null"/> when not given.</summary>
    public string? State { get; private init; }

    /// <summary>The earlier generation to go back to (<c>--generation</c>), 1 or more; <see langword="null"/> when not given.</summary>
    public int? Generation { get; private init; }

    /// <summary>What is to be deployed, and how.</summary>
    public DeploymentRequest Request { get; private init; } = new();

    /// <summary>How it is shown.</summary>
    public ConsoleOptions Console { get; private init; } = new();

    /// <summary>Reads the arguments.</summary>
    /// <param name="arguments">What Cake was given.</param>
    /// <param name="others">Arguments of the build's own tasks.</param>
    /// <exception cref="UsageException"><c>ND0210</c> an unknown argument, <c>ND0211</c> a value that cannot be, <c>ND0212</c> two that exclude each other.</exception>
    public static NixDeployArguments Read(ICakeArguments arguments, IEnumerable<string> others)
    {
        var given = arguments.GetArguments().ToDictionary(a => a.Key, a => a.Value.ToImmutableArray(), StringComparer.OrdinalIgnoreCase);
        CheckNames(given.Keys, [.. Ours, .. CakesOwn, .. others]);
        var reader = new ArgumentReader(given);
        return new NixDeployArguments
        {
            Fleet = reader.Value("fleet", "a folder, a file or a flake reference"),
            State = reader.Value("state", "a folder"),
            Generation = reader.Number("generation", 1),
            Console = new ConsoleOptions { JsonFile = reader.Value("json", "a file"), DryRun = reader.Flag("dry-run") ?? false },
            Request = new DeploymentRequest
            {
                Hosts = reader.List("hosts"),
                Strategy = Strategy(reader),
                ParallelLimit = reader.Number("parallel-limit", 1),
                OnFailure = reader.Choice<OnFailure>("on-failure"),
                MaxFailures = reader.Value("max-failures", "a number of hosts or a share such as 10%") is { } text ? Budget(text) : null,
                AutoRollback = reader.Flag("auto-rollback"),
            },
        };
    }

    private static void CheckNames(IEnumerable<string> given, ImmutableArray<string> known)
    {
        var unknown = given.Where(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase)
            && !CakesSettings.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));
        foreach (var name in unknown)
        {
            throw new UsageException("ND0210", $"There is no argument --{name}{Text.DidYouMean(name, Ours)}; the arguments are {string.Join(", ", Ours.Select(o => "--" + o))}.");
        }
    }

    private static string? Strategy(ArgumentReader reader)
    {
        var wishes = new[]
        {
            (Argument: "--strategy", Strategy: reader.Value("strategy", "a strategy's name")),
            (Argument: "--parallel", Strategy: reader.Flag("parallel") is true ? "parallel" : null),
            (Argument: "--sequential", Strategy: reader.Flag("sequential") is true ? "sequential" : null),
        }.Where(w => w.Strategy is not null).ToList();
        return wishes.Select(w => w.Strategy).Distinct().Count() <= 1
            ? wishes.FirstOrDefault().Strategy
            : throw new UsageException("ND0212", $"{string.Join(" and ", wishes.Select(w => w.Argument))} ask for different strategies; give one of them.");
    }

    private static FailureBudget Budget(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return new FailureBudget(count, null);
        }

        return text.EndsWith('%') && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share <= 100
            ? new FailureBudget(null, share)
            : throw new UsageException("ND0211", $"--max-failures is '{text}', expected a number of hosts or a share from 0% to 100%.");
    }
}
