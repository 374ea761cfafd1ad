using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Journal;

/// <summary>The folder where NixDeploy keeps what it knows of a fleet: the journal and a folder per run.</summary>
/// <remarks>Folders are made with mode 0700, files with 0600; <c>.gitignore</c> keeps all of it out of the fleet's repository.</remarks>
internal sealed class StateFolder
{
    private StateFolder(string path) => Path = path;

    /// <summary>The folder, absolute. <see cref="SqliteStore"/> keeps its file directly in it.</summary>
    public string Path { get; }

    /// <summary>Uses a folder and creates it where it is missing.</summary>
    /// <exception cref="StateException"><c>ND0713</c>: it cannot be created or written.</exception>
    public static StateFolder Open(string path)
    {
        try
        {
            var folder = new StateFolder(System.IO.Path.GetFullPath(path));
            PrivateFiles.CreateFolder(folder.Path);
            var ignore = System.IO.Path.Combine(folder.Path, ".gitignore");
            if (!File.Exists(ignore))
            {
                using var writer = new StreamWriter(PrivateFiles.Open(ignore, FileMode.Create, FileAccess.Write, FileShare.ReadWrite));
                writer.Write("*\n");
            }

            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StateException("ND0713", $"The state folder {Text.Quote(path)} cannot be used: {e.Message.TrimEnd('.')}. --state=FOLDER names another.", e);
        }
    }

    /// <summary>A new run's id, <c>yyyyMMdd-HHmmss-xxxx</c> in UTC: ids sort as the runs began.</summary>
    public static string NewRunId(TimeProvider time) => string.Create(
        CultureInfo.InvariantCulture, $"{time.GetUtcNow().UtcDateTime:yyyyMMdd-HHmmss}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}");

    /// <summary>The folder of a run; nothing is created yet.</summary>
    /// <exception cref="UsageException"><c>ND0717</c>: this is no run id.</exception>
    public RunFolder Run(string run)
    {
        // An id comes from a command line too; one with separators in it would lead out of the folder.
        var valid = run.Length is > 0 and <= 64 && run.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
        return valid
            ? new RunFolder(System.IO.Path.Combine(Path, "runs", run))
            : throw new UsageException("ND0717", $"{Text.Quote(run)} is not the id of a run; they look like 20250115-153000-1a2b.");
    }
}

/// <summary>What one run leaves behind.</summary>
public sealed class RunFolder
{
    private const int LongestFileName = 200;

    internal RunFolder(string path) => Path = path;

    /// <summary>The folder, absolute.</summary>
    public string Path { get; }

    /// <summary>The plan as JSON.</summary>
    public string Plan => In("plan.json");

    /// <summary>The report for people, Markdown.</summary>
    public string Report => In("deployment-report.md");

    /// <summary>Where the run stands, for programs.</summary>
    public string Status => In("deployment-status.json");

    /// <summary>The folder of the hosts' logs.</summary>
    public string Logs => In("deployment-logs");

    /// <summary>The file that the run's controller keeps locked while it lives.</summary>
    internal string Controller => In("controller.lock");

    /// <summary>The folder of the roots that keep built systems from being collected.</summary>
    public string GcRoots => In("gcroots");

    /// <summary>The log of one host.</summary>
    public string LogOf(HostName host) => System.IO.Path.Combine(Logs, FileNameOf(host.Value) + ".log");

    /// <summary>The whole log of a build that failed.</summary>
    internal string BuildLogOf(string derivation) => System.IO.Path.Combine(Logs, $"build-{FileNameOf(System.IO.Path.GetFileNameWithoutExtension(derivation))}.log");

    /// <summary>Creates the folder and those in it, and writes the plan.</summary>
    /// <exception cref="StateException"><c>ND0713</c>: it cannot be created or written.</exception>
    internal async Task CreateAsync(DeploymentPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            PrivateFiles.CreateFolder(Logs);
            PrivateFiles.CreateFolder(GcRoots);
            await PrivateFiles.ReplaceAsync(Plan, PlanJson.Write(plan), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateException("ND0713", $"The run's folder {Text.Quote(Path)} cannot be written: {e.Message}", e);
        }
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>A host name may be longer (253) than a file name with its ending (255) bears.</summary>
    private static string FileNameOf(string host) => host.Length <= LongestFileName
        ? host
        : $"{host[..LongestFileName]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(host)))[..8]}";
}
