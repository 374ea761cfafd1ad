using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace NixDeploy.Hosts.Ssh;

/// <summary>A public key as SSH writes it.</summary>
/// <param name="Type">Its type, such as <c>ssh-ed25519</c>: what the key itself says, whatever the line around it says.</param>
/// <param name="Blob">The key in SSH's wire format.</param>
internal sealed record HostKey(string Type, ReadOnlyMemory<byte> Blob)
{
    /// <summary>The fingerprint as <c>ssh-keygen -l</c> prints it.</summary>
    public string Fingerprint => "SHA256:" + Convert.ToBase64String(SHA256.HashData(Blob.Span)).TrimEnd('=');

    /// <summary>Reads a key in wire format.</summary>
    public static HostKey? FromBlob(ReadOnlyMemory<byte> blob)
    {
        if (blob.Length < 5)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(blob.Span);
        return length is > 0 and <= 64 && blob.Length > 4 + length
            ? new HostKey(Encoding.ASCII.GetString(blob.Span.Slice(4, (int)length)), blob)
            : null;
    }

    /// <summary>Reads <c>TYPE BASE64</c>, with a comment or without; <see langword="null"/> when it is no key.</summary>
    public static HostKey? Parse(string text)
    {
        var words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length >= 2 ? FromWords(words[0], words[1]) : null;
    }

    /// <summary>Makes a key from the two words of it; <see langword="null"/> when they are none, or do not belong together.</summary>
    public static HostKey? FromWords(string type, string base64)
    {
        var blob = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, blob, out var length) && FromBlob(blob.AsMemory(0, length)) is { } key && key.Type == type ? key : null;
    }

    public bool Equals(HostKey? other) => other is not null && Blob.Span.SequenceEqual(other.Blob.Span);

    public override int GetHashCode() => Convert.ToHexString(SHA256.HashData(Blob.Span)).GetHashCode(StringComparison.Ordinal);

    /// <summary>The key as known_hosts has it.</summary>
    public string ToLine() => $"{Type} {Convert.ToBase64String(Blob.Span)}";

    /// <summary>The key for people: type and fingerprint.</summary>
    public override string ToString() => $"{Type} {Fingerprint}";
}
