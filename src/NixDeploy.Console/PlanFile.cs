using System.Text;
using NixDeploy.Planning;

namespace NixDeploy.Terminal;

/// <summary>A plan that was saved, <c>--plan=FILE</c>.</summary>
internal static class PlanFile
{
    /// <summary>Larger than the plan of any fleet.</summary>
    private const long MostBytes = 1 << 30;

    /// <summary>Reads the plan.</summary>
    /// <exception cref="UsageException"><c>ND0252</c>: the file cannot be read; <c>ND0250</c>: it is no plan.</exception>
    public static DeploymentPlan Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MostBytes })
            {
                throw new UsageException("ND0252", $"--plan={path} cannot be read: it is larger than {MostBytes >> 20} MiB, which no plan is.");
            }

            return PlanJson.Read(File.ReadAllText(path, Encoding.UTF8), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException("ND0252", $"--plan={path} cannot be read: {e.Message}", e);
        }
    }
}
