using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>The one place where values become shell text.</summary>
/// <remarks>
/// Single quotes take everything literally in every shell that an account may have (sh, fish, csh), except the single quote itself.
/// Two things have no spelling at all and are refused: NUL, and text that is no Unicode and would change on its way.
/// </remarks>
internal static class ShellQuoter
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // '=' is not among them: a first word a=b would be an assignment.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@+:,./-");

    /// <summary>The value as one word of a shell.</summary>
    /// <exception cref="HostException"><c>ND0503</c>: no shell can take this value.</exception>
    public static string Quote(string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
        {
            throw HostErrors.Unquotable($"{Text.Quote(value)} contains a NUL character, which no program can be given; remove it.");
        }

        try
        {
            _ = Strict.GetByteCount(value);
        }
        catch (EncoderFallbackException error)
        {
            throw HostErrors.Unquotable($"{Text.Quote(value)} is not valid Unicode, so it would reach the host as something else; correct it.", error);
        }

        return "'" + value.Replace("'", @"'\''", StringComparison.Ordinal) + "'";
    }

    /// <summary>A program and its arguments as a command line; words that need no quotes are left readable.</summary>
    public static string CommandLine(IEnumerable<string> words) =>
        string.Join(' ', words.Select(w => w.Length > 0 && !w.AsSpan().ContainsAnyExcept(Plain) ? w : Quote(w)));

    /// <summary>What <c>sh -s</c> reads: the arguments, then the script, and nothing after.</summary>
    /// <remarks>
    /// The script is one compound command that reads on to the end before anything else. So of a script that was cut on its way nothing
    /// runs, and no command is over while its input is still being sent: an end of input for what has ended breaks an SSH connection.
    /// </remarks>
    public static byte[] StandardInput(ShellScript script)
    {
        var text = new StringBuilder("set --");
        foreach (var argument in script.Arguments)
        {
            text.Append(' ').Append(Quote(argument));
        }

        text.Append("\n{ while read -r nothing; do :; done\n").Append(script.Text).Append("\n}\n");
        return Strict.GetBytes(text.ToString());
    }

    /// <summary>The constant program that reads a script, behind what makes the account root.</summary>
    public static ImmutableArray<string> ScriptReader(ImmutableArray<string> elevation) => [.. elevation, "sh", "-s"];
}
