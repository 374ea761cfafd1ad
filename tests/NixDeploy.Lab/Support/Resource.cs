namespace NixDeploy.Labs.Support;

/// <summary>The shell and Nix files embedded in this assembly, named by their path under Resources.</summary>
internal static class Resource
{
    public static IEnumerable<string> Under(string folder) =>
        typeof(Resource).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(folder + "/", StringComparison.Ordinal));

    public static string Read(string name)
    {
        using var stream = typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"There is no embedded file {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Writes every embedded file of a folder below <paramref name="target"/>.</summary>
    public static void WriteFolder(string folder, string target)
    {
        foreach (var name in Under(folder))
        {
            var path = Path.Combine(target, Path.GetRelativePath(folder, name));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, Read(name));
        }
    }
}
