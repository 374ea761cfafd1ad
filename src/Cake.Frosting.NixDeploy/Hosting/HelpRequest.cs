namespace Cake.Frosting.NixDeploy;

/// <summary>That help is wanted, in place of a run.</summary>
/// <param name="Task">The task that it is about; <see langword="null"/>: all.</param>
/// <param name="IsWhole">Whether the page of all tasks has the arguments too.</param>
internal sealed record HelpRequest(string? Task, bool IsWhole = true)
{
    /// <summary>What was asked for; <see langword="null"/>: no help.</summary>
    /// <param name="arguments">What the program was given.</param>
    public static HelpRequest? From(IReadOnlyCollection<string> arguments)
    {
        string[] all = [.. arguments];
        var at = Array.FindIndex(all, a => a is "--help" or "-h" or "-?" || a.StartsWith("--help=", StringComparison.Ordinal));
        if (at < 0)
        {
            return null;
        }

        var task = all[at].Split('=', 2) is [_, { Length: > 0 } value] ? value
            : all.ElementAtOrDefault(at + 1) is { } word && !word.StartsWith('-') ? word
            : all.Select(a => a.Split('=', 2)).Where(p => p is ["--target" or "-t", { Length: > 0 }]).Select(p => p[1]).FirstOrDefault();
        return new HelpRequest(task);
    }
}
