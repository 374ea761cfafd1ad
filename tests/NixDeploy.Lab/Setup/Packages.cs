using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Setup;

/// <summary>Installs Debian packages that are missing, and says so; services among them are not started.</summary>
internal static class Packages
{
    private const string Policy = "/usr/sbin/policy-rc.d";

    /// <param name="whose">Who needs them, for sentences.</param>
    /// <param name="needed">A program that shows that a package is there, and the package.</param>
    /// <param name="log">Called with what is installed.</param>
    /// <param name="ct">Cancels the installation.</param>
    /// <exception cref="LabUnavailableException">They cannot be installed.</exception>
    public static async Task EnsureAsync(string whose, IEnumerable<(string Program, string Package)> needed, Action<string> log, CancellationToken ct)
    {
        string[] missing = [.. needed.Where(need => !Tool.Exists(need.Program)).Select(need => need.Package)];
        if (missing.Length == 0)
        {
            return;
        }

        log($"{whose} needs {string.Join(", ", missing)}: installing with apt-get.");
        try
        {
            await Tool.RunAsync("apt-get", ["-q", "update"], ct);
            await WithoutServicesAsync(() => Tool.RunAsync(
                "env",
                [
                    "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qy", "-o", "DPkg::Lock::Timeout=120",
                    "install", "--no-install-recommends", .. missing,
                ],
                ct));
        }
        catch (LabCommandException failure)
        {
            throw new LabUnavailableException($"{whose} needs {string.Join(", ", missing)}, and installing them failed: {failure.Message}");
        }
    }

    /// <summary>Debian asks this file before it starts a service that it has just installed; 101 is no.</summary>
    private static async Task WithoutServicesAsync(Func<Task> install)
    {
        if (File.Exists(Policy))
        {
            await install();
            return;
        }

        await File.WriteAllTextAsync(Policy, "#!/bin/sh\nexit 101\n");
        await Tool.RunAsync("chmod", ["755", Policy], CancellationToken.None);
        try
        {
            await install();
        }
        finally
        {
            File.Delete(Policy);
        }
    }
}
