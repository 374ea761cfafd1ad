using NixDeploy.Fleets;

namespace NixDeploy.Journal;

/// <summary>
/// Tells a run with a controller from one whose controller is gone: the controller keeps a file in the run's folder locked for as long as it
/// lives. The kernel releases the lock however the process ends, and no process id is mistaken for another's.
/// </summary>
internal sealed class ControllerLock : IRunLease, IDisposable
{
    private readonly FileStream file;

    private ControllerLock(FileStream file) => this.file = file;

    /// <summary>Locks a run for this controller.</summary>
    /// <exception cref="StateException"><c>ND0713</c>: the file cannot be made, or another controller holds it.</exception>
    public static ControllerLock Take(RunFolder folder)
    {
        try
        {
            return new ControllerLock(PrivateFiles.Open(folder.Controller, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateException("ND0713", $"The run's folder {Text.Quote(folder.Path)} cannot be locked for this controller: {e.Message}", e);
        }
    }

    /// <summary>
    /// Takes the place of a controller that is gone; <see langword="null"/> when it lives, or when that cannot be told: there is no such
    /// file, or the folder is on a disk without locks.
    /// </summary>
    public static ControllerLock? TakeOver(RunFolder folder)
    {
        if (TryOpen(folder) is not { } taken)
        {
            return null;
        }

        // Where it can be opened twice, nobody's lock counts, the controller's neither.
        if (TryOpen(folder) is { } twice)
        {
            twice.Dispose();
            taken.Dispose();
            return null;
        }

        return new ControllerLock(taken);
    }

    /// <summary>Whether this machine sees a controller's lock: over a shared folder not every disk tells one machine of another's.</summary>
    /// <param name="controller">Host name and process id, as the run's first event has it.</param>
    public static bool Counts(string controller) => controller.StartsWith($"{Environment.MachineName}:", StringComparison.Ordinal);

    /// <summary>A file's lock is never lost while its process lives.</summary>
    public CancellationToken Lost => CancellationToken.None;

    public void Dispose() => file.Dispose();

    public ValueTask DisposeAsync() => file.DisposeAsync();

    private static FileStream? TryOpen(RunFolder folder)
    {
        try
        {
            return new FileStream(folder.Controller, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
