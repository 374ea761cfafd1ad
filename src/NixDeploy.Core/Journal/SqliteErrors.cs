using Microsoft.Data.Sqlite;
using NixDeploy.Fleets;

namespace NixDeploy.Journal;

/// <summary>What SQLite and the file system say, in sentences that tell what to do.</summary>
internal static class SqliteErrors
{
    // Primary result codes, https://www.sqlite.org/rescode.html
    private const int Busy = 5;
    private const int Locked = 6;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int Mismatch = 20;
    private const int NotADatabase = 26;
    private const int GeneralError = 1;

    // SQLITE_IOERR_SHMSIZE: the index of the write-ahead log cannot grow, which is how a full disk shows while opening.
    private const int NoRoomForIndex = 10 | (19 << 8);

    /// <summary>Does the work; its errors come out as <see cref="StateException"/>.</summary>
    public static T Explained<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            throw Explain(path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new StateException("ND0713", $"The journal {Text.Quote(path)} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>One SQLite error as ours.</summary>
    public static StateException Explain(string path, SqliteException e)
    {
        var file = Text.Quote(path);
        return e.SqliteErrorCode switch
        {
            _ when e.SqliteErrorCode is Full || e.SqliteExtendedErrorCode is NoRoomForIndex => new("ND0714", $"The disk is full: the journal {file} cannot grow; make room and resume the run.", e),
            Busy or Locked => new("ND0715", $"The journal {file} stays locked by another process; see which one has it open and try again.", e),
            Corrupt or NotADatabase or Mismatch or GeneralError =>
                new("ND0711", $"The journal {file} is damaged or no journal ({e.Message}); move it away (it is only read by NixDeploy) or restore a copy.", e),
            _ => new("ND0713", $"The journal {file} cannot be read or written ({e.Message}); check its folder's rights and the disk.", e),
        };
    }
}
