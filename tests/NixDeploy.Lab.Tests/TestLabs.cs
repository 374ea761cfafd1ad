using System.Collections.Concurrent;
using System.Globalization;

namespace NixDeploy.Labs.Tests;

/// <summary>
/// The labs of this test run. A fixture has one to itself for as long as it runs, and leaves it to the next: so fixtures run side by
/// side, and there are as many labs as did at most. Where a lab cannot run, tests that need one are skipped with the reason, or fail
/// when NIXDEPLOY_LAB=required.
/// </summary>
public static class TestLabs
{
    public const int Hosts = 8;

    private const string Prefix = "test-";

    private static readonly string Run = Prefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    private static readonly ConcurrentBag<Lab> Free = [];
    private static readonly List<string> Directories = [];

    // What the machine lacks can be installed by one at a time only.
    private static readonly SemaphoreSlim BringingUp = new(1);

    /// <summary>A lab for one fixture, with the fleet of a new one, its hosts in any state. Calls Assert.Ignore (or fails, see above) where there can be none.</summary>
    public static async Task<Lab> TakeAsync()
    {
        try
        {
            return Free.TryTake(out var lab) ? lab : await BringUpAsync(options => options);
        }
        catch (LabUnavailableException reason) when (Environment.GetEnvironmentVariable("NIXDEPLOY_LAB") != "required")
        {
            Assert.Ignore(reason.Message);
            throw;
        }
    }

    /// <summary>A lab of two hosts that run NixOS's own switch-to-configuration, for one fixture. Calls Assert.Ignore where no file with it is given.</summary>
    public static async Task<Lab> TakeWithSwitchScriptAsync()
    {
        if (Environment.GetEnvironmentVariable("NIXDEPLOY_SWITCH_SCRIPT") is not { Length: > 0 } script)
        {
            Assert.Ignore("NIXDEPLOY_SWITCH_SCRIPT names no file with the switch-to-configuration.pl of a nixpkgs.");
            throw new InvalidOperationException();
        }

        return await BringUpAsync(options => options with { Hosts = 2, SwitchScript = script });
    }

    /// <summary>Leaves a lab, if there was one, to the next.</summary>
    public static void Return(Lab? lab)
    {
        if (lab is not null)
        {
            lab.ResetSystems();
            Free.Add(lab);
        }
    }

    public static Task TakeDownAsync() => Task.WhenAll(Directories.Select(directory => Lab.DownAsync(directory, Log, CancellationToken.None)));

    private static async Task<Lab> BringUpAsync(Func<LabOptions, LabOptions> change)
    {
        await BringingUp.WaitAsync();
        try
        {
            if (Directories.Count == 0)
            {
                await SweepAsync();
            }

            var options = change(new LabOptions { Name = $"{Run}-{Directories.Count + 1}", Hosts = Hosts });
            Directories.Add(options.Directory);
            return await Lab.UpAsync(options, Log, CancellationToken.None);
        }
        finally
        {
            BringingUp.Release();
        }
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
