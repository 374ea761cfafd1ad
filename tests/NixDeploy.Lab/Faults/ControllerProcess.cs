using System.Diagnostics;
using System.Globalization;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Faults;

/// <summary>A controller in a process of its own, which can be killed as controllers are: this assembly's program.</summary>
public sealed class ControllerProcess : IAsyncDisposable
{
    private readonly Process process;

    private ControllerProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Starts it.</summary>
    /// <param name="fleet">Its fleet.</param>
    /// <param name="state">Its folder of runs.</param>
    /// <param name="gate">A file that it waits for once it has planned.</param>
    internal static ControllerProcess Start(string fleet, string state, string gate)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ControllerProcess).Assembly.Location, fleet, state, gate]) { RedirectStandardOutput = true };
        return new ControllerProcess(Process.Start(start)!);
    }

    /// <summary>SIGKILL: it ends where it is.</summary>
    public Task KillAsync(CancellationToken ct) => Tool.RunAsync("kill", ["-KILL", process.Id.ToString(CultureInfo.InvariantCulture)], ct);

    /// <summary>Waits until it has planned.</summary>
    public async Task PlannedAsync(CancellationToken ct) => await process.StandardOutput.ReadLineAsync(ct);

    /// <returns>What it said of its run: a line for each host, with its status and its problem.</returns>
    public Task<string> ResultAsync(CancellationToken ct) => process.StandardOutput.ReadToEndAsync(ct);

    /// <summary>Ends it, if it has not ended.</summary>
    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
