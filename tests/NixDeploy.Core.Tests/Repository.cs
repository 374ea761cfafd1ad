namespace NixDeploy.Tests;

/// <summary>The repository that the tests were built in.</summary>
internal static class Repository
{
    /// <summary>The folder of DeploymentCoordinator.sln.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DeploymentCoordinator.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("DeploymentCoordinator.sln is in none of the folders above the tests.");
        }

        return folder.FullName;
    }
}
