using System.Security.Cryptography;
using System.Text;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Nix;

namespace NixDeploy.Runs;

/// <summary>
/// Where the state of a fleet is when nobody names a folder: one folder per fleet below the user's state directory (<c>XDG_STATE_HOME</c>, else
/// <c>~/.local/state</c>). A folder of an earlier version in the current folder goes on being used, unless it lies in a flake's source: Nix copies
/// that, journal and all, into a store that everybody can read, so it is moved.
/// </summary>
internal static class DefaultState
{
    /// <summary>The folder's name in earlier versions.</summary>
    public const string FormerName = ".nixdeploy";

    /// <summary>The folder, after it was moved where that is needed.</summary>
    /// <param name="fleet">The fleet, as the user named it.</param>
    /// <param name="workingFolder">What a relative path is relative to, absolute.</param>
    /// <param name="stateHome">The user's state directory; <see langword="null"/> takes the environment's.</param>
    /// <returns>The folder, absolute, and what people should know of it; <see langword="null"/>: nothing.</returns>
    /// <exception cref="StateException"><c>ND0713</c>: it cannot be moved.</exception>
    public static (string Folder, string? Notice) Use(string fleet, string workingFolder, string? stateHome = null)
    {
        var folder = Of(fleet, workingFolder, stateHome);
        var former = Path.Combine(workingFolder, FormerName);
        if (!Directory.Exists(former))
        {
            return (folder, null);
        }

        if (!IsCopied(former, fleet, workingFolder))
        {
            return (former, null);
        }

        try
        {
            PrivateFiles.CreateFolder(Path.GetDirectoryName(folder)!);
            using var only = Alone($"{folder}.lock");
            return !Directory.Exists(former) ? (folder, null)
                : Directory.Exists(folder) ? (folder, $"{former} is not used any more: the state of this fleet is in {folder}.")
                : IsInUse(former) ? (former, $"{former} is in a flake's source, which Nix copies into a store that everybody can read. It is moved to {folder} when no run uses it.")
                : Move(former, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateException("ND0713", $"The state folder {Text.Quote(former)} cannot be moved out of the flake's source to {Text.Quote(folder)}: {e.Message.TrimEnd('.')}. --state=FOLDER names another.", e);
        }
    }

    /// <summary>The folder of a fleet: its name, and a digest of where it is.</summary>
    private static string Of(string fleet, string workingFolder, string? stateHome)
    {
        var home = stateHome
            ?? (Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { } given && Path.IsPathRooted(given) ? given
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".local", "state"));
        var path = Path.GetFullPath(fleet, workingFolder);
        var place = FlakeReference.LocalFolder(fleet, workingFolder) ?? (Path.Exists(path) ? Path.TrimEndingDirectorySeparator(path) : fleet);
        var name = new string([.. Path.GetFileNameWithoutExtension(place).Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_').Take(40)]);
        return Path.Combine(home, "nixdeploy", $"{(name.Length > 0 ? name : "fleet")}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(place)))[..8]}");
    }

    /// <summary>Whether Nix copies a folder when it reads the fleet: all of a flake that is no git repository; of one that is, what git tracks, and that never is a state folder.</summary>
    private static bool IsCopied(string folder, string fleet, string workingFolder)
    {
        var named = FlakeReference.LocalFolder(fleet, workingFolder);
        var path = Path.GetFullPath(fleet, workingFolder);
        var source = named ?? (File.Exists(path) ? Path.GetDirectoryName(path)! : path);
        var isFlake = File.Exists(Path.Combine(source, "flake.nix"));
        var inside = !Path.GetRelativePath(source, folder).StartsWith("..", StringComparison.Ordinal);
        return isFlake && inside && (fleet.StartsWith("path:", StringComparison.Ordinal) || !IsInGit(source));
    }

    private static bool IsInGit(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (Path.Exists(Path.Combine(at.FullName, ".git")))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits until no other process moves the folder.</summary>
    private static FileStream Alone(string file)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return PrivateFiles.Open(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 50)
            {
                Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System).GetAwaiter().GetResult();
            }
        }
    }

    private static bool IsInUse(string folder)
    {
        var runs = Path.Combine(folder, "runs");
        return Directory.Exists(runs) && Directory.EnumerateFiles(runs, "controller.lock", SearchOption.AllDirectories).Any(IsLocked);
    }

    private static bool IsLocked(string file)
    {
        try
        {
            using var _ = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static (string Folder, string? Notice) Move(string from, string to)
    {
        try
        {
            Directory.Move(from, to);
        }
        catch (IOException) when (Directory.Exists(from) && !Directory.Exists(to))
        {
            // Another file system. Whoever looks meanwhile still finds the former folder whole.
            var half = $"{to}.half";
            if (Directory.Exists(half))
            {
                Directory.Delete(half, recursive: true);
            }

            Copy(new DirectoryInfo(from), half);
            Directory.Move(half, to);
            Directory.Delete(from, recursive: true);
        }

        return (to, $"The state of this fleet was moved from {from} to {to}: Nix would have copied it into a store that everybody can read.");
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        PrivateFiles.CreateFolder(to);
        foreach (var entry in from.EnumerateFileSystemInfos())
        {
            var target = Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                File.CreateSymbolicLink(target, link);
            }
            else if (entry is DirectoryInfo folder)
            {
                Copy(folder, target);
            }
            else
            {
                File.Copy(entry.FullName, target);
            }
        }
    }
}
