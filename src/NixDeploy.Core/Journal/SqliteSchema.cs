using Dapper;
using Microsoft.Data.Sqlite;
using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Journal;

/// <summary>The shape of <c>journal.db</c>, and whether a file has it.</summary>
internal static class SqliteSchema
{
    /// <summary>The shape that this version reads and writes. Version 1 had no table of runs and other names of types; it is brought into this one.</summary>
    public const int Version = 2;

    /// <summary>The runs, the newest first, with where each one's chain of hashes stands.</summary>
    public const string ListRuns =
        """
        SELECT r.number, r.run, r.at, r.fleet, r.outcome, h.sequence, h.hash
        FROM (SELECT * FROM runs ORDER BY number DESC LIMIT @most) r
        JOIN events h ON h.run = r.run AND h.sequence = (SELECT max(sequence) FROM events WHERE run = r.run)
        ORDER BY r.number DESC
        """;

    /// <summary>The newest runs of a fleet, and of their events those of some types with the host or hosts that each is about.</summary>
    public const string ListTimings =
        """
        WITH newest AS MATERIALIZED (SELECT run, number FROM runs WHERE fleet = @fleet ORDER BY number DESC LIMIT @runs)
        SELECT e.run, h.value AS host, e.type, e.at
        FROM newest n JOIN events e ON e.run = n.run
        JOIN json_each(e.event, CASE e.type WHEN 'build-started' THEN '$.hosts' ELSE '$.host' END) h
        WHERE e.type IN @types ORDER BY n.number DESC, e.sequence, h.key
        """;

    /// <summary>
    /// What deferred hosts in a fleet's newest runs, without those that a later run has deferred again, deployed, or found unchanged. A host
    /// that a run deployed and rolled back has another last word there; beside max() SQLite gives that row's columns. Rollbacks deploy nothing.
    /// </summary>
    public const string ListDeferred =
        """
        WITH newest AS MATERIALIZED (
          SELECT run, number, strategy <> @rollback AS deploys FROM runs WHERE fleet = @fleet ORDER BY number DESC LIMIT @runs),
        off AS MATERIALIZED (
          SELECT n.run, n.number, json_extract(e.event, '$.host') AS host, e.at AS since, e.event
          FROM newest n JOIN events e ON e.run = n.run
          WHERE e.type = 'host-unreachable' AND coalesce(json_extract(e.event, '$.deferred'), json_extract(e.event, '$.later'))),
        word AS (
          SELECT n.run, n.number, json_extract(e.event, '$.host') AS host, e.type, json_extract(e.event, '$.end') AS conclusion, max(e.sequence)
          FROM newest n JOIN events e ON e.run = n.run
          WHERE n.deploys AND e.type IN ('host-committed', 'host-kept', 'host-concluded', 'host-failed', 'rollback-started', 'host-rolled-back', 'rollback-failed')
            AND json_extract(e.event, '$.host') IN (SELECT host FROM off)
          GROUP BY n.run, json_extract(e.event, '$.host')),
        done AS MATERIALIZED (
          SELECT number, host FROM off
          UNION ALL
          SELECT number, host FROM word WHERE type IN ('host-committed', 'host-kept') OR conclusion IN ('committed', 'kept')
          UNION ALL
          SELECT n.number, json_extract(s.value, '$.host')
          FROM newest n JOIN events e ON e.run = n.run AND e.sequence = 1 JOIN json_each(e.event, '$.plan.skipped') s
          WHERE n.deploys)
        SELECT o.run, o.since AS at, o.event FROM off o
        WHERE NOT EXISTS (SELECT 1 FROM done d WHERE d.host = o.host AND d.number > o.number)
        """;

    /// <summary>Appends one event; its first event gives a run its number, the last word on its end its outcome.</summary>
    public const string Append =
        """
        INSERT INTO events (run, sequence, at, type, event, hash) VALUES (@Run, @Sequence, @At, @Type, @Event, @Hash);
        INSERT INTO runs (run, at, fleet, strategy) SELECT @Run, @At, @Fleet, @Strategy WHERE @Sequence = 1;
        UPDATE runs SET outcome = @Outcome WHERE run = @Run AND @Outcome IS NOT NULL;
        """;

    /// <summary>"NxDp": tells our file from another program's.</summary>
    private const int ApplicationId = 0x4E784470;

    private const string CreateRuns =
        """
        CREATE TABLE runs (
          number INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE, at TEXT NOT NULL, fleet TEXT NOT NULL, strategy TEXT NOT NULL, outcome TEXT) STRICT;
        CREATE INDEX fleets ON runs (fleet, number);
        """;

    private const string Create =
        $"""
        CREATE TABLE events (
          run TEXT NOT NULL, sequence INTEGER NOT NULL, at TEXT NOT NULL, type TEXT NOT NULL, event TEXT NOT NULL, hash TEXT NOT NULL,
          PRIMARY KEY (run, sequence)) STRICT;
        {CreateRuns}
        """;

    /// <summary>The text and the hash of no event are touched. Runs are numbered in the order in which their first events were written.</summary>
    private static readonly string Migrate =
        $"""
        DROP INDEX IF EXISTS runs;
        DROP INDEX IF EXISTS ends;
        {CreateRuns}
        INSERT INTO runs (run, at, fleet, strategy, outcome)
        SELECT e.run, e.at, coalesce(json_extract(e.event, '$.fleet'), ''), coalesce(json_extract(e.event, '$.plan.strategy'), ''),
               (SELECT replace(json_extract(f.event, '$.outcome'), 'needs-attention', 'manual-intervention-required') FROM events f
                WHERE f.run = e.run AND f.type = 'run-finished' ORDER BY f.sequence DESC LIMIT 1)
        FROM events e WHERE e.sequence = 1 ORDER BY e.rowid;
        {string.Concat(Upcasters.RenamedTypes.Select(r => $"UPDATE events SET type = '{r.Value}' WHERE type = '{r.Key}';"))}
        """;

    /// <summary>Checks the file, makes the tables when it is new, and sets how it is written.</summary>
    /// <exception cref="StateException"><c>ND0710</c> or <c>ND0712</c>: the file is not for this version.</exception>
    public static void Prepare(SqliteConnection connection, string path)
    {
        connection.Execute("PRAGMA busy_timeout = 10000");
        using (var transaction = connection.BeginTransaction(deferred: false))
        {
            var sql = IsNew(connection, transaction) ? $"{Create} PRAGMA application_id = {ApplicationId};"
                : CheckVersion(connection, transaction, path) < Version ? Migrate
                : "";
            if (sql.Length > 0)
            {
                connection.Execute($"{sql} PRAGMA user_version = {Version};", transaction: transaction);
            }

            transaction.Commit();
        }

        connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    }

    /// <summary>Checks a file that is only read.</summary>
    /// <exception cref="StateException"><c>ND0710</c> or <c>ND0712</c>: the file is not for this version.</exception>
    /// <returns>Its version; 0 when nothing was ever written to it.</returns>
    public static int VersionOf(SqliteConnection connection, string path)
    {
        connection.Execute("PRAGMA busy_timeout = 10000");
        using var transaction = connection.BeginTransaction(deferred: true);
        return IsNew(connection, transaction) ? 0 : CheckVersion(connection, transaction, path);
    }

    private static bool IsNew(SqliteConnection connection, SqliteTransaction transaction) =>
        Ask(connection, transaction, "PRAGMA application_id") == 0
        && Ask(connection, transaction, "PRAGMA user_version") == 0
        && Ask(connection, transaction, "SELECT count(*) FROM sqlite_schema") == 0;

    private static int CheckVersion(SqliteConnection connection, SqliteTransaction transaction, string path)
    {
        if (Ask(connection, transaction, "PRAGMA application_id") != ApplicationId)
        {
            throw new StateException("ND0712", $"{Text.Quote(path)} is another program's SQLite file, not a journal; name another state folder.");
        }

        var version = Ask(connection, transaction, "PRAGMA user_version");
        return version is >= 1 and <= Version
            ? version
            : throw new StateException("ND0710",
                $"{Text.Quote(path)} has version {version}, this program knows {Version}; use the newer NixDeploy that wrote it, or name another state folder.");
    }

    private static int Ask(SqliteConnection connection, SqliteTransaction transaction, string sql) => connection.ExecuteScalar<int>(sql, transaction: transaction);
}
