using System.Globalization;

namespace NixDeploy.Health;

/// <summary>Durations for sentences.</summary>
internal static class Duration
{
    /// <summary>Such as <c>30 s</c> or <c>0.5 s</c>.</summary>
    public static string Of(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
