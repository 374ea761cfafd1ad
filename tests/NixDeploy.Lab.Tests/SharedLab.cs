using System.Globalization;

namespace NixDeploy.Labs.Tests;

/// <summary>
/// The one lab of this test run: brought up when the first test asks for it, taken down when the last has ended. Where a lab cannot
/// run, tests that need it are skipped with the reason, or fail when NIXDEPLOY_LAB=required.
/// </summary>
public static class SharedLab
{
    public const int Hosts = 8;

    private const string Prefix = "test-";

    private static readonly string Name = Prefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    private static readonly Lazy<Task<Lab>> Up = new(BringUpAsync);

    /// <summary>Calls Assert.Ignore (or fails, see above) where there can be no lab.</summary>
    public static async Task<Lab> GetAsync()
    {
        try
        {
            return await Up.Value;
        }
        catch (LabUnavailableException reason) when (Environment.GetEnvironmentVariable("NIXDEPLOY_LAB") != "required")
        {
            Assert.Ignore(reason.Message);
            throw;
        }
    }

    public static async Task TakeDownAsync()
    {
        if (Up.IsValueCreated)
        {
            await Lab.DownAsync(LabOptions.DefaultDirectory(Name), Log, CancellationToken.None);
        }
    }

    private static async Task<Lab> BringUpAsync()
    {
        await SweepAsync();
        return await Lab.UpAsync(new LabOptions { Name = Name, Hosts = Hosts }, Log, CancellationToken.None);
    }

    // Labs of test runs that were killed before they could clean up.
    private static async Task SweepAsync()
    {
        foreach (var directory in Lab.All())
        {
            var name = Path.GetFileName(directory);
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && !Directory.Exists($"/proc/{name.Split('-')[1]}"))
            {
                await Lab.DownAsync(directory, Log, CancellationToken.None);
            }
        }
    }

    private static void Log(string line) => TestContext.Progress.WriteLine(line);
}
