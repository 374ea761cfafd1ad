using System.Runtime.Versioning;
using Dapper;
using Microsoft.Data.Sqlite;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Planning;
using NixDeploy.Tests.Planning;

namespace NixDeploy.Tests.Journal;

internal sealed class SqliteStoreTests : DeploymentStoreContract
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"nixdeploy-{Guid.NewGuid():N}");

    private string File => Path.Combine(folder, SqliteStore.FileName);

    protected override async Task<IDeploymentStore> OpenAsync() => await SqliteStore.OpenAsync(folder, default);

    [TearDown]
    public void Remove()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task What_was_appended_is_there_after_closing()
    {
        var events = Chain.Of(new HostBuilt(HostName.Parse("a")));
        await using (var store = await OpenAsync())
        {
            await store.AppendAsync("r", events, default);
        }

        await using var again = await OpenAsync();
        Assert.That((await again.RunsAsync(9, default)).Select(r => r.Run), Is.EqualTo(["r"]));
    }

    [Test]
    public async Task Reading_history_creates_and_changes_nothing()
    {
        Assert.That(await new SqliteStoreProvider(folder).HistoryAsync("f", 5, default), Is.SameAs(DurationHistory.Empty));
        Assert.That(Directory.Exists(folder), Is.False);
        Directory.CreateDirectory(folder);
        Assert.That(await new SqliteStoreProvider(folder).HistoryAsync("f", 5, default), Is.SameAs(DurationHistory.Empty));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.Empty);

        var host = HostName.Parse("a");
        await using (var store = await OpenAsync())
        {
            await store.AppendAsync("r", Chain.Of(new RunStarted("r", "c", "f", PlanGen.One()), new CopyStarted(host), new HostCopied(host, 1, 1, 1)), default);
            Assert.That((await new SqliteStoreProvider(folder).HistoryAsync("f", 5, default)).Hosts.Keys, Is.EqualTo([host]), "while another has it open");
        }

        var before = Listing();
        var history = await new SqliteStoreProvider(folder).HistoryAsync("f", 5, default);
        Assert.That(history.Hosts[host].Steps.Copy, Is.EqualTo(TimeSpan.FromSeconds(1) + TimeSpan.FromTicks(1)));
        Assert.That(Listing(), Is.EqualTo(before).And.Length.EqualTo(1));

        (string, DateTime, long)[] Listing() => [.. new DirectoryInfo(folder).GetFiles().Select(f => (f.Name, f.LastWriteTimeUtc, f.Length))];
    }

    [Test]
    public async Task A_file_that_is_no_journal_is_said_when_history_is_read()
    {
        Directory.CreateDirectory(folder);
        await System.IO.File.WriteAllTextAsync(File, "");
        Assert.That(await new SqliteStoreProvider(folder).HistoryAsync("f", 5, default), Is.SameAs(DurationHistory.Empty));
        await System.IO.File.WriteAllTextAsync(File, new string('x', 5000));
        Assert.That(() => new SqliteStoreProvider(folder).HistoryAsync("f", 5, default), Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0711"));
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_can_read_the_files()
    {
        await using var store = await OpenAsync();
        await store.AppendAsync("r", Chain.Of(new StopRequested()), default);
        Assert.That(new DirectoryInfo(folder).UnixFileMode, Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        var files = Directory.GetFiles(folder);
        Assert.That(files.Select(Path.GetFileName), Is.EquivalentTo(["journal.db", "journal.db-wal", "journal.db-shm"]));
        Assert.That(files.Select(f => System.IO.File.GetUnixFileMode(f)), Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task Many_can_open_a_new_journal_at_once()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => OpenAsync()));
        await Task.WhenAll(stores.Select((s, i) => s.AppendAsync($"r{i}", Chain.Of(new StopRequested()), default)));
        Assert.That(await stores[0].RunsAsync(99, default), Has.Length.EqualTo(16));
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Test]
    public async Task The_journal_survives_a_crash_of_its_writer()
    {
        await using var store = await OpenAsync();
        await store.AppendAsync("r", Chain.Of(new StopRequested()), default);

        // What is on the disk while the writer lives is what is there when it is killed.
        var after = Directory.CreateDirectory(Path.Combine(folder, "after")).FullName;
        foreach (var file in Directory.GetFiles(folder))
        {
            System.IO.File.Copy(file, Path.Combine(after, Path.GetFileName(file)));
        }

        await using var reopened = await SqliteStore.OpenAsync(after, default);
        Assert.That(await reopened.RunsAsync(9, default), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_newer_journal_is_refused()
    {
        await (await OpenAsync()).DisposeAsync();
        Change("PRAGMA user_version = 3");
        Refused("ND0710", "version 3");
    }

    [Test]
    public void Another_programs_file_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(folder);
        Change("CREATE TABLE photos (id)");
        var before = System.IO.File.ReadAllBytes(File);
        Refused("ND0712", "another program");
        Assert.That(System.IO.File.ReadAllBytes(File), Is.EqualTo(before));
    }

    [Test]
    public void A_file_of_something_else_is_refused()
    {
        Directory.CreateDirectory(folder);
        System.IO.File.WriteAllText(File, new string('x', 5000));
        Refused("ND0711", "damaged");
    }

    [Test]
    public async Task A_damaged_page_is_told_when_it_is_read()
    {
        await using (var store = await OpenAsync())
        {
            await store.AppendAsync("r", Chain.Of(Enumerable.Repeat(new StopRequested(), 300)), default);
        }

        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        Array.Fill<byte>(bytes, 0xAA, 4096, bytes.Length - 4096);
        await System.IO.File.WriteAllBytesAsync(File, bytes);
        Assert.That(
            async () =>
            {
                await using var store = await OpenAsync();
                await store.RunsAsync(1, default);
            },
            Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0711"));
    }

    [Test]
    public void A_folder_that_cannot_be_is_told()
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "file");
        System.IO.File.WriteAllText(file, "");
        Assert.That(() => SqliteStore.OpenAsync(Path.Combine(file, "below"), default), Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0713"));
        Assert.That(() => SqliteStore.OpenAsync("a\0b", default), Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0713"));
    }

    [TestCase(13, "ND0714", "disk is full")]
    [TestCase(5, "ND0715", "locked")]
    [TestCase(8, "ND0713", "rights")]
    [TestCase(10, "ND0713", "rights")]
    public void Sqlites_errors_come_in_words(int code, string ours, string words)
    {
        var error = SqliteErrors.Explain("journal.db", new SqliteException("x", code));
        Assert.That((error.Code, error.Message), Is.EqualTo((ours, error.Message)));
        Assert.That(error.Message, Does.Contain(words).And.Contains("journal.db"));
    }

    private void Refused(string code, string words) => Assert.That(
        OpenAsync, Throws.TypeOf<StateException>().With.Property("Code").EqualTo(code).And.Message.Contains(words).And.Message.Contains(SqliteStore.FileName));

    private void Change(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Execute(sql);
    }
}
