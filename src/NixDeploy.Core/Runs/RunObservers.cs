using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;

namespace NixDeploy.Runs;

/// <summary>Has every observer of a run follow its log, each for itself: one that fails or hangs costs a warning, never the run.</summary>
internal sealed class RunObservers
{
    /// <summary>What an observer may lag behind before activities are dropped.</summary>
    private const int Room = 1024;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ImmutableArray<Follower> followers;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    /// <summary>Starts the observers.</summary>
    /// <param name="log">The run's log.</param>
    /// <param name="observers">The observers.</param>
    /// <param name="time">The clock of the frames.</param>
    /// <param name="logger">Where warnings go as soon as they are known.</param>
    public RunObservers(RunLog log, IEnumerable<IRunObserver> observers, TimeProvider time, ILogger logger)
    {
        (this.time, this.logger) = (time, logger);
        followers = [.. observers.Select(o => new Follower(o, log))];
    }

    /// <summary>Tells every observer what is being done; never waits, and drops what one has no room for.</summary>
    public void Notice(HostName? host, string text)
    {
        foreach (var follower in followers)
        {
            follower.Activities.Writer.TryWrite(new RunActivity(host, text));
        }
    }

    /// <summary>Waits until every observer has had its last frame. The run's log must be closed.</summary>
    /// <param name="deadline">How long one may take.</param>
    /// <returns>What went wrong, a warning for each observer with a problem.</returns>
    public async Task<ImmutableArray<Problem>> EndAsync(TimeSpan deadline)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        foreach (var (follower, problem) in await Task.WhenAll(followers.Select(async f => (f, await f.EndAsync(deadline, time).ConfigureAwait(false)))).ConfigureAwait(false))
        {
            if (problem is not null)
            {
                problems.Add(problem);
                logger.ObserverFailed(follower.Name, problem.Message);
            }
        }

        return problems.ToImmutable();
    }

    [SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "An observer that hangs may still look at its token.")]
    private sealed class Follower
    {
        private readonly CancellationTokenSource late = new();
        private readonly Task<Problem?> following;
        private readonly Task noticing;

        public Follower(IRunObserver observer, RunLog log)
        {
            Name = observer.Name;
            following = Task.Run(() => FollowAsync(observer, log));
            noticing = Task.Run(() => NoticeAsync(observer));
        }

        public string Name { get; }

        public Channel<RunActivity> Activities { get; } = Channel.CreateBounded<RunActivity>(
            new BoundedChannelOptions(Room) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

        /// <summary>An observer that hangs is left behind: it holds nothing of the run.</summary>
        public async Task<Problem?> EndAsync(TimeSpan deadline, TimeProvider time)
        {
            try
            {
                return await following.WaitAsync(deadline, time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return new Problem("ND0641", $"The observer {Name} did not end within {deadline.TotalSeconds:0} s of the run's end; what it writes or sends may be incomplete.");
            }
            finally
            {
                Activities.Writer.TryComplete();
                await late.CancelAsync().ConfigureAwait(false);
            }
        }

        private async Task<Problem?> FollowAsync(IRunObserver observer, RunLog log)
        {
            try
            {
                await foreach (var frame in log.FramesAsync(0, Period, late.Token).ConfigureAwait(false))
                {
                    if (frame.Ended)
                    {
                        // What was being done comes before the end.
                        Activities.Writer.TryComplete();
                        await noticing.ConfigureAwait(false);
                    }

                    await observer.ObserveAsync(frame, late.Token).ConfigureAwait(false);
                }

                return null;
            }
            catch (Exception e)
            {
                Activities.Writer.TryComplete();
                return new Problem("ND0640", $"The observer {Name} failed and is no longer told: {e.Message}");
            }
        }

        private async Task NoticeAsync(IRunObserver observer)
        {
            try
            {
                await foreach (var activity in Activities.Reader.ReadAllAsync(late.Token).ConfigureAwait(false))
                {
                    observer.Notice(activity);
                }
            }
            catch (Exception)
            {
                // Activities are lossy: an observer that fails with one gets no more of them, and its frames still.
                Activities.Writer.TryComplete();
            }
        }
    }
}
