using System.Collections.Immutable;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;

namespace NixDeploy.Hosts.Ssh;

/// <summary>What a line of known_hosts says of its key.</summary>
internal enum KnownHostsMark
{
    /// <summary>The host's key.</summary>
    None,

    /// <summary>A key that signs hosts' certificates (<c>@cert-authority</c>).</summary>
    CertAuthority,

    /// <summary>A key that is no longer valid (<c>@revoked</c>).</summary>
    Revoked,
}

/// <summary>One line of a known_hosts file.</summary>
/// <param name="File">The file, for messages.</param>
/// <param name="Number">Its number, for messages.</param>
/// <param name="Mark">What it says of the key.</param>
/// <param name="Patterns">The host names it is about: patterns with <c>*</c>, <c>?</c> and <c>!</c>, or one hashed name.</param>
/// <param name="Key">The key.</param>
internal sealed record KnownHostsLine(string File, int Number, KnownHostsMark Mark, ImmutableArray<string> Patterns, HostKey Key)
{
    private const string HashMagic = "|1|";

    /// <summary>Reads a line; <see langword="null"/> for blank lines, comments, and what is no line of known_hosts (as ssh does).</summary>
    public static KnownHostsLine? Parse(string file, int number, string text)
    {
        var words = text.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || words[0][0] == '#')
        {
            return null;
        }

        var mark = words[0] switch
        {
            "@cert-authority" => KnownHostsMark.CertAuthority,
            "@revoked" => KnownHostsMark.Revoked,
            _ => KnownHostsMark.None,
        };
        var rest = words.AsSpan(mark == KnownHostsMark.None ? 0 : 1);
        return rest.Length >= 3 && rest[0][0] != '@' && HostKey.FromWords(rest[1], rest[2]) is { } key
            ? new KnownHostsLine(file, number, mark, [.. rest[0].Split(',', StringSplitOptions.RemoveEmptyEntries)], key)
            : null;
    }

    /// <summary>Whether the line is about this name (lower case; <c>[name]:port</c> for other ports than 22).</summary>
    public bool Matches(string name)
    {
        var matched = false;
        foreach (var pattern in Patterns)
        {
            if (pattern.StartsWith(HashMagic, StringComparison.Ordinal))
            {
                matched |= MatchesHash(pattern, name);
            }
            else if (pattern[0] == '!')
            {
                if (MatchesPattern(pattern[1..], name))
                {
                    return false;
                }
            }
            else
            {
                matched |= MatchesPattern(pattern, name);
            }
        }

        return matched;
    }

    /// <summary>Whether a pattern of ssh (<c>*</c>, <c>?</c>) is about this name.</summary>
    public static bool MatchesPattern(string pattern, string name) =>
        // The file system's matcher takes a backslash as an escape, which ssh's does not have and no host name needs.
        !pattern.Contains('\\', StringComparison.Ordinal) && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true);

    private static bool MatchesHash(string pattern, string name)
    {
        var parts = pattern[HashMagic.Length..].Split('|');
        var salt = new byte[64];
        var hash = new byte[64];
        if (parts.Length != 2
            || !Convert.TryFromBase64String(parts[0], salt, out var saltLength)
            || !Convert.TryFromBase64String(parts[1], hash, out var hashLength))
        {
            return false;
        }

#pragma warning disable CA5350 // The file format hides names behind HMAC-SHA1; no trust is in it.
        var expected = HMACSHA1.HashData(salt.AsSpan(0, saltLength), Encoding.UTF8.GetBytes(name));
#pragma warning restore CA5350
        return expected.AsSpan().SequenceEqual(hash.AsSpan(0, hashLength));
    }
}
