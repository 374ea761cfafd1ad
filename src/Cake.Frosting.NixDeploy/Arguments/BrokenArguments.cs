using System.Collections.Immutable;
using Cake.Core.Diagnostics;
using NixDeploy;
using NixDeploy.Fleets;

namespace Cake.Frosting.NixDeploy;

/// <summary>Finds what Cake stops at with words and an exit code of its own: arguments of ours that end in <c>=</c>, and words without dashes.</summary>
internal static class BrokenArguments
{
    /// <summary>Cake's own arguments that take a value.</summary>
    private static readonly ImmutableArray<string> CakesOwn = ["--target", "-t", "--verbosity", "-v", "--working", "-w"];

    /// <exception cref="UsageException"><c>ND0201</c> for hosts without a value, <c>ND0211</c> for others without one or with a wrong one, <c>ND0210</c> for a word.</exception>
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

        foreach (var (name, value) in arguments.Zip(arguments.Skip(1).Append("-")).Select(Valued).Where(a => CakesOwn.Contains(a.Name)))
        {
            _ = value.Trim().Length == 0 ? throw new UsageException("ND0211", $"{name} has no value.")
                : name is "--working" or "-w" && !Directory.Exists(value) ? throw new UsageException("ND0211", $"{name}: there is no folder {Text.Quote(value)}.")
                : name is "--verbosity" or "-v" && !IsVerbosity(value) ? throw new UsageException("ND0211", $"{name}: invalid value {Text.Quote(value)}; expected {Text.OneOf(Verbosities)}{Text.DidYouMean(value, Verbosities)}.")
                : value;
        }
    }

    private static IReadOnlyList<string> Verbosities => [.. Enum.GetNames<Verbosity>().Select(n => n.ToLowerInvariant())];

    /// <summary>Cake takes the first letter too.</summary>
    private static bool IsVerbosity(string value) => Verbosities.Any(v => value.Equals(v, StringComparison.OrdinalIgnoreCase) || value.Equals(v[..1], StringComparison.OrdinalIgnoreCase));

    private static (string Name, string Value) Valued((string This, string Next) argument) => argument.This.Split('=', 2) is [var name, var value] ? (name, value)
        : (argument.This, IsOption(argument.Next) ? "" : argument.Next);

    private static bool IsOption(string argument) => argument.StartsWith('-');
}
