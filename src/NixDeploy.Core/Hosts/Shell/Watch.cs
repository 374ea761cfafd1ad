namespace NixDeploy.Hosts.Shell;

/// <summary>Ends an operation at its deadline or when its caller cancels, and knows afterwards which of the two it was.</summary>
/// <remarks>A peer that is frozen says nothing and breaks nothing, so nothing on a host is awaited without one of these.</remarks>
internal sealed class Watch : IDisposable
{
    private readonly CancellationTokenSource timer;
    private readonly CancellationTokenSource either;
    private readonly CancellationToken caller;
    private readonly Func<Exception?, HostException> expired;
    private readonly bool pushable;

    private Watch(TimeSpan limit, bool pushable, TimeProvider time, Func<Exception?, HostException> expired, CancellationToken caller)
    {
        Limit = limit;
        Time = time;
        this.pushable = pushable;
        this.expired = expired;
        this.caller = caller;
        timer = new CancellationTokenSource(limit, time);
        either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, caller);
    }

    /// <summary>The time that was given.</summary>
    public TimeSpan Limit { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Cancelled at the deadline or by the caller.</summary>
    public CancellationToken Token => either.Token;

    /// <summary>Watches an operation that must end within so long, whatever it does.</summary>
    public static Watch Deadline(TimeSpan limit, TimeProvider time, Func<Exception?, HostException> expired, CancellationToken caller) =>
        new(limit, pushable: false, time, expired, caller);

    /// <summary>Watches an operation that may take as long as it likes while its input is taken.</summary>
    public static Watch Silence(TimeSpan limit, TimeProvider time, Func<Exception?, HostException> expired, CancellationToken caller) =>
        new(limit, pushable: true, time, expired, caller);

    /// <summary>Some of the input was taken. What the other side prints is no progress: it may print for ever.</summary>
    public void Progress()
    {
        if (pushable && !timer.IsCancellationRequested)
        {
            timer.CancelAfter(Limit);
        }
    }

    /// <summary>Why <see cref="Token"/> was cancelled, as the exception to throw.</summary>
    public Exception Reason(Exception? inner = null) =>
        caller.IsCancellationRequested ? new OperationCanceledException(caller) : expired(inner);

    public void Dispose()
    {
        either.Dispose();
        timer.Dispose();
    }
}
