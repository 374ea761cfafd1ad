using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;

namespace NixDeploy.Runs;

/// <summary>The whole log of each build that failed, once however many hosts needed it: <c>deployment-logs/build-NAME.log</c>.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="read">Copies a derivation's log.</param>
internal sealed class BuildLogs(RunFolder folder, Func<string, Stream, CancellationToken, Task> read) : IRunObserver
{
    private readonly HashSet<string> written = [];

    /// <inheritdoc/>
    public string Name => "build logs";

    /// <inheritdoc/>
    public async Task ObserveAsync(RunFrame frame, CancellationToken cancellationToken = default)
    {
        var problems = frame.News.SelectMany(e => e.Event switch
        {
            RunStarted started => started.Plan.Blocked.Select(b => b.Problem),
            HostBlocked blocked => [blocked.Problem],
            _ => [],
        });
        foreach (var derivation in problems.Where(p => !p.Log.OrEmpty().IsEmpty).Select(p => p.Derivation).OfType<string>().Where(written.Add).ToList())
        {
            await using var file = PrivateFiles.Open(folder.BuildLogOf(derivation), FileMode.Create, FileAccess.Write, FileShare.Read);
            await read(derivation, file, cancellationToken).ConfigureAwait(false);
        }
    }
}
