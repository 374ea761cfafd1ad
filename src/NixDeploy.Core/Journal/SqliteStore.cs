using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Dapper;
using Microsoft.Data.Sqlite;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;

namespace NixDeploy.Journal;

/// <summary>The events of all runs in one SQLite file, <c>journal.db</c>. Safe for several threads and several processes.</summary>
/// <remarks>Write-ahead log with <c>synchronous=FULL</c>: what <see cref="AppendAsync"/> has written survives a power loss.</remarks>
internal sealed class SqliteStore : IDeploymentStore
{
    /// <summary>The file's name in its folder.</summary>
    public const string FileName = "journal.db";

    /// <summary>Rows that are read at once: no reader keeps the file's write-ahead log from being folded back.</summary>
    private const int Page = 500;

    private static readonly ImmutableDictionary<string, StepMark> Marks =
        Enum.GetValues<StepMark>().ToImmutableDictionary(m => JsonFormat.Word(m), m => m, StringComparer.Ordinal);

    private readonly SqliteConnection connection;
    private readonly string path;
    private readonly SemaphoreSlim turn = new(1, 1);
    private bool disposed;

    private SqliteStore(SqliteConnection connection, string path) => (this.connection, this.path) = (connection, path);

    /// <summary>Opens the journal in a folder; creates both when they are not there, for their owner only.</summary>
    /// <param name="folder">The state folder.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <exception cref="StateException">
    /// <c>ND0710</c>: a newer version wrote it. <c>ND0711</c>: it is damaged, or no journal. <c>ND0712</c>: it is another program's.
    /// <c>ND0713</c>: it cannot be read or written. <c>ND0714</c>: the disk is full. <c>ND0715</c>: others keep it locked.
    /// </exception>
    public static Task<SqliteStore> OpenAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, FileName);
        return Task.Run(() => SqliteErrors.Explained(path, () => Open(folder, path)), cancellationToken);
    }

    /// <summary>Opens the journal in a folder for reading only; creates and changes nothing.</summary>
    /// <returns>The journal, or <see langword="null"/> when there is none.</returns>
    /// <exception cref="StateException">As <see cref="OpenAsync"/>.</exception>
    internal static Task<SqliteStore?> OpenForReadingAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(Path.Combine(folder, FileName));
        return Task.Run(() => File.Exists(path) ? SqliteErrors.Explained(path, () => OpenForReading(path)) : null, cancellationToken);
    }

    public async Task AppendAsync(string run, ImmutableArray<RecordedEvent> events, CancellationToken cancellationToken)
    {
        if (events.IsDefaultOrEmpty)
        {
            return;
        }

        await InTurnAsync(() => Append(run, events), cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<RecordedEvent> ReadAsync(string run, long fromSequence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = fromSequence;
        while (true)
        {
            var rows = await QueryAsync<(long Sequence, string At, string Event, string Hash)>(
                "SELECT sequence, at, event, hash FROM events WHERE run = @run AND sequence >= @next ORDER BY sequence LIMIT @Page",
                new { run, next, Page },
                cancellationToken).ConfigureAwait(false);
            foreach (var (sequence, at, json, hash) in rows)
            {
                yield return new RecordedEvent(sequence, Time(at), EventJson.Read(json), hash) { Json = json };
                next = sequence + 1;
            }

            if (rows.Count < Page)
            {
                yield break;
            }
        }
    }

    public async Task<ImmutableArray<RunSummary>> RunsAsync(int most, CancellationToken cancellationToken)
    {
        var rows = await QueryAsync<(long Number, string Run, string At, string Fleet, string? Outcome, long Sequence, string Hash)>(
            SqliteSchema.ListRuns, new { most }, cancellationToken).ConfigureAwait(false);
        return
        [
            .. rows.Select(r => new RunSummary(r.Run, r.Fleet, Time(r.At), r.Outcome is null ? null : JsonFormat.Read<RunOutcome>($"\"{r.Outcome}\""))
            {
                Number = r.Number,
                Head = new RunHead(r.Run, r.Sequence, r.Hash),
            }),
        ];
    }

    public async Task<ImmutableArray<StepMoment>> TimingsAsync(string fleet, int runs, CancellationToken cancellationToken)
    {
        var rows = await QueryAsync<(string Run, string Host, string Type, string At)>(
            SqliteSchema.ListTimings, new { fleet, runs, types = Marks.Keys }, cancellationToken).ConfigureAwait(false);
        return [.. rows.Select(r => new StepMoment(r.Run, HostName.Parse(r.Host), Marks[r.Type], Time(r.At)))];
    }

    public async Task<ImmutableArray<DeferredHost>> DeferredAsync(string fleet, int runs, CancellationToken cancellationToken)
    {
        var rows = await QueryAsync<(string Run, string At, string Event)>(
            SqliteSchema.ListDeferred, new { fleet, runs, rollback = RollbackStrategy.OwnName }, cancellationToken).ConfigureAwait(false);
        return
        [
            .. rows.Select(r => (r.Run, r.At, Event: (HostUnreachable)EventJson.Read(r.Event)))
                .Select(r => new DeferredHost(r.Event.Host, r.Run, Time(r.At), r.Event.Problem))
                .OrderBy(h => h.Host),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await turn.WaitAsync().ConfigureAwait(false);
        try
        {
            disposed = true;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    private static SqliteStore Open(string folder, string path)
    {
        PrivateFiles.CreateFolder(folder);
        Create(path);
        return Connect(path, SqliteOpenMode.ReadWrite, connection =>
        {
            SqliteSchema.Prepare(connection, path);
            return new SqliteStore(connection, path);
        });
    }

    /// <summary>
    /// Even a reader makes the write-ahead log's files where they are missing. Then nobody has the journal open, and everything is in the
    /// file itself: it is read as one that does not change. A file of an earlier version is brought into today's shape in memory.
    /// </summary>
    private static SqliteStore? OpenForReading(string path)
    {
        var source = File.Exists($"{path}-wal") ? path : $"{new Uri(path).AbsoluteUri}?immutable=1";
        return Connect(source, SqliteOpenMode.ReadOnly, connection =>
        {
            var version = SqliteSchema.VersionOf(connection, path);
            if (version == SqliteSchema.Version)
            {
                return new SqliteStore(connection, path);
            }

            using (connection)
            {
                return version == 0 ? null : Connect(":memory:", SqliteOpenMode.Memory, copy =>
                {
                    connection.BackupDatabase(copy);
                    SqliteSchema.Prepare(copy, path);
                    return new SqliteStore(copy, path);
                });
            }
        });
    }

    private static T Connect<T>(string source, SqliteOpenMode mode, Func<SqliteConnection, T> use)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 1,
        }.ToString());
        try
        {
            connection.Open();
            return use(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// SQLite would create the file with whatever the umask leaves; its companions (<c>-wal</c>, <c>-shm</c>) take the file's mode.
    /// A file that is there is not opened: closing it would drop the locks that SQLite holds on it in this process.
    /// </summary>
    private static void Create(string path)
    {
        try
        {
            PrivateFiles.Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            PrivateFiles.Restrict(path);
        }
    }

    private int Append(string run, ImmutableArray<RecordedEvent> events)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        var last = connection.ExecuteScalar<long?>("SELECT max(sequence) FROM events WHERE run = @run", new { run }, transaction) ?? 0;
        foreach (var recorded in events)
        {
            if (recorded.Sequence != ++last)
            {
                throw new StateException("ND0716",
                    $"{path}: event {recorded.Sequence} of run {Text.Quote(run)} does not follow event {last - 1}; another controller may be running it.");
            }

            connection.Execute(
                SqliteSchema.Append,
                new
                {
                    Run = run,
                    recorded.Sequence,
                    At = recorded.At.ToString("O", CultureInfo.InvariantCulture),
                    Type = EventJson.TypeOf(recorded.Event),
                    Event = recorded.Json,
                    recorded.Hash,
                    Fleet = (recorded.Event as RunStarted)?.Fleet ?? "",
                    Strategy = (recorded.Event as RunStarted)?.Plan.Strategy ?? "",
                    Outcome = recorded.Event is RunFinished finished ? JsonFormat.Word(finished.Outcome) : null,
                },
                transaction);
        }

        transaction.Commit();
        return events.Length;
    }

    /// <summary>The columns of each row in the order in which the query names them.</summary>
    private Task<List<T>> QueryAsync<T>(string sql, object arguments, CancellationToken cancellationToken) =>
        InTurnAsync(() => connection.Query<T>(sql, arguments).AsList(), cancellationToken);

    private async Task<T> InTurnAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);

            // SQLite knows no asynchronous I/O: the caller's thread is not the one that waits for the disk.
            return await Task.Run(() => SqliteErrors.Explained(path, work), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    private static DateTimeOffset Time(string at) => DateTimeOffset.ParseExact(at, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
}
