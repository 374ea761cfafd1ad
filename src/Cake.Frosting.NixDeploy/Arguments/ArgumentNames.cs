using System.Collections.Immutable;
using NixDeploy;
using NixDeploy.Fleets;

namespace Cake.Frosting.NixDeploy;

/// <summary>Which arguments there are: ours, Cake's, and those of a build's own tasks.</summary>
internal static class ArgumentNames
{
    /// <summary>What Cake itself takes.</summary>
    private static readonly ImmutableArray<string> CakesOwn =
    [
        "target", "t", "verbosity", "v", "exclusive", "e", "description", "showdescription", "tree", "showtree", "dryrun", "noop", "whatif",
        "help", "h", "version", "info", "working", "w", "configuration", "no-report", "rebuild", "recompile",
    ];

    /// <summary>How settings of Cake's configuration begin when they are given as arguments.</summary>
    private static readonly ImmutableArray<string> CakesSettings = ["settings_", "nuget_", "paths_"];

    /// <summary>Refuses unknown and misspelt arguments.</summary>
    /// <param name="given">The names that were typed.</param>
    /// <param name="own">Arguments of the build's own tasks.</param>
    /// <exception cref="UsageException"><c>ND0210</c>.</exception>
    public static void Check(IEnumerable<string> given, ImmutableArray<string> own)
    {
        ImmutableArray<string> shown = [.. Argument.Names, .. own.Distinct(StringComparer.OrdinalIgnoreCase)];
        var unknown = given.FirstOrDefault(name => Argument.Find(name) is null
            && !own.Contains(name, StringComparer.OrdinalIgnoreCase)
            && !CakesOwn.Contains(name, StringComparer.OrdinalIgnoreCase)
            && !CakesSettings.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));
        if (unknown is not null)
        {
            throw new UsageException("ND0210", $"There is no argument {Text.Quote("--" + unknown)}{Text.DidYouMean(unknown, shown)}; the arguments are {string.Join(", ", shown.Select(n => "--" + n))}.");
        }
    }
}
