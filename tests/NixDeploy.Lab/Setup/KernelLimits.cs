using System.Globalization;

namespace NixDeploy.Labs.Setup;

/// <summary>What the kernel counts per user, and all hosts of all labs share: systemd alone needs several inotify instances on each.</summary>
internal static class KernelLimits
{
    private const string Instances = "/proc/sys/fs/inotify/max_user_instances";

    // Kernels come with 128, which a dozen hosts use up; then path units fail and sshd does not start.
    private const int Enough = 4096;

    /// <summary>Raises the limit where it is too low for many hosts. A small lab does without.</summary>
    public static async Task RaiseAsync(Action<string> log, CancellationToken ct)
    {
        var limit = int.Parse(await File.ReadAllTextAsync(Instances, ct), CultureInfo.InvariantCulture);
        if (limit >= Enough)
        {
            return;
        }

        try
        {
            await File.WriteAllTextAsync(Instances, Enough.ToString(CultureInfo.InvariantCulture), ct);
            log($"Raised fs.inotify.max_user_instances from {limit} to {Enough}, until the next boot of this machine: all hosts share it.");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            log($"fs.inotify.max_user_instances is {limit} and cannot be raised here; more than a dozen hosts may not start: {refused.Message}");
        }
    }
}
