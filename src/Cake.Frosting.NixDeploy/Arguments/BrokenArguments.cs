using NixDeploy;
using NixDeploy.Fleets;

namespace Cake.Frosting.NixDeploy;

/// <summary>Finds what Cake stops at with words and an exit code of its own: arguments of ours that end in <c>=</c>, and words without dashes.</summary>
internal static class BrokenArguments
{
    /// <exception cref="UsageException"><c>ND0201</c> for hosts without a value, <c>ND0211</c> for others without one, <c>ND0210</c> for a word.</exception>
    public static void Refuse(IReadOnlyCollection<string> arguments)
    {
        // A word may be the value of the argument before it, as in --hosts razer.
        var before = "";
        foreach (var argument in arguments)
        {
            if (!IsOption(argument) && (!IsOption(before) || before.Contains('=', StringComparison.Ordinal)))
            {
                throw new UsageException("ND0210", $"{Text.Quote(argument)} is no argument: arguments begin with --, such as --target=Plan for a task and --hosts=NAME for a host.");
            }

            before = argument;
        }

        foreach (var name in arguments.Where(a => a.StartsWith("--", StringComparison.Ordinal) && a.EndsWith('=')).Select(a => a[2..^1]))
        {
            throw name == "hosts"
                ? new UsageException("ND0201", "--hosts names nothing; leave it out for all hosts, or name some.")
                : new UsageException("ND0211", $"--{name} has no value.");
        }
    }

    private static bool IsOption(string argument) => argument.StartsWith('-');
}
