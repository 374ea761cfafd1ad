namespace NixDeploy.Tests;

/// <summary>A folder of its own for a test, gone afterwards.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("nixdeploy-test-").FullName;

    public TestFolder(string name = "fleet") => FullName = Directory.CreateDirectory(Path.Combine(root, name)).FullName;

    public string FullName { get; }

    public string Write(string name, string text)
    {
        var path = Path.Combine(FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
