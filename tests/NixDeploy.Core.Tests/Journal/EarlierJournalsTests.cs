using System.Runtime.CompilerServices;
using Dapper;
using Microsoft.Data.Sqlite;
using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Journal;
using NixDeploy.Reporting.Runs;

namespace NixDeploy.Tests.Journal;

/// <summary>Journals of every version that ever landed are read, verified, reported and continued: <c>Fixtures/</c> keeps some of each.</summary>
internal sealed class EarlierJournalsTests
{
    private const string SchemaOfVersion1 =
        """
        CREATE TABLE events (
          run TEXT NOT NULL, sequence INTEGER NOT NULL, at TEXT NOT NULL, type TEXT NOT NULL, event TEXT NOT NULL, hash TEXT NOT NULL,
          PRIMARY KEY (run, sequence)) STRICT;
        CREATE INDEX runs ON events (at) WHERE sequence = 1;
        CREATE INDEX ends ON events (run, sequence) WHERE type = 'run-finished';
        PRAGMA application_id = 1316504688;
        PRAGMA user_version = 1;
        """;

    private string folder = "";

    private static IEnumerable<string> Journals => Directory.GetFiles(Fixtures(), "*.jsonl").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    [SetUp]
    public void Create() => folder = Directory.CreateTempSubdirectory("nixdeploy-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [TestCaseSource(nameof(Journals))]
    public async Task A_journal_of_version_1_is_whole_and_means_what_it_meant(string name)
    {
        Import(name);
        await using var store = await SqliteStore.OpenAsync(folder, default);

        Assert.That((await AuditChain.VerifyAsync(store)).Broken, Is.Empty);
        foreach (var run in await store.RunsAsync(99, default))
        {
            var events = await store.ReadAsync(run.Run, 0, default).ToListAsync();
            Assert.That(events.Select(e => e.Event), Has.None.TypeOf<UnknownEvent>());
            var state = Reducer.Fold(events);
            Assert.That(state.Outcome is null, Is.EqualTo(name == "open"), "a run whose controller was killed");
            if (state.Outcome is not null)
            {
                AssertSame(JObject.Parse(await File.ReadAllTextAsync(Path.Combine(Fixtures(), $"{name}.{run.Run}.status.json"))), state);
            }

            Assert.That(run.Outcome, Is.EqualTo(state.Outcome));
            Assert.That(DeploymentReport.Write(state), Does.Contain(run.Run));
            Assert.That(events.SelectMany(e => EventLines.Of(e.Event)), Has.None.Property("Text").Contains("newer version"));
        }
    }

    [Test]
    public void Every_type_that_was_renamed_is_in_the_fixtures() => Assert.That(
        Upcasters.RenamedTypes.Keys.Except(Journals.SelectMany(Rows).Select(r => r.Type)), Is.Empty);

    [Test]
    public async Task A_journal_of_version_1_is_continued_and_keeps_its_text()
    {
        File.Copy(Path.Combine(Fixtures(), "unreachable.db"), Path.Combine(folder, SqliteStore.FileName));
        var before = Rows(folder, SqliteStore.FileName);
        RunSummary newest;
        await using (var store = await SqliteStore.OpenAsync(folder, default))
        {
            newest = (await store.RunsAsync(1, default))[0];
            var earlier = await store.ReadAsync(newest.Run, 0, default).ToListAsync();
            await using (var log = new RunLog(store, newest.Run, TimeProvider.System, earlier))
            {
                await log.AppendAsync(new HostConcluded(HostName.Parse("a"), Conclusion.RolledBack, TransactionReason.Deadline, null, 1, null));
            }

            Assert.That((await AuditChain.VerifyAsync(store)).Broken, Is.Empty);
        }

        var after = Rows(folder, SqliteStore.FileName);
        Assert.That(after.Where(r => r.Event.Contains("\"v\":2")), Has.Exactly(1).Items);
        Assert.That(after.Select(r => (r.Run, r.Sequence, r.At, r.Event, r.Hash)).Take(before.Count), Is.EqualTo(before.Select(r => (r.Run, r.Sequence, r.At, r.Event, r.Hash))));
    }

    [Test]
    public async Task What_was_deferred_and_how_long_steps_took_is_read_without_changing_a_journal_of_version_1()
    {
        var file = Path.Combine(folder, SqliteStore.FileName);
        Import("unreachable");
        var before = await File.ReadAllBytesAsync(file);
        var first = Rows("unreachable")[0];
        var fleet = (string)JObject.Parse(first.Event)["fleet"]!;
        Assert.That((await new SqliteStoreProvider(folder).DeferredAsync(fleet, default)).Select(d => d.Host.Value), Is.EqualTo(["b", "c"]));
        Assert.That((await new SqliteStoreProvider(folder).HistoryAsync(fleet, 5, default)).Hosts[HostName.Parse("d")].Steps.Activate, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(await File.ReadAllBytesAsync(file), Is.EqualTo(before));
    }

    /// <summary>What programs read of a run then and now, beside the names that have changed.</summary>
    private static void AssertSame(JObject then, RunState state)
    {
        var now = JObject.Parse(ResultJson.Write(state));
        Assert.That(Word((string?)now["outcome"]), Is.EqualTo(Word((string?)then["outcome"])));
        Assert.That(now["exit-code"], Is.EqualTo(then["exit-code"]));
        Assert.That(now["summary"]!.ToString(), Is.EqualTo(then["summary"]!.ToString()));
        Assert.That(((JObject)now["hosts"]!).Count, Is.EqualTo(((JObject)then["hosts"]!).Count));
        foreach (var (host, old) in (JObject)then["hosts"]!)
        {
            var here = now["hosts"]![host]!;
            (here["problem"] as JObject)?.Remove("log"); // which that version did not have
            Assert.That(Word((string?)here["status"]), Is.EqualTo(Word((string?)old!["status"])), host);
            foreach (var member in new[] { "generation", "from", "to", "problem", "checks", "started-at", "ended-at" })
            {
                Assert.That($"{here[member]}", Is.EqualTo($"{old[member]}"), $"{host}: {member}");
            }
        }
    }

    private static string? Word(string? word) => word switch
    {
        "needs-attention" => "manual-intervention-required",
        "trying" => "activating",
        _ => word,
    };

    private void Import(string name)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, SqliteStore.FileName)};Pooling=False");
        connection.Execute(SchemaOfVersion1);
        connection.Execute("INSERT INTO events (run, sequence, at, type, event, hash) VALUES (@Run, @Sequence, @At, @Type, @Event, @Hash)", Rows(name));
    }

    private static List<Row> Rows(string name) => [.. File.ReadLines(Path.Combine(Fixtures(), $"{name}.jsonl")).Select(l => JsonFormat.Read<Row>(l))];

    private static List<Row> Rows(string folder, string file)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, file)};Pooling=False");
        return connection.Query<Row>("SELECT run, sequence, at, type, event, hash FROM events ORDER BY rowid").AsList();
    }

    private static string Fixtures([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Fixtures", "v1");

    private sealed record Row(string Run, long Sequence, string At, string Type, string Event, string Hash);
}
