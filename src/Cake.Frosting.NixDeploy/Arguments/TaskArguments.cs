using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>Refuses arguments that a task does not use: whoever gives one believes in something that does not happen.</summary>
internal static class TaskArguments
{
    /// <summary>Refuses what the one task that was asked for does not use. In a pipeline of several tasks an argument may be for any of them.</summary>
    /// <param name="task">The task that is about to run.</param>
    /// <param name="targets">The tasks that were asked for.</param>
    /// <param name="given">The arguments of ours that were given.</param>
    /// <exception cref="UsageException"><c>ND0212</c>.</exception>
    public static void Check(string task, IReadOnlyCollection<string> targets, IEnumerable<string> given)
    {
        if (targets.Count == 1 && targets.Contains(task, StringComparer.OrdinalIgnoreCase))
        {
            Refuse(task, given, Argument.All.Where(a => a.Tasks.Contains(task, StringComparer.OrdinalIgnoreCase)).Select(a => a.Name));
        }
    }

    /// <summary>Refuses all but some.</summary>
    /// <exception cref="UsageException"><c>ND0212</c>.</exception>
    public static void Refuse(string task, IEnumerable<string> given, IEnumerable<string> used)
    {
        if (given.Except(used, StringComparer.OrdinalIgnoreCase).Select(a => $"--{a}").ToList() is { Count: > 0 } useless)
        {
            throw new UsageException("ND0212", $"{string.Join(", ", useless)} {(useless.Count == 1 ? "is" : "are")} not valid for {task}.");
        }
    }
}
