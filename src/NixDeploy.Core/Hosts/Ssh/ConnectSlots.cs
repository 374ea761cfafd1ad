namespace NixDeploy.Hosts.Ssh;

/// <summary>Limits how many connections are opened at once, in the whole process.</summary>
/// <remarks>Key exchanges are work for both sides: a hundred at once on two cores lose some to sshd's own limits and timeouts.</remarks>
internal static class ConnectSlots
{
    private const int AtOnce = 16;

    private static readonly SemaphoreSlim Slots = new(AtOnce);

    /// <summary>Waits for a slot. The connect deadline begins after that.</summary>
    public static Task WaitAsync(CancellationToken cancellationToken) => Slots.WaitAsync(cancellationToken);

    /// <summary>Releases it.</summary>
    public static void Release() => Slots.Release();
}
