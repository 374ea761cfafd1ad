using System.Globalization;
using NixDeploy.Fleets;

namespace NixDeploy.Health;

/// <summary>The host is not much busier than before it was touched, and has not much less memory.</summary>
internal sealed class BaselineProbe(HealthCheck.Baseline check, HostBaseline? before) : IProbe
{
    public bool WantsWholeState => true;

    public async Task<Look> LookAsync(Round round, TimeSpan limit, CancellationToken cancellationToken)
    {
        var now = await round.StateAsync(cancellationToken);
        if (before is null)
        {
            return Look.Passed($"load {Load(now.Load)}, {Bytes.Of(now.MemoryAvailableBytes)} of memory available; nothing to compare with");
        }

        // An idle host has a load of next to nothing, and any multiple of that is nothing as well.
        var most = Math.Max(before.Load * check.MaxLoad, now.Processors);
        var least = (long)(before.MemoryAvailableBytes * check.MinMemory / 100);
        var seen = $"load {Load(now.Load)} (before {Load(before.Load)}), {Bytes.Of(now.MemoryAvailableBytes)} of memory available (before {Bytes.Of(before.MemoryAvailableBytes)})";
        return now.Load > most ? Look.Failed($"{seen}: at most a load of {Load(most)} is allowed")
            : now.MemoryAvailableBytes < least ? Look.Failed($"{seen}: at least {Bytes.Of(least)} of memory is needed")
            : Look.Passed(seen);
    }

    private static string Load(double load) => load.ToString("0.##", CultureInfo.InvariantCulture);
}
