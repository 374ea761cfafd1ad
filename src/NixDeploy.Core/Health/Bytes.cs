using System.Globalization;

namespace NixDeploy.Health;

/// <summary>Bytes for sentences.</summary>
internal static class Bytes
{
    /// <summary>Such as <c>512 MiB</c> or <c>0.5 MiB</c>.</summary>
    public static string Of(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB");
}
