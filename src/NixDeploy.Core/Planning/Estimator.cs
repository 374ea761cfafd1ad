namespace NixDeploy.Planning;

/// <summary>How long the steps of a host will take: by its own last runs, by the fleet's, else by bytes and what is usual.</summary>
internal static class Estimator
{
    /// <summary>A slow uplink, or a fast one with a slow disk behind it.</summary>
    private const double BytesPerSecond = 10e6;

    private static readonly TimeSpan Build = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CopyLeast = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CopyUnknown = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Activate = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Commit = TimeSpan.FromSeconds(2);

    public static HostEstimate Of(HostChange change, TimeSpan window, DurationHistory history)
    {
        var own = history.Hosts.GetValueOrDefault(change.Host.Name)?.Steps ?? new StepDurations();
        var verify = own.Verify ?? window + Look;
        return new HostEstimate(
            BuildOf(change, own.Build ?? history.Fleet.Build),
            change.Generation is null ? own.Copy ?? CopyOf(change, history.Fleet.Copy) : CopyLeast,
            own.Activate ?? history.Fleet.Activate ?? Activate,
            // A window that was made longer since is waited for all the same.
            verify >= window ? verify : window + Look,
            own.Commit ?? history.Fleet.Commit ?? Commit,
            Measured: own.Activate is not null);
    }

    /// <summary>What was compared has been built.</summary>
    private static TimeSpan BuildOf(HostChange change, TimeSpan? seen) =>
        change.To.Derivation is null || change.Changes is not null ? TimeSpan.Zero : seen ?? Build;

    private static TimeSpan CopyOf(HostChange change, TimeSpan? seen) => change.Changes is { } changes
        ? CopyLeast + TimeSpan.FromSeconds(changes.BytesToCopy / BytesPerSecond)
        : seen ?? CopyUnknown;
}
