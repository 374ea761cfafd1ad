using System.Collections.Concurrent;
using NixDeploy.Fleets;
using Polly;
using Polly.Retry;

namespace NixDeploy.Hosts;

/// <summary>The one policy for trying again what has changed nothing on a host; never for an activation, a verdict or a reboot.</summary>
/// <remarks>Many hosts may have failed together, at one bastion, so the pauses are random: they do not come back together.</remarks>
internal sealed class RetryPolicy(TimeProvider time)
{
    private const int MostAgain = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);

    private readonly ConcurrentDictionary<HostName, int> counts = new();

    /// <summary>How often something of a host was tried again so far.</summary>
    public int CountOf(HostName host) => counts.GetValueOrDefault(host);

    /// <summary>Connects; a connection that was closed before its authentication is tried again for as long as <c>connect-timeout</c>.</summary>
    public Task<T> ConnectAsync<T>(Host host, Func<CancellationToken, Task<T>> connect, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        return RunAsync(host.Name, connect, e => e.IsTransient && time.GetElapsedTime(begun) < host.Target.ConnectTimeout, int.MaxValue, cancellationToken);
    }

    /// <summary>Does what may be done twice; when the connection is lost meanwhile, again over another, a few times.</summary>
    /// <param name="host">The host.</param>
    /// <param name="work">Opens a connection where none is open, and asks or copies over it.</param>
    /// <param name="isStale">Whether an error says no more than that the connection was old.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public Task<T> RepeatAsync<T>(Host host, Func<CancellationToken, Task<T>> work, Func<HostException, bool> isStale, CancellationToken cancellationToken)
    {
        var lost = false;
        return RunAsync(host.Name, work, IsTriedAgain, MostAgain, cancellationToken);

        // A host that was there a moment ago may not be reachable for another.
        bool IsTriedAgain(HostException error)
        {
            var isLoss = error.IsLoss || isStale(error);
            lost |= isLoss;
            return isLoss || (lost && HostException.MeansUnreachable(error.Code));
        }
    }

    private async Task<T> RunAsync<T>(HostName host, Func<CancellationToken, Task<T>> work, Func<HostException, bool> isTriedAgain, int most, CancellationToken cancellationToken)
    {
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle(isTriedAgain),
                MaxRetryAttempts = most,
                BackoffType = DelayBackoffType.Exponential,
                Delay = FirstPause,
                MaxDelay = LongestPause,
                UseJitter = true,
                OnRetry = _ =>
                {
                    counts.AddOrUpdate(host, 1, (_, count) => count + 1);
                    return default;
                },
            })
            .Build();
        return await pipeline.ExecuteAsync(async token => await work(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }
}
