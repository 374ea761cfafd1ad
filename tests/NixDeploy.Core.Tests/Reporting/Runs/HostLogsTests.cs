using Microsoft.Extensions.Time.Testing;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Reporting.Runs;
using NixDeploy.Tests.Journal;
using NixDeploy.Tests.Reporting.Model;

namespace NixDeploy.Tests.Reporting.Runs;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HostLogsTests
{
    private readonly string path = Directory.CreateTempSubdirectory("nixdeploy-").FullName;
    private readonly FakeTimeProvider time = new(Chain.Noon);
    private RunFolder folder = null!;
    private HostLogs logs = null!;

    [SetUp]
    public async Task Make()
    {
        folder = StateFolder.Open(path).Run(Sample.Run);
        await folder.CreateAsync(Sample.Plan, default);
        logs = new HostLogs(folder, time);
    }

    [TearDown]
    public void Remove() => Directory.Delete(path, recursive: true);

    [Test]
    public async Task Lines_have_times_and_their_hosts_file()
    {
        Say(Sample.P620, "one");
        time.Advance(TimeSpan.FromSeconds(1.5));
        Say(Sample.P620, "two\nthree\r\n");
        Say(Sample.Razer, "\u001b[31mother");
        await FrameAsync(new RecordedEvent(1, Chain.Noon.AddSeconds(1), new HostBuilt(Sample.P620), ""));

        Assert.That(
            Read(Sample.P620),
            Is.EqualTo(["2025-01-15T12:00:00.000Z one", "2025-01-15T12:00:01.000Z built", "2025-01-15T12:00:01.500Z two", "2025-01-15T12:00:01.500Z three"]));
        Assert.That(Read(Sample.Razer), Is.EqualTo(["2025-01-15T12:00:01.500Z other"]));
        Assert.That(File.Exists(folder.LogOf(Sample.Samsung)), Is.False);
    }

    [Test]
    public async Task Lines_of_many_writers_stay_whole()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                Say(w % 2 == 0 ? Sample.P620 : Sample.Razer, $"{w} {i} {new string((char)('a' + w), 60)}");
            }
        })));
        await FrameAsync();

        var lines = Read(Sample.P620).Concat(Read(Sample.Razer)).ToList();
        Assert.That(lines, Has.Count.EqualTo(8000));
        Assert.That(lines, Has.All.Matches(@"^\S+Z \d \d+ (.)\1{59}$"));
    }

    [Test]
    public async Task What_does_not_fit_is_counted_and_said()
    {
        foreach (var line in Enumerable.Repeat("x", 100_000))
        {
            Say(Sample.P620, line);
        }

        await FrameAsync();
        Say(Sample.P620, "y");
        await FrameAsync();

        var lines = Read(Sample.P620);
        var said = int.Parse(lines[^2].Split(' ')[2], null);
        Assert.That((lines[^2], lines[^1]), Is.EqualTo(($"2025-01-15T12:00:00.000Z … {said} lines dropped: they came faster than they could be written", "2025-01-15T12:00:00.000Z y")));
        Assert.That(lines.Count(l => l.EndsWith(" x", StringComparison.Ordinal)) + said, Is.EqualTo(100_000));
    }

    [Test]
    public void A_disk_that_fails_is_said()
    {
        Directory.Delete(folder.Logs);
        Say(Sample.P620, "x");
        Assert.That(() => FrameAsync(), Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0713"));
    }

    private void Say(HostName host, string text) => logs.Notice(new RunActivity(host, text));

    private Task FrameAsync(params RecordedEvent[] news) => logs.ObserveAsync(new RunFrame(RunState.Empty, [.. news], Ended: false));

    private string[] Read(HostName host) => File.ReadAllLines(folder.LogOf(host));
}
