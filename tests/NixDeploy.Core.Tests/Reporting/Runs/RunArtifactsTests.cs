using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Journal;
using NixDeploy.Reporting.Runs;
using NixDeploy.Tests.Journal;

namespace NixDeploy.Tests.Reporting.Runs;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RunArtifactsTests
{
    private readonly string path = Directory.CreateTempSubdirectory("nixdeploy-").FullName;
    private readonly FakeTimeProvider time = new(Chain.Noon);
    private readonly Channel<RecordedEvent> events = Channel.CreateUnbounded<RecordedEvent>();
    private RunFolder folder = null!;

    [SetUp]
    public async Task Make()
    {
        folder = StateFolder.Open(path).Run(Sample.Run);
        await folder.CreateAsync(Sample.Plan, default);
    }

    [TearDown]
    public void Remove() => Directory.Delete(path, recursive: true);

    [Test]
    public async Task The_files_are_complete_at_the_end()
    {
        await using (var logs = new HostLogs(folder, time))
        {
            await new RunArtifacts(folder, time, logs, Sample.Roles).FollowAsync(Sample.Stream(Sample.OneFailed));
        }

        Assert.That((string?)JObject.Parse(await File.ReadAllTextAsync(folder.Status))["outcome"], Is.EqualTo("failed"));
        Assert.That(await File.ReadAllTextAsync(folder.Report), Is.EqualTo(DeploymentReport.Write(Reducer.Fold(Sample.OneFailed), Sample.Roles)));
        var log = await File.ReadAllTextAsync(folder.LogOf(Sample.Razer));
        Assert.That(log, Does.Contain("FAILED: ND0504").And.Contain("    | bind: address in use").And.Contain("ROLLED BACK to generation 155"));
        Assert.That(log, Does.Not.Contain("p620"));
        Assert.That(Directory.GetFiles(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(["plan.json", "deployment-report.md", "deployment-status.json"]));
    }

    [Test]
    public async Task The_status_is_written_at_once_then_at_most_once_a_second_then_at_the_end()
    {
        var following = new RunArtifacts(folder, time).FollowAsync(events.Reader.ReadAllAsync());
        events.Writer.TryWrite(Sample.Succeeded[0]);
        await UntilAsync(() => Task.FromResult(File.Exists(folder.Status)));
        events.Writer.TryWrite(Sample.Succeeded[1]);
        Assert.That(Updated(), Is.EqualTo(Sample.Succeeded[0].At));

        await UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(Updated() == Sample.Succeeded[1].At);
        });
        Assert.That(File.Exists(folder.Report), Is.False);

        events.Writer.TryWrite(Sample.Succeeded[2]);
        events.Writer.Complete();
        await following;
        Assert.That(Updated(), Is.EqualTo(Sample.Succeeded[2].At));
        Assert.That(await File.ReadAllTextAsync(folder.Report), Does.Contain("The run has not ended"));
    }

    [Test]
    public async Task Files_are_complete_when_following_stops_early()
    {
        using var leave = new CancellationTokenSource();
        var following = new RunArtifacts(folder, time).FollowAsync(events.Reader.ReadAllAsync(), cancellationToken: leave.Token);
        events.Writer.TryWrite(Sample.Succeeded[0]);
        await UntilAsync(() => Task.FromResult(File.Exists(folder.Status)));
        await leave.CancelAsync();
        Assert.That(async () => await following, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(folder.Report), Is.True);
    }

    [Test]
    public async Task A_resumed_run_does_not_tell_the_logs_twice()
    {
        await using (var logs = new HostLogs(folder, time))
        {
            await new RunArtifacts(folder, time, logs).FollowAsync(Sample.Stream(Sample.Succeeded), logged: Sample.Succeeded.Length - 4);
        }

        Assert.That(File.Exists(folder.LogOf(Sample.P620)), Is.False);
        Assert.That(await File.ReadAllLinesAsync(folder.LogOf(Sample.Samsung)), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_folder_that_is_gone_is_told_at_the_end()
    {
        Directory.Delete(folder.Path, recursive: true);
        Assert.That(
            () => new RunArtifacts(folder, time).FollowAsync(Sample.Stream(Sample.Succeeded)),
            Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0713"));
    }

    private DateTimeOffset Updated() => JObject.Parse(File.ReadAllText(folder.Status))["updated-at"]!.ToObject<DateTimeOffset>();

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }
    }
}
