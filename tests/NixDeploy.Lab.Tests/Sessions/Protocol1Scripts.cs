using NixDeploy.HostProtocol;

namespace NixDeploy.Labs.Tests.Sessions;

/// <summary>
/// How the first version of the host protocol began a transaction: its own scripts, with values by position. Transactions that it left on hosts
/// are understood by every later version.
/// </summary>
internal static class Protocol1Scripts
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    public static ShellScript Prepare(string run, string controller, string target, string profile, IEnumerable<string> closure) =>
        new("prepare", Read("common") + Read("prepare"), [run, controller, target, profile, "no", .. closure], Deadline);

    /// <param name="run">The run.</param>
    /// <param name="fence">The number that prepare answered.</param>
    /// <param name="target">The system.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="guard">The guard's seconds; <see langword="null"/> for none.</param>
    /// <param name="mode">switch, test or boot.</param>
    /// <param name="reboot">Whether the guard may reboot.</param>
    /// <param name="wait">How many seconds the outcome is awaited.</param>
    public static ShellScript Try(string run, string fence, string target, string profile, int? guard, string mode = "switch", bool reboot = false, int wait = 60) =>
        new("try", Read("common") + WriteGuard() + Read("try"), [run, fence, target, profile, "", $"{guard}", reboot ? "yes" : "no", "60", $"{wait}", mode], Deadline);

    private static string WriteGuard()
    {
        var guard = string.Concat(new[] { "common", "guard-steps", "guard-commit", "guard-restore", "guard" }.Select(Read));
        return $"write_guard() {{\ncat <<'NIXDEPLOY_TEXT'\n{guard}NIXDEPLOY_TEXT\n}}\n";
    }

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Protocol1Scripts).Assembly.GetManifestResourceStream($"protocol-1/{name}.sh")!);
        return reader.ReadToEnd();
    }
}
