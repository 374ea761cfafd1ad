using System.Security.Cryptography;
using System.Text;

namespace NixDeploy.Fleets;

/// <summary>Tells whether a value is still what it was.</summary>
internal static class Digest
{
    /// <summary>The first 64 bits of SHA-256 over the value's JSON, lower-case hex.</summary>
    public static string Of(object value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonFormat.Write(value))).AsSpan(0, 8));
}
