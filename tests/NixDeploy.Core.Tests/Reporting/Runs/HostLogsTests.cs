using Microsoft.Extensions.Time.Testing;
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

    [SetUp]
    public async Task Make()
    {
        folder = StateFolder.Open(path).Run(Sample.Run);
        await folder.CreateAsync(Sample.Plan, default);
    }

    [TearDown]
    public void Remove() => Directory.Delete(path, recursive: true);

    [Test]
    public async Task Lines_have_times_and_their_hosts_file()
    {
        await using (var logs = new HostLogs(folder, time))
        {
            await logs.AppendAsync(Sample.P620, "one");
            time.Advance(TimeSpan.FromSeconds(1.5));
            await logs.AppendAsync(Sample.P620, "two\nthree\r\n");
            Assert.That(logs.Offer(Sample.Razer, "\u001b[31mother"), Is.True);
        }

        Assert.That(Read(Sample.P620), Is.EqualTo(["2025-01-15T12:00:00.000Z one", "2025-01-15T12:00:01.500Z two", "2025-01-15T12:00:01.500Z three"]));
        Assert.That(Read(Sample.Razer), Is.EqualTo(["2025-01-15T12:00:01.500Z other"]));
        Assert.That(File.Exists(folder.LogOf(Sample.Samsung)), Is.False);
    }

    [Test]
    public async Task Lines_of_many_writers_stay_whole()
    {
        await using (var logs = new HostLogs(folder, time))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    await logs.AppendAsync(w % 2 == 0 ? Sample.P620 : Sample.Razer, $"{w} {i} {new string((char)('a' + w), 60)}");
                }
            })));
        }

        var lines = Read(Sample.P620).Concat(Read(Sample.Razer)).ToList();
        Assert.That(lines, Has.Count.EqualTo(8000));
        Assert.That(lines, Has.All.Matches(@"^\S+Z \d \d+ (.)\1{59}$"));
    }

    [Test]
    public async Task What_does_not_fit_is_counted_and_said()
    {
        var taken = 0;
        await using (var logs = new HostLogs(folder, time))
        {
            for (var i = 0; i < 100_000; i++)
            {
                taken += logs.Offer(Sample.P620, "x") ? 1 : 0;
            }
        }

        var lines = Read(Sample.P620);
        var said = lines.Where(l => l.Contains("dropped", StringComparison.Ordinal)).Sum(l => int.Parse(l.Split(' ')[2], null));
        Assert.That(lines.Count(l => l.EndsWith(" x", StringComparison.Ordinal)), Is.EqualTo(taken));
        Assert.That(taken + said, Is.EqualTo(100_000));
    }

    [Test]
    public async Task A_disk_that_fails_stops_nobody()
    {
        Directory.Delete(folder.Logs);
        var logs = new HostLogs(folder, time);
        for (var i = 0; i < 10_000; i++)
        {
            await logs.AppendAsync(Sample.P620, "x");
        }

        await logs.DisposeAsync();
        Assert.That(logs.Fault, Is.InstanceOf<IOException>());
        await logs.AppendAsync(Sample.P620, "after the end");
        Assert.That(logs.Offer(Sample.P620, "after the end"), Is.False);
    }

    private string[] Read(HostName host) => File.ReadAllLines(folder.LogOf(host));
}
