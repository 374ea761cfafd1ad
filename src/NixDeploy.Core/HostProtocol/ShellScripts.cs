using System.Reflection;

namespace NixDeploy.HostProtocol;

/// <summary>The scripts that run on hosts, each put together once from constant resources.</summary>
internal static class ShellScripts
{
    /// <summary>Looks at the host.</summary>
    public static string Inspect { get; } = Compose("inspect");

    /// <summary>Takes the lock, makes the roots, lists what is missing.</summary>
    public static string Prepare { get; } = Compose("prepare");

    /// <summary>Says what an activation would do.</summary>
    public static string DryActivate { get; } = Compose("dry-activate");

    /// <summary>Starts the guard and waits for its first outcome. Carries the guard's own text to the host.</summary>
    public static string Try { get; } = Read("common") + Writer("write_guard", Guard()) + Read("try");

    /// <summary>Pushes the deadline out.</summary>
    public static string Renew { get; } = Compose("renew");

    /// <summary>Hands in a verdict, commit or restore, and waits for the end.</summary>
    public static string Verdict { get; } = Compose("verdict");

    /// <summary>Gives the lock back.</summary>
    public static string Release { get; } = Compose("release");

    /// <summary>Reboots the host.</summary>
    public static string Reboot { get; } = Compose("reboot");

    /// <summary>Whether the host could go back.</summary>
    public static string VerifyRollback { get; } = Compose("verify-rollback");

    /// <summary>How units are doing.</summary>
    public static string Units { get; } = Compose("units");

    /// <summary>Which paths are missing, what a system consists of, what an activation would do; for the controller's systems too.</summary>
    public static string Contents { get; } = ContentsScript.Text;

    /// <summary>Becomes a program.</summary>
    public static string Run { get; } = Compose("run");

    private static string Compose(string name) => Read("common") + Read(name);

    /// <summary>What runs on the host as <c>nixdeploy-guard.service</c>.</summary>
    internal static string Guard() => Compose("guard-steps") + Read("guard-commit") + Read("guard-restore") + Read("guard");

    private static string Writer(string function, string text) => $"{function}() {{\ncat <<'NIXDEPLOY_TEXT'\n{text}NIXDEPLOY_TEXT\n}}\n";

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"NixDeploy.HostProtocol.Scripts.{name}.sh")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
