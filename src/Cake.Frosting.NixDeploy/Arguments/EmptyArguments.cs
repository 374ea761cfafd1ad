using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>Finds arguments of ours that end in <c>=</c>: Cake stops at them with words and an exit code of its own.</summary>
internal static class EmptyArguments
{
    /// <exception cref="UsageException"><c>ND0201</c> for hosts, <c>ND0211</c> for the others.</exception>
    public static void Refuse(IEnumerable<string> arguments)
    {
        foreach (var name in arguments.Where(a => a.StartsWith("--", StringComparison.Ordinal) && a.EndsWith('=')).Select(a => a[2..^1]))
        {
            throw name == "hosts"
                ? new UsageException("ND0201", "--hosts names nothing; leave it out for all hosts, or name some.")
                : new UsageException("ND0211", $"--{name} has no value.");
        }
    }
}
