using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>Refuses arguments that a task does not use: whoever gives one believes in something that does not happen.</summary>
internal static class TaskArguments
{
    /// <summary>Refuses all but some.</summary>
    /// <param name="tasks">The tasks, as a sentence names them.</param>
    /// <param name="given">The arguments that were given.</param>
    /// <param name="used">Those that the tasks use.</param>
    /// <exception cref="UsageException"><c>ND0212</c>.</exception>
    public static void Refuse(string tasks, IEnumerable<string> given, IEnumerable<string> used)
    {
        if (given.Except(used, StringComparer.OrdinalIgnoreCase).Select(a => $"--{a}").ToList() is { Count: > 0 } useless)
        {
            throw new UsageException("ND0212", $"{string.Join(", ", useless)} {(useless.Count == 1 ? "is" : "are")} not valid for {tasks}.");
        }
    }
}
