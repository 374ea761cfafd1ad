using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Terminal;

/// <summary>A plan that was saved, <c>--plan=FILE</c>.</summary>
internal static class PlanFile
{
    /// <summary>Larger than the plan of any fleet.</summary>
    private const int MostBytes = 256 << 20;

    /// <summary>Reads the plan.</summary>
    /// <exception cref="UsageException"><c>ND0252</c>: the file cannot be read; <c>ND0250</c>: it is no plan.</exception>
    public static DeploymentPlan Read(string path)
    {
        try
        {
            return PlanJson.Read(GivenFile.ReadText(path, MostBytes), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException("ND0252", $"--plan={path} cannot be read: {e.Message}", e);
        }
    }
}
