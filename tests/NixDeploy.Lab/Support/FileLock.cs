namespace NixDeploy.Labs.Support;

/// <summary>
/// An exclusive lock between processes, gone with the process that holds it: flock on a file, so that shell scripts see it too.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream stream;

    private FileLock(FileStream stream) => this.stream = stream;

    public static async Task<FileLock> AcquireAsync(string path, TimeSpan within, CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        FileStream? stream = null;
        await Wait.UntilAsync(
            _ => Task.FromResult((stream = TryOpen(path)) is not null), $"the lock {path}", within, ct);
        return new FileLock(stream!);
    }

    public void Dispose() => stream.Dispose();

    /// <summary>Deletes the file, for locks of things that no longer exist. The lock itself is held until it is disposed of.</summary>
    public void Forget() => File.Delete(stream.Name);

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
