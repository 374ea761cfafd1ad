namespace NixDeploy.Tests.Reporting.Model;

/// <summary>
/// A page as it was last reviewed, in a file of the folder Golden. With NIXDEPLOY_REWRITE_GOLDEN=1 the tests write the files instead, for a
/// review of the difference.
/// </summary>
internal static class GoldenPage
{
    /// <summary>Compares a page, made of titled parts, with its file.</summary>
    public static void Matches(string name, IEnumerable<(string Title, string Text)> parts)
    {
        var page = string.Concat(parts.Select(p => $"====== {p.Title}\n{p.Text.TrimEnd('\n')}\n\n"));
        var file = Path.Combine(Repository.Root, "tests", "NixDeploy.Core.Tests", "Reporting", "Golden", name);
        if (Environment.GetEnvironmentVariable("NIXDEPLOY_REWRITE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, page);
        }

        Assert.That(page, Is.EqualTo(File.ReadAllText(file).ReplaceLineEndings("\n")), $"{name}: set NIXDEPLOY_REWRITE_GOLDEN=1 to rewrite it, and review the difference");
    }
}
