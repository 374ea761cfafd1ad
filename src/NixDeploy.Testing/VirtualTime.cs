namespace NixDeploy.Testing;

/// <summary>A clock that jumps to the next timer as soon as nothing else is left to do: hours of a deployment in milliseconds, always the same.</summary>
/// <remarks>
/// Time stands still while anything runs, on the thread that <see cref="Run{T}"/> is called on or in the thread pool (<c>ConfigureAwait(false)</c>,
/// <c>Task.Run</c>, channels). Threads of one's own and real I/O are not seen: time may jump ahead of them while a timer is pending.
/// </remarks>
public sealed class VirtualTime : TimeProvider
{
    private static readonly TimeSpan OutsideWork = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    private readonly Lock gate = new();
    private readonly PriorityQueue<(Timer Timer, int Version), (long Ticks, long Order)> timers = new();
    private readonly DateTimeOffset origin;
    private long elapsed;
    private long order;

    /// <summary>Creates a clock that stands still until something is run.</summary>
    /// <param name="start">What it shows first; the beginning of 2025 by default.</param>
    public VirtualTime(DateTimeOffset? start = null) => origin = start ?? new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => origin.AddTicks(Interlocked.Read(ref elapsed));

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref elapsed);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs work to its end on this thread and lets time jump whenever it waits.</summary>
    /// <exception cref="TimeoutException">It waits for something that no timer of this clock will bring.</exception>
    public T Run<T>(Func<Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var outer = SynchronizationContext.Current;
        var pool = new PoolWatch();
        using var loop = new Loop();
        SynchronizationContext.SetSynchronizationContext(loop);
        try
        {
            var task = work();
            while (!task.IsCompleted)
            {
                if (loop.RunOne(TimeSpan.Zero) || pool.IsBusy() || loop.RunOne(TimeSpan.Zero) || task.IsCompleted || FireNext())
                {
                    continue;
                }

                if (!SomethingComes(loop, task))
                {
                    throw new TimeoutException($"The work waits, no timer is pending, and nothing came from outside for {OutsideWork.TotalSeconds} s: a deadlock.");
                }
            }

            return task.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    /// <summary>Waits for work from outside: a thread that was not seen may still make a timer, which nobody announces.</summary>
    private bool SomethingComes(Loop loop, Task task)
    {
        var begun = System.GetTimestamp();
        while (System.GetElapsedTime(begun) < OutsideWork)
        {
            if (loop.RunOne(Glance) || task.IsCompleted || HasTimers())
            {
                return true;
            }
        }

        return false;
    }

    private bool HasTimers()
    {
        lock (gate)
        {
            return timers.Count > 0;
        }
    }

    private bool FireNext()
    {
        (Timer Timer, int Version) next;
        (long Ticks, long Order) due;
        lock (gate)
        {
            do
            {
                if (!timers.TryDequeue(out next, out due))
                {
                    return false;
                }
            }
            while (next.Timer.Version != next.Version);

            Interlocked.Exchange(ref elapsed, Math.Max(elapsed, due.Ticks));
        }

        next.Timer.Fire();
        return true;
    }

    private sealed class Timer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan repeat;

        /// <summary>Changes whenever the timer does; what was queued for an older version is void.</summary>
        public int Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.gate)
            {
                Version++;
                repeat = period;
                if (dueTime >= TimeSpan.Zero)
                {
                    time.timers.Enqueue((this, Version), (time.elapsed + dueTime.Ticks, time.order++));
                }

                return true;
            }
        }

        public void Fire()
        {
            if (repeat > TimeSpan.Zero)
            {
                Change(repeat, repeat);
            }

            callback(state);
        }

        public void Dispose()
        {
            lock (time.gate)
            {
                Version++;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Whether the thread pool still has work.</summary>
    private sealed class PoolWatch
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        private int others = Lasting();
        private long? busySince;
        private long completed;

        /// <summary>Whether it has more work than at the start; work that never ends counts as foreign after a while in which nothing else ended.</summary>
        public bool IsBusy()
        {
            if (ThreadPool.PendingWorkItemCount == 0 && Busy() is var now && now <= others)
            {
                // Foreign work that has ended since must not hide ours.
                (others, busySince) = (now, null);
                return false;
            }

            if (busySince is null)
            {
                (busySince, completed) = (System.GetTimestamp(), ThreadPool.CompletedWorkItemCount);
            }
            else if (System.GetElapsedTime(busySince.Value) > Patience)
            {
                // Much work is not endless work.
                others = ThreadPool.CompletedWorkItemCount == completed ? Busy() : others;
                busySince = null;
            }

            Thread.Yield();
            return true;
        }

        /// <summary>The current work without what is about to end: counted as foreign, that would hide as much of ours.</summary>
        private static int Lasting()
        {
            var begun = System.GetTimestamp();
            var least = Busy();
            while (least > 0 && System.GetElapsedTime(begun) < Glance)
            {
                Thread.Yield();
                least = Math.Min(least, Busy());
            }

            return least;
        }

        private static int Busy()
        {
            ThreadPool.GetMaxThreads(out var most, out _);
            ThreadPool.GetAvailableThreads(out var free, out _);
            return most - free;
        }
    }

    /// <summary>Continuations, one after the other, on the thread that runs the work.</summary>
    private sealed class Loop : SynchronizationContext, IDisposable
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> queue = new();
        private readonly SemaphoreSlim waiting = new(0);

        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (queue)
            {
                queue.Enqueue((d, state));
            }

            waiting.Release();
        }

        public override SynchronizationContext CreateCopy() => this;

        public bool RunOne(TimeSpan limit)
        {
            if (!waiting.Wait(limit))
            {
                return false;
            }

            (SendOrPostCallback Callback, object? State) next;
            lock (queue)
            {
                next = queue.Dequeue();
            }

            next.Callback(next.State);
            return true;
        }

        public void Dispose() => waiting.Dispose();
    }
}
