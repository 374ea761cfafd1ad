namespace NixDeploy.Nix;

/// <summary>The constant Nix functions that we evaluate with; values reach them as arguments only.</summary>
internal static class NixExpressions
{
    /// <summary>configurations → names.</summary>
    public static string Names { get; } = Load("names");

    /// <summary>{ names, systems } → configurations → a description of each.</summary>
    public static string Hosts { get; } = Load("hosts");

    /// <summary>attribute paths → root → the system at each.</summary>
    public static string Installables { get; } = Load("installables");

    /// <summary>file → configurations.</summary>
    public static string File { get; } = Load("file");

    private static string Load(string name)
    {
        using var stream = typeof(NixExpressions).Assembly.GetManifestResourceStream($"NixDeploy.Nix.Expressions.{name}.nix")
            ?? throw new InvalidOperationException($"The resource {name}.nix is missing.");
        using var reader = new StreamReader(stream);
        return $"({reader.ReadToEnd()})";
    }
}
