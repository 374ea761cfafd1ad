using Dapper;
using Microsoft.Data.Sqlite;
using NixDeploy.Fleets;

namespace NixDeploy.Journal;

/// <summary>The shape of <c>journal.db</c>, and whether a file has it.</summary>
internal static class SqliteSchema
{
    /// <summary>The shape that this version reads and writes.</summary>
    public const int Version = 1;

    /// <summary>A run is listed by its first event and the last word on its end.</summary>
    public const string ListRuns =
        """
        SELECT e.run, e.at, json_extract(e.event, '$.fleet') AS fleet,
               (SELECT json_extract(f.event, '$.outcome') FROM events f
                WHERE f.run = e.run AND f.type = 'run-finished' ORDER BY f.sequence DESC LIMIT 1) AS outcome
        FROM events e WHERE e.sequence = 1 ORDER BY e.at DESC, e.run DESC LIMIT @most
        """;

    /// <summary>The newest runs of a fleet, and of their events those of some types with the host or hosts that each is about.</summary>
    public const string ListTimings =
        """
        WITH newest AS MATERIALIZED (
          SELECT run, at FROM events
          WHERE sequence = 1 AND type = 'run-started' AND json_extract(event, '$.fleet') = @fleet ORDER BY at DESC, run DESC LIMIT @runs)
        SELECT e.run, h.value AS host, e.type, e.at
        FROM newest n JOIN events e ON e.run = n.run
        JOIN json_each(e.event, CASE e.type WHEN 'build-started' THEN '$.hosts' ELSE '$.host' END) h
        WHERE e.type IN @types ORDER BY n.at DESC, n.run DESC, e.sequence, h.key
        """;

    /// <summary>
    /// What put hosts off in a fleet's newest runs, without those that a later run has put off again, deployed, or found unchanged. A host
    /// that a run deployed and took back has another last word there; beside max() SQLite gives that row's columns. Rollbacks deploy nothing.
    /// </summary>
    public const string ListDeferred =
        """
        WITH newest AS MATERIALIZED (
          SELECT run, at, json_extract(event, '$.plan.strategy') <> @rollback AS deploys FROM events
          WHERE sequence = 1 AND type = 'run-started' AND json_extract(event, '$.fleet') = @fleet ORDER BY at DESC, run DESC LIMIT @runs),
        off AS MATERIALIZED (
          SELECT n.run, n.at, json_extract(e.event, '$.host') AS host, e.at AS since, e.event
          FROM newest n JOIN events e ON e.run = n.run
          WHERE e.type = 'host-unreachable' AND json_extract(e.event, '$.deferred')),
        word AS (
          SELECT n.run, n.at, json_extract(e.event, '$.host') AS host, e.type, json_extract(e.event, '$.end') AS conclusion, max(e.sequence)
          FROM newest n JOIN events e ON e.run = n.run
          WHERE n.deploys AND e.type IN ('host-committed', 'host-kept', 'host-concluded', 'host-failed', 'rollback-started', 'host-rolled-back', 'rollback-failed')
            AND json_extract(e.event, '$.host') IN (SELECT host FROM off)
          GROUP BY n.run, json_extract(e.event, '$.host')),
        done AS MATERIALIZED (
          SELECT run, at, host FROM off
          UNION ALL
          SELECT run, at, host FROM word WHERE type IN ('host-committed', 'host-kept') OR conclusion IN ('committed', 'kept')
          UNION ALL
          SELECT n.run, n.at, json_extract(s.value, '$.host')
          FROM newest n JOIN events e ON e.run = n.run AND e.sequence = 1 JOIN json_each(e.event, '$.plan.skipped') s
          WHERE n.deploys)
        SELECT o.run, o.since AS at, o.event FROM off o
        WHERE NOT EXISTS (SELECT 1 FROM done d WHERE d.host = o.host AND (d.at, d.run) > (o.at, o.run))
        """;

    /// <summary>"NxDp": tells our file from another program's.</summary>
    private const int ApplicationId = 0x4E784470;

    private const string Create =
        """
        CREATE TABLE events (
          run TEXT NOT NULL, sequence INTEGER NOT NULL, at TEXT NOT NULL, type TEXT NOT NULL, event TEXT NOT NULL, hash TEXT NOT NULL,
          PRIMARY KEY (run, sequence)) STRICT;
        CREATE INDEX runs ON events (at) WHERE sequence = 1;
        CREATE INDEX ends ON events (run, sequence) WHERE type = 'run-finished';
        """;

    /// <summary>Checks the file, makes the tables when it is new, and sets how it is written.</summary>
    /// <exception cref="StateException"><c>ND0710</c> or <c>ND0712</c>: the file is not for this version.</exception>
    public static void Prepare(SqliteConnection connection, string path)
    {
        connection.Execute("PRAGMA busy_timeout = 10000");
        using (var transaction = connection.BeginTransaction(deferred: false))
        {
            Check(connection, transaction, path);
            transaction.Commit();
        }

        connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    }

    /// <summary>Checks a file that is only read.</summary>
    /// <exception cref="StateException"><c>ND0710</c> or <c>ND0712</c>: the file is not for this version.</exception>
    /// <returns>Whether anything was ever written to it.</returns>
    public static bool PrepareForReading(SqliteConnection connection, string path)
    {
        connection.Execute("PRAGMA busy_timeout = 10000");
        using var transaction = connection.BeginTransaction(deferred: true);
        if (IsNew(connection, transaction))
        {
            return false;
        }

        CheckVersion(connection, transaction, path);
        return true;
    }

    private static void Check(SqliteConnection connection, SqliteTransaction transaction, string path)
    {
        if (IsNew(connection, transaction))
        {
            connection.Execute($"{Create} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version};", transaction: transaction);
        }
        else
        {
            CheckVersion(connection, transaction, path);
        }
    }

    private static bool IsNew(SqliteConnection connection, SqliteTransaction transaction) =>
        Ask(connection, transaction, "PRAGMA application_id") == 0
        && Ask(connection, transaction, "PRAGMA user_version") == 0
        && Ask(connection, transaction, "SELECT count(*) FROM sqlite_schema") == 0;

    private static void CheckVersion(SqliteConnection connection, SqliteTransaction transaction, string path)
    {
        if (Ask(connection, transaction, "PRAGMA application_id") != ApplicationId)
        {
            throw new StateException("ND0712", $"{Text.Quote(path)} is another program's SQLite file, not a journal; name another state folder.");
        }

        if (Ask(connection, transaction, "PRAGMA user_version") is var version && version != Version)
        {
            throw new StateException("ND0710",
                $"{Text.Quote(path)} has version {version}, this program knows {Version}; use the newer NixDeploy that wrote it, or name another state folder.");
        }
    }

    private static int Ask(SqliteConnection connection, SqliteTransaction transaction, string sql) => connection.ExecuteScalar<int>(sql, transaction: transaction);
}
