namespace NixDeploy.Planning;

/// <summary>What is done about hosts whose lock another run holds. By default they are refused at once.</summary>
public sealed record LockPolicy
{
    /// <summary>Refuses locked hosts at once.</summary>
    public static LockPolicy None { get; } = new();

    /// <summary>Whether such a lock is broken; never one under which a guard is at work, for it ends by itself. Default false.</summary>
    public bool Break { get; init; }

    /// <summary>How long a lock may take to come free, 0 or more. Default 0.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Whether a locked host may still be deployed.</summary>
    internal bool AllowsHeldLock => Break || Wait > TimeSpan.Zero;
}
