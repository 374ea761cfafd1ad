using System.Collections.Immutable;
using System.Reflection;

namespace NixDeploy.HostProtocol;

/// <summary>The scripts that run on hosts, each put together once from constant resources.</summary>
internal static class ShellScripts
{
    /// <summary>The names of all scripts, which are those of their files.</summary>
    public static ImmutableArray<string> Names { get; } =
        ["inspect", "prepare", "dry-activate", "activate", "renew", "verdict", "release", "reboot", "verify-rollback", "units", "contents", "run"];

    /// <summary>Looks at the host.</summary>
    public static string Inspect { get; } = Compose("inspect");

    /// <summary>Takes the lock, makes the roots, lists what is missing.</summary>
    public static string Prepare { get; } = Compose("prepare");

    /// <summary>Says what an activation would do.</summary>
    public static string DryActivate { get; } = Compose("switch-preview", "dry-activate");

    /// <summary>Starts the guard and waits for the outcome of the activation. Carries the guard's own text to the host.</summary>
    public static string Activate { get; } = Read("common") + Writer("write_guard", Guard()) + Read("activate");

    /// <summary>Extends the deadline.</summary>
    public static string Renew { get; } = Compose("renew");

    /// <summary>Submits a verdict and waits for the end.</summary>
    public static string Verdict { get; } = Compose("verdict");

    /// <summary>Releases the lock.</summary>
    public static string Release { get; } = Compose("release");

    /// <summary>Reboots the host.</summary>
    public static string Reboot { get; } = Compose("reboot");

    /// <summary>Whether the host could roll back.</summary>
    public static string VerifyRollback { get; } = Compose("verify-rollback");

    /// <summary>The states of units.</summary>
    public static string Units { get; } = Compose("units");

    /// <summary>Which paths are missing, what a system consists of, what an activation would do; for the controller's systems too.</summary>
    public static string Contents { get; } = Compose("switch-preview", "contents");

    /// <summary>Becomes a program.</summary>
    public static string Run { get; } = Compose("run");

    /// <summary>What runs on the host as <c>nixdeploy-guard.service</c>.</summary>
    internal static string Guard() => Compose("guard-steps") + Read("guard-commit") + Read("guard-rollback") + Read("guard");

    private static string Compose(params ReadOnlySpan<string> names)
    {
        var text = Read("common");
        foreach (var name in names)
        {
            text += Read(name);
        }

        return text;
    }

    private static string Writer(string function, string text) => $"{function}() {{\ncat <<'NIXDEPLOY_TEXT'\n{text}NIXDEPLOY_TEXT\n}}\n";

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"NixDeploy.HostProtocol.Scripts.{name}.sh")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
