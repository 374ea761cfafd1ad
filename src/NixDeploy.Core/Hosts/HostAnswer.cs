using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using NixDeploy.Fleets;

namespace NixDeploy.Hosts;

/// <summary>A script's answer: lines of a key and values with tabs between them, from <c>nixdeploy-begin 1</c> to <c>nixdeploy-end</c>.</summary>
/// <remarks>
/// What stands around those is noise (banners, profile scripts). In a value a tab is <c>\t</c>, a newline <c>\n</c> and a
/// backslash <c>\\</c>, so no unit name and no log line can be taken for a line of ours. Unknown keys are nobody's business.
/// </remarks>
internal sealed class HostAnswer
{
    /// <summary>The line that begins an answer.</summary>
    public const string Begin = "nixdeploy-begin 1";

    /// <summary>The line that ends it.</summary>
    public const string End = "nixdeploy-end";

    private const int LongestOutput = 16 * 1024 * 1024;

    private readonly HostName host;
    private readonly string script;
    private readonly ILookup<string, ImmutableArray<string>> lines;

    private HostAnswer(HostName host, string script, IEnumerable<string> lines)
    {
        this.host = host;
        this.script = script;
        this.lines = lines.Select(l => l.Split('\t')).ToLookup(f => f[0], f => f.Skip(1).Select(Unescape).ToImmutableArray());
    }

    /// <summary>Reads what a script wrote.</summary>
    /// <exception cref="HostException">It is no answer, or not a whole one.</exception>
    public static HostAnswer Parse(HostName host, string script, CommandResult result)
    {
        if (result.Output.Length > LongestOutput)
        {
            throw HostErrors.TooLong(host, script, result.Output.Length);
        }

        var body = Body(host, script, result).Split('\n');
        var end = Array.IndexOf(body, End);
        return end >= 0 ? new HostAnswer(host, script, body.Take(end)) : throw HostErrors.CutShort(host, script, result);
    }

    /// <summary>Everything behind the line that begins an answer.</summary>
    /// <exception cref="HostException">There is no such line.</exception>
    public static string Body(HostName host, string script, CommandResult result)
    {
        const string first = "\n" + Begin + "\n";
        var output = "\n" + result.Output;
        var start = output.IndexOf(first, StringComparison.Ordinal);
        return start >= 0 ? output[(start + first.Length)..] : throw HostErrors.NoAnswer(host, script, result);
    }

    /// <summary>The values of every line with this key, in order.</summary>
    public IEnumerable<ImmutableArray<string>> All(string key) => lines[key];

    /// <summary>The values of the first line with this key, as many as are wanted; <see langword="null"/> when there is none.</summary>
    /// <exception cref="HostException">It has fewer values.</exception>
    public ImmutableArray<string>? Find(string key, int values)
    {
        foreach (var found in lines[key])
        {
            return found.Length >= values ? found : throw Malformed(key);
        }

        return null;
    }

    /// <summary>The value of a key; empty when there is none.</summary>
    public string Text(string key) => Find(key, 1)?[0] ?? "";

    /// <summary>The value of a key as a store path; <see langword="null"/> when it is none.</summary>
    public StorePath? Path(string key) => StorePath.TryParse(Text(key), out var path) ? path : null;

    /// <summary>The value of a key as a number; <see langword="null"/> when there is none.</summary>
    public long? Number(string key) => Text(key) is { Length: > 0 } text ? Whole(key, text) : null;

    /// <summary>A text as a whole number.</summary>
    /// <exception cref="HostException">It is none.</exception>
    public long Whole(string key, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Malformed(key);

    /// <summary>The error for a line that does not say what it should.</summary>
    public HostException Malformed(string key) => HostErrors.Malformed(host, script, key);

    /// <summary>Undoes what the scripts do to a value; a backslash that escapes nothing is left as it is.</summary>
    public static string Unescape(string value)
    {
        if (!value.Contains('\\', StringComparison.Ordinal))
        {
            return value;
        }

        var text = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            char? escaped = value[i] == '\\' && i + 1 < value.Length
                ? value[i + 1] switch { 't' => '\t', 'n' => '\n', '\\' => '\\', _ => null }
                : null;
            text.Append(escaped ?? value[i]);
            i += escaped is null ? 0 : 1;
        }

        return text.ToString();
    }
}
