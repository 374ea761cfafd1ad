using System.Runtime.CompilerServices;

namespace NixDeploy.Tests.Fleets.Description;

/// <summary>Text of the repository that is made of declarations: compared with them, or written again when NIXDEPLOY_WRITE_DOCS is 1.</summary>
internal static class GeneratedText
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Compares a file with what it ought to be, or writes that.</summary>
    public static void Check(string path, Func<string, string> make)
    {
        var file = Path.Combine(Root, path);
        var text = File.ReadAllText(file);
        var expected = make(text);
        if (Environment.GetEnvironmentVariable("NIXDEPLOY_WRITE_DOCS") == "1")
        {
            File.WriteAllText(file, expected);
        }
        else
        {
            Assert.That(text, Is.EqualTo(expected), $"{path} is out of date; run the tests once with NIXDEPLOY_WRITE_DOCS=1.");
        }
    }

    /// <summary>The page with other text between two markers.</summary>
    public static string Between(string page, string name, string text)
    {
        var (begin, end) = ($"<!-- {name}: generated -->\n", $"<!-- /{name} -->");
        var from = page.IndexOf(begin, StringComparison.Ordinal);
        var to = page.IndexOf(end, StringComparison.Ordinal);
        Assert.That(from >= 0 && to > from, $"The page lacks the markers of {name}.");
        return page[..(from + begin.Length)] + text + page[to..];
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "DeploymentCoordinator.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? Path.GetFullPath("../../../..", Path.GetDirectoryName(here)!);
    }
}
