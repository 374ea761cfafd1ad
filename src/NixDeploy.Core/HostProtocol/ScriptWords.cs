using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>What a script is told: words <c>key=value</c>, then <c>--</c> and a list. <c>read_values</c> in common.sh reads them.</summary>
internal static class ScriptWords
{
    private const string ListFollows = "--";

    /// <summary>The words of named values; a value that is <see langword="null"/> is not given.</summary>
    public static ImmutableArray<string> Of(params ReadOnlySpan<(string Key, string? Value)> values)
    {
        var words = ImmutableArray.CreateBuilder<string>(values.Length);
        foreach (var (key, value) in values)
        {
            if (value is not null)
            {
                words.Add($"{key}={value}");
            }
        }

        return words.ToImmutable();
    }

    /// <summary>The words that name a holding of the lock, and more values.</summary>
    public static ImmutableArray<string> Of(Transaction transaction, params ReadOnlySpan<(string Key, string? Value)> values) =>
        Of([("run", transaction.Run), ("fence", Number(transaction.Fence)), .. values]);

    /// <summary>The words of values, followed by a list.</summary>
    public static ImmutableArray<string> With(this ImmutableArray<string> values, IEnumerable<string> list) => [.. values, ListFollows, .. list];

    /// <summary>The words of values, followed by store paths.</summary>
    public static ImmutableArray<string> With(this ImmutableArray<string> values, ImmutableArray<StorePath> paths) => values.With(paths.Select(p => p.Value));

    /// <summary>The value of a key among the words; empty when it was not given.</summary>
    public static string Value(IEnumerable<string> words, string key) =>
        words.TakeWhile(w => w != ListFollows).FirstOrDefault(w => w.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..] ?? "";

    /// <summary>A number as scripts read it.</summary>
    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A span of time in whole seconds, at least one.</summary>
    public static string Seconds(TimeSpan time) => Number(Math.Max(1, (long)Math.Ceiling(time.TotalSeconds)));

    /// <summary>A mode of activation.</summary>
    public static string Word(ActivationMode mode) => mode switch
    {
        ActivationMode.Switch => "switch",
        ActivationMode.Boot => "boot",
        ActivationMode.Test => "test",
        _ => throw new ArgumentException($"An activation cannot {mode}.", nameof(mode)),
    };

    /// <summary>A value that is given as <c>yes</c>, or not at all.</summary>
    public static string? Flag(bool value) => value ? "yes" : null;

    /// <summary>A value for the files on the host, which have a line for each, without line breaks of its own.</summary>
    public static string Clean(string value) => string.Concat(value.Select(c => char.IsControl(c) ? '?' : c));
}
