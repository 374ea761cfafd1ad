using System.Text;
using NixDeploy.Fleets;
using NixDeploy.Hosts.Shell;

namespace NixDeploy.Hosts.Ssh;

/// <summary>Writes a newly trusted key down.</summary>
internal static class KnownHostsFile
{
    private static readonly Lock OneWriter = new();

    /// <summary>Appends a line for the host, unless one with this key came to be in the meantime.</summary>
    /// <returns>Whether the key is now the one written down; false when somebody else wrote another key for this host first.</returns>
    /// <exception cref="HostException"><c>ND0508</c>: the file cannot be written.</exception>
    public static bool Append(HostName host, string file, string name, HostKey key)
    {
        try
        {
            lock (OneWriter)
            {
                MakeFolder(Path.GetDirectoryName(Path.GetFullPath(file))!);
                using var stream = OpenLocked(file);
                using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
                var text = reader.ReadToEnd();
                var known = text.Split('\n').Select((line, index) => KnownHostsLine.Parse(file, index + 1, line)).OfType<KnownHostsLine>()
                    .Where(l => l.Mark == KnownHostsMark.None && l.Matches(name)).ToList();
                if (known.Count > 0)
                {
                    return known.Any(l => l.Key.Equals(key));
                }

                var separator = text.Length == 0 || text.EndsWith('\n') ? "" : "\n";
                stream.Seek(0, SeekOrigin.End);
                stream.Write(Encoding.UTF8.GetBytes($"{separator}{name} {key.ToLine()}\n"));
                stream.Flush(flushToDisk: true);
                return true;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw TransportErrors.KnownHostsUnusable(host, file, "written", error);
        }
    }

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static FileStream OpenLocked(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // Another process that appends holds its lock for a moment only.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(file, options);
            }
            catch (IOException error) when (attempt < 100 && error is not (FileNotFoundException or DirectoryNotFoundException))
            {
                using var moment = new ManualResetEventSlim();
                moment.Wait(TimeSpan.FromMilliseconds(20));
            }
        }
    }
}
