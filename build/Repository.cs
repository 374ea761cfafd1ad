using Cake.Core.IO;

namespace Build;

/// <summary>This repository's folders. The working directory is the user's: build.sh can be called from anywhere.</summary>
public sealed record Repository(DirectoryPath Root)
{
    private const string SolutionName = "DeploymentCoordinator.sln";

    public FilePath Solution => Root.CombineWithFilePath(SolutionName);

    public DirectoryPath Artifacts => Root.Combine("artifacts");

    /// <summary>
    /// The demo, for callers in this repository's own root; anywhere else the fleet is what is there, so that a wrong folder
    /// never turns green by deploying nothing real.
    /// </summary>
    public string? DemoFor(DirectoryPath caller) =>
        System.IO.Path.GetFullPath(caller.FullPath) == System.IO.Path.GetFullPath(Root.FullPath) ? Root.Combine("recipes/demo").FullPath : null;

    /// <summary>The one that this program was built in.</summary>
    public static Repository Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, SolutionName)))
            {
                return new Repository(folder.FullName);
            }
        }

        throw new InvalidOperationException($"There is no {SolutionName} above {AppContext.BaseDirectory}.");
    }
}
