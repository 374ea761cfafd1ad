using NixDeploy.Events;
using NixDeploy.Journal;
using NixDeploy.Reporting.Runs;
using NixDeploy.Tests.Reporting.Model;

namespace NixDeploy.Tests.Runs;

/// <summary>What every observer does: it takes frames of any size and frames without news, and is complete once it has had the last one.</summary>
public abstract class ObserverContract
{
    private protected string Path { get; private set; } = "";

    private protected RunFolder Folder => StateFolder.Open(Path).Run(Sample.Run);

    [SetUp]
    public async Task CreateAsync()
    {
        Path = Directory.CreateTempSubdirectory("nixdeploy-").FullName;
        await Folder.CreateAsync(Sample.Plan, default);
    }

    [TearDown]
    public void Remove() => Directory.Delete(Path, recursive: true);

    private protected abstract IRunObserver Create();

    /// <summary>What the observer has made, without what depends on the time of observing.</summary>
    private protected abstract Task<string> MadeAsync();

    [Test]
    public async Task It_makes_the_same_of_one_frame_and_of_many()
    {
        await ObserveAsync(Sample.OneFailed.Length);
        var whole = await MadeAsync();
        Remove();
        await CreateAsync();
        await ObserveAsync(1);
        Assert.That(await MadeAsync(), Is.EqualTo(whole).And.Not.Empty);
    }

    [Test]
    public async Task It_takes_a_run_that_never_began() => await Create().ObserveAsync(new RunFrame(RunState.Empty, [], Ended: true));

    [Test]
    public async Task It_takes_activities_of_anybody()
    {
        var observer = Create();
        observer.Notice(new RunActivity(null, "evaluating"));
        observer.Notice(new RunActivity(Sample.Razer, "building\nfetching"));
        await observer.ObserveAsync(new RunFrame(Reducer.Fold(Sample.OneFailed), Sample.OneFailed, Ended: true));
        Assert.That(observer.Name, Is.Not.Empty);
    }

    private async Task ObserveAsync(int size)
    {
        var (observer, state) = (Create(), RunState.Empty);
        foreach (var news in Sample.OneFailed.Chunk(size))
        {
            state = news.Aggregate(state, Reducer.Apply);
            await observer.ObserveAsync(new RunFrame(state, [.. news], Ended: false));
            await observer.ObserveAsync(new RunFrame(state, [], Ended: false));
        }

        await observer.ObserveAsync(new RunFrame(state, [], Ended: true));
    }
}

internal sealed class RunArtifactsObserverTests : ObserverContract
{
    private protected override IRunObserver Create() => new RunArtifacts(Folder, TimeProvider.System);

    private protected override async Task<string> MadeAsync() => await File.ReadAllTextAsync(Folder.Report) + await File.ReadAllTextAsync(Folder.Status);
}

internal sealed class HostLogsObserverTests : ObserverContract
{
    private protected override IRunObserver Create() => new HostLogs(Folder, TimeProvider.System);

    private protected override async Task<string> MadeAsync() =>
        string.Join('\n', (await File.ReadAllLinesAsync(Folder.LogOf(Sample.Razer))).Select(l => l[l.IndexOf(' ')..]));
}
