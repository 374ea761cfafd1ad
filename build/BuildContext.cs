using Cake.Common;
using Cake.Core;
using Cake.Core.IO;
using Cake.Frosting;

namespace Build;

/// <summary>What this repository's own tasks share.</summary>
public sealed class BuildContext : FrostingContext
{
    public BuildContext(ICakeContext context)
        : base(context)
    {
        BuildConfiguration = context.Argument("configuration", "Debug");
        Root = FindRoot();
    }

    /// <summary>The repository. The working directory is the user's: build.sh can be called from anywhere.</summary>
    public DirectoryPath Root { get; }

    public string BuildConfiguration { get; }

    public FilePath Solution => Root.CombineWithFilePath("DeploymentCoordinator.sln");

    public DirectoryPath Artifacts => Root.Combine("artifacts");

    private static DirectoryPath FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "DeploymentCoordinator.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"There is no DeploymentCoordinator.sln above {AppContext.BaseDirectory}.");
    }
}
