using System.Globalization;
using NixDeploy.Fleets;

namespace NixDeploy.Health;

/// <summary>Load and available memory are within bounds, compared with before the deployment.</summary>
internal sealed class BaselineProbe(HealthCheck.Baseline check, HostBaseline? before) : IProbe
{
    public bool WantsWholeState => true;

    public async Task<ProbeResult> ProbeAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken)
    {
        var now = await round.StateAsync(cancellationToken);
        if (before is null)
        {
            return ProbeResult.Passed($"load {Load(now.Load)}, {Bytes.Of(now.MemoryAvailableBytes)} of memory available; nothing to compare with");
        }

        // The load of an idle host is almost zero, and so is any multiple of it.
        var most = Math.Max(before.Load * check.MaxLoad, now.Processors);
        var least = (long)(before.MemoryAvailableBytes * check.MinMemory / 100);
        var seen = $"load {Load(now.Load)} (before {Load(before.Load)}), {Bytes.Of(now.MemoryAvailableBytes)} of memory available (before {Bytes.Of(before.MemoryAvailableBytes)})";
        return now.Load > most ? ProbeResult.Failed($"{seen}: at most a load of {Load(most)} is allowed")
            : now.MemoryAvailableBytes < least ? ProbeResult.Failed($"{seen}: at least {Bytes.Of(least)} of memory is needed")
            : ProbeResult.Passed(seen);
    }

    private static string Load(double load) => load.ToString("0.##", CultureInfo.InvariantCulture);
}
