namespace NixDeploy.Hosts.Ssh;

/// <summary>How many connections may be in the making at once, in the whole process.</summary>
/// <remarks>Key exchanges are work for both sides: a hundred at once on two cores lose some to sshd's own limits and timeouts.</remarks>
internal static class ConnectSlots
{
    private const int AtOnce = 16;

    private static readonly SemaphoreSlim Slots = new(AtOnce);

    /// <summary>Waits for a slot. The connect deadline begins after that.</summary>
    public static Task WaitAsync(CancellationToken cancellationToken) => Slots.WaitAsync(cancellationToken);

    /// <summary>Gives it back.</summary>
    public static void Release() => Slots.Release();
}
