using Microsoft.Extensions.Time.Testing;
using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Journal;
using NixDeploy.Reporting.Runs;
using NixDeploy.Tests.Journal;
using NixDeploy.Tests.Reporting.Model;

namespace NixDeploy.Tests.Reporting.Runs;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RunArtifactsTests
{
    private readonly string path = Directory.CreateTempSubdirectory("nixdeploy-").FullName;
    private readonly FakeTimeProvider time = new(Chain.Noon);
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
        foreach (var observer in new IRunObserver[] { new HostLogs(folder, time), new RunArtifacts(folder, time, Sample.Roles) })
        {
            await observer.ObserveAsync(Frame(Sample.OneFailed, Sample.OneFailed.Length, ended: true));
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
        var artifacts = new RunArtifacts(folder, time);
        await artifacts.ObserveAsync(Frame(Sample.Succeeded, 1));
        await artifacts.ObserveAsync(Frame(Sample.Succeeded, 2));
        Assert.That(Updated(), Is.EqualTo(Sample.Succeeded[0].At));

        time.Advance(TimeSpan.FromSeconds(1));
        await artifacts.ObserveAsync(Frame(Sample.Succeeded, 2) with { News = [] });
        Assert.That(Updated(), Is.EqualTo(Sample.Succeeded[1].At), "though only time has passed");
        Assert.That(File.Exists(folder.Report), Is.False);

        await artifacts.ObserveAsync(Frame(Sample.Succeeded, 3, ended: true));
        Assert.That(Updated(), Is.EqualTo(Sample.Succeeded[2].At));
        Assert.That(await File.ReadAllTextAsync(folder.Report), Does.Contain("The run has not ended"));
    }

    [Test]
    public async Task A_folder_that_is_gone_is_said_at_the_end_only()
    {
        Directory.Delete(folder.Path, recursive: true);
        var artifacts = new RunArtifacts(folder, time);
        await artifacts.ObserveAsync(Frame(Sample.Succeeded, 1));
        Assert.That(
            () => artifacts.ObserveAsync(Frame(Sample.Succeeded, 2, ended: true)),
            Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0713"));
    }

    private static RunFrame Frame(IReadOnlyList<RecordedEvent> events, int count, bool ended = false) =>
        new(Reducer.Fold(events.Take(count)), [.. events.Take(count)], ended);

    private DateTimeOffset Updated() => JObject.Parse(File.ReadAllText(folder.Status))["updated-at"]!.ToObject<DateTimeOffset>();
}
