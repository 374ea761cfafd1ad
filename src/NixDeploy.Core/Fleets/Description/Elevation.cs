using System.Buffers;
using System.Collections.Immutable;

namespace NixDeploy.Fleets.Description;

/// <summary>Which elevations would read a password where our scripts are: the lines of a script would be tried as passwords, until the account is locked.</summary>
internal static class Elevation
{
    /// <summary>Options of sudo that take the next word, or the rest of their own, as their value.</summary>
    private static readonly SearchValues<char> WithValue = SearchValues.Create("CDghpRrTtUu");

    private static readonly ImmutableArray<string> LongWithValue =
        ["chdir", "chroot", "close-from", "command-timeout", "group", "host", "other-user", "prompt", "role", "type", "user"];

    private static readonly ImmutableArray<string> Sudo = ["sudo", "sudo-rs", "dzdo"];
    private static readonly ImmutableArray<string> AlwaysAsking = ["su", "ksu"];

    /// <summary>The word that makes the command read a password from its standard input; <see langword="null"/>: none does.</summary>
    public static string? ReadsPassword(ImmutableArray<string> command)
    {
        for (var i = 0; i < command.Length; i++)
        {
            var program = command[i][(command[i].LastIndexOf('/') + 1)..];
            if (AlwaysAsking.Contains(program) && command.Take(i).All(IsBeforeProgram))
            {
                return command[i];
            }

            if (Sudo.Contains(program) && OptionForInput(command.AsSpan()[(i + 1)..]) is { } option)
            {
                return option;
            }
        }

        return null;

        // Behind another program it may be a word like any other, such as a user's name.
        bool IsBeforeProgram(string word) => word.StartsWith('-') || word.Contains('=', StringComparison.Ordinal) || word is "env" or "nice" or "exec" || Sudo.Contains(word);
    }

    private static string? OptionForInput(ReadOnlySpan<string> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            if (word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2)
            {
                // sudo takes any beginning of a long option that is no other's.
                if (word.Length >= "--st".Length && "--stdin".StartsWith(word, StringComparison.Ordinal))
                {
                    return word;
                }

                i += LongWithValue.Contains(word[2..]) ? 1 : 0;
            }
            else if (word.StartsWith('-') && word != "--")
            {
                var value = word.AsSpan(1).IndexOfAny(WithValue);
                if (word.AsSpan(1, value < 0 ? word.Length - 1 : value).Contains('S'))
                {
                    return word;
                }

                i += value == word.Length - 2 ? 1 : 0;
            }
            else if (!word.Contains('=', StringComparison.Ordinal))
            {
                return null;
            }
        }

        return null;
    }
}
