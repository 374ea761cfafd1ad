using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Changes;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>A script's answer: lines of a key and values with tabs between them, from <c>nixdeploy-begin 1</c> to <c>nixdeploy-end</c>.</summary>
/// <remarks>
/// What stands around those is noise (banners, profile scripts). <see cref="ScriptText"/> has the form. Unknown keys are ignored.
/// </remarks>
internal sealed class HostAnswer
{
    /// <summary>The longest output that is still read, in bytes.</summary>
    internal const int LongestOutput = 16 * 1024 * 1024;

    private readonly HostName host;
    private readonly string script;
    private readonly ILookup<string, ImmutableArray<string>> lines;

    private HostAnswer(HostName host, string script, ILookup<string, ImmutableArray<string>> lines)
    {
        this.host = host;
        this.script = script;
        this.lines = lines;
    }

    /// <summary>Reads what a script wrote.</summary>
    /// <exception cref="HostException">It is no answer, or not a whole one.</exception>
    public static HostAnswer Parse(HostName host, string script, CommandResult result)
    {
        if (result.Output.Length > LongestOutput)
        {
            throw HostErrors.TooLong(host, $"during the script '{script}'");
        }

        var lines = ScriptText.Lines(Body(host, script, result)) ?? throw HostErrors.CutShort(host, script, result);
        return new HostAnswer(host, script, lines);
    }

    /// <summary>Everything behind the line that begins an answer.</summary>
    /// <exception cref="HostException">There is no such line.</exception>
    public static string Body(HostName host, string script, CommandResult result) =>
        ScriptText.Body(result.Output) ?? throw HostErrors.NoAnswer(host, script, result);

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

    /// <summary>The value of a key as an amount of bytes, up to an exbibyte, so that sums of some cannot overflow; <see langword="null"/> when there is none.</summary>
    /// <exception cref="HostException">It is negative or more.</exception>
    public long? Amount(string key) => Number(key) is not { } number ? null : number is >= 0 and <= 1L << 60 ? number : throw Malformed(key);

    /// <summary>The value of a key as a number of 32 bits; <see langword="null"/> when there is none.</summary>
    /// <exception cref="HostException">It is larger.</exception>
    public int? Integer(string key) => Text(key) is { Length: > 0 } text ? Integer(key, text) : null;

    /// <summary>A text as a number of 32 bits.</summary>
    /// <exception cref="HostException">It is none, or larger.</exception>
    public int Integer(string key, string text) => Whole(key, text) is >= int.MinValue and <= int.MaxValue and var number ? (int)number : throw Malformed(key);

    /// <summary>A text as a whole number.</summary>
    /// <exception cref="HostException">It is none.</exception>
    public long Whole(string key, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Malformed(key);

    /// <summary>The error for a line that does not say what it should.</summary>
    public HostException Malformed(string key) => HostErrors.Malformed(host, script, key);
}
