using System.Collections.Immutable;
using System.Reflection;
using Cake.Core;
using NixDeploy;
using NixDeploy.Fleets;

namespace Cake.Frosting.NixDeploy;

/// <summary>Checks what was typed against the tasks that there are, before any of them runs.</summary>
/// <param name="build">The tasks.</param>
/// <param name="targets">What is to be run.</param>
/// <param name="arguments">What Cake was given.</param>
/// <param name="options">How our tasks were added.</param>
internal sealed class CommandLine(BuildTasks build, ImmutableArray<string> targets, ICakeArguments arguments, NixDeployTaskOptions options)
{
    /// <summary>Cake's target where none is given.</summary>
    private const string Default = "Default";

    private readonly ImmutableArray<string> given = [.. arguments.GetArguments().Keys.Where(k => !k.Equals("target", StringComparison.OrdinalIgnoreCase))];

    /// <summary>The help that is meant: what was asked for, or the overview where nothing was typed and there is no default task; else <see langword="null"/>.</summary>
    /// <exception cref="UsageException"><c>ND0216</c>: there is no such task.</exception>
    public HelpRequest? HelpFor(HelpRequest? asked)
    {
        if (asked?.Task is { } task)
        {
            return new HelpRequest(Known(task));
        }

        return asked ?? (given.IsEmpty && IsWithoutTarget ? new HelpRequest(null, IsWhole: false) : null);
    }

    /// <summary>Refuses targets that there are not, and arguments that are unknown or that no target uses.</summary>
    /// <returns>The targets, each once.</returns>
    /// <exception cref="UsageException"><c>ND0216</c>, <c>ND0210</c>, <c>ND0212</c>.</exception>
    public ImmutableArray<string> Check()
    {
        if (IsWithoutTarget)
        {
            throw new UsageException("ND0216", "No task is named: say what to do with --target=TASK, such as --target=Plan; --help lists the tasks.");
        }

        ImmutableArray<string> wanted = [.. targets.Select(Known).Distinct(StringComparer.OrdinalIgnoreCase)];
        var own = build.All.SelectMany(t => DeclaredBy(t.Name)).Select(a => a.Name).ToList();
        ArgumentNames.Check(given, [.. own, .. options.OtherArguments]);
        if (wanted.All(build.IsOurs))
        {
            var used = wanted.SelectMany(UsedBy);
            var known = given.Where(a => Argument.Find(a) is not null || own.Contains(a, StringComparer.OrdinalIgnoreCase)).Select(a => Argument.Find(a)?.Name ?? a);
            TaskArguments.Refuse(string.Join(" and ", wanted), known, used);
        }

        return wanted;
    }

    /// <summary>The arguments that a task's class declares.</summary>
    public static IEnumerable<TaskArgumentAttribute> DeclaredBy(Type? task) => task?.GetCustomAttributes<TaskArgumentAttribute>() ?? [];

    private bool IsWithoutTarget => targets is [Default] && !build.Has(Default);

    private IEnumerable<TaskArgumentAttribute> DeclaredBy(string task) => DeclaredBy(build.TypeOf(task));

    private IEnumerable<string> UsedBy(string task) => Argument.Of(build.TypeOf(task)!).Select(a => a.Name);

    private string Known(string target)
    {
        if (build.Has(target))
        {
            return target;
        }

        // A task that was renamed is also found by the name that it would have.
        var former = build.All.Where(t => build.TypeOf(t.Name) is not null).ToLookup(t => TaskNames.Declared(build.TypeOf(t.Name)!), t => t.Name, StringComparer.OrdinalIgnoreCase);
        var nearest = Text.Nearest(target, build.All.Select(t => t.Name).Concat(former.Select(f => f.Key)));
        nearest = nearest is null || build.Has(nearest) ? nearest : former[nearest].First();
        throw new UsageException("ND0216", $"There is no task {Text.Quote(target)}{(nearest is null ? "" : $" (did you mean {Text.Quote(nearest)}?)")}; the tasks are {string.Join(", ", build.All.Select(t => t.Name))}.");
    }
}
