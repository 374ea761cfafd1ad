using System.Collections.Immutable;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Cake.Frosting.NixDeploy;

/// <summary>What <c>--help</c> shows, and a build that was told nothing: tasks, arguments, defaults and examples.</summary>
internal static partial class HelpPage
{
    private const string Program = "./build.sh";

    /// <summary>Writes the page of a task, or of all.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="build">The tasks.</param>
    /// <param name="task">The task; <see langword="null"/>: all.</param>
    /// <param name="whole">Whether the overview has the arguments too.</param>
    public static void Write(TextWriter output, BuildTasks build, string? task, bool whole)
    {
        if (task is not null)
        {
            output.WriteLine($"{task}: {build[task].Description ?? "no description"}");
            Table(output, "Arguments", ArgumentsOf(build.TypeOf(task)));
            Examples(output, build, [task]);
            return;
        }

        output.WriteLine($"{Program} --target=TASK [arguments]");
        Table(output, "Deployment tasks", [.. build.All.Where(t => build.IsOurs(t.Name)).Select(t => (t.Name, t.Description ?? ""))]);
        Table(output, "Tasks of this build", [.. build.All.Where(t => !build.IsOurs(t.Name)).Select(t => (t.Name, t.Description ?? ""))]);
        if (whole)
        {
            Table(output, "Arguments", [.. build.All.SelectMany(t => ArgumentsOf(build.TypeOf(t.Name))).DistinctBy(a => a.Name).OrderBy(a => a.Name, StringComparer.Ordinal)]);
        }

        Examples(output, build, [.. build.All.Select(t => t.Name)]);
        output.WriteLine();
        output.WriteLine(whole ? $"{Program} --help TASK shows the arguments of one task." : $"{Program} --help shows every argument, and {Program} --help TASK those of one task.");
        output.WriteLine("Several targets run in the order given; the first failure stops.");
    }

    private static ImmutableArray<(string Name, string Text)> ArgumentsOf(Type? task) => task is null ? []
        :
        [
            .. NixDeployTasks.All.Contains(task) ? Argument.Of(task).Select(a => Line(a.Name, a.Form, a.Description, a.Default)) : [],
            .. CommandLine.DeclaredBy(task).Select(a => Line(a.Name, a.Form, a.Description, a.Default)),
        ];

    private static (string Name, string Text) Line(string name, string form, string description, string standard) =>
        (Plain($"--{name}{(form.Length > 0 ? "=" + form : "")}"), Plain($"{description}{(standard.Length > 0 ? $"; default: {standard}" : "")}"));

    private static void Table(TextWriter output, string title, ImmutableArray<(string Name, string Text)> lines)
    {
        if (lines.IsEmpty)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine($"{title}:");
        var width = Math.Min(lines.Max(l => l.Name.Length), 30);
        foreach (var (name, text) in lines)
        {
            output.WriteLine($"  {name.PadRight(width)}  {text}");
        }
    }

    private static void Examples(TextWriter output, BuildTasks build, IEnumerable<string> tasks)
    {
        var examples = tasks.SelectMany(t => (build.TypeOf(t)?.GetCustomAttributes<TaskExampleAttribute>() ?? []).Select(e => $"{Program} --target={t} {e.Arguments}".TrimEnd())).ToList();
        if (examples.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Examples:");
            examples.ForEach(e => output.WriteLine($"  {e}"));
        }
    }

    /// <summary>Markdown as a terminal shows it.</summary>
    private static string Plain(string markdown) => Link().Replace(markdown, "$1").Replace("`", "", StringComparison.Ordinal).Replace("\\|", "|", StringComparison.Ordinal);

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();
}
