using System.Collections.Immutable;
using System.Reflection;

namespace NixDeploy.HostProtocol;

/// <summary>The scripts that run on hosts, each put together once from constant resources.</summary>
internal static class ShellScripts
{
    /// <summary>The names of all scripts, which are those of their files.</summary>
    public static ImmutableArray<string> Names { get; } =
        ["inspect", "prepare", "dry-activate", "activate", "renew", "verdict", "release", "reboot", "verify-rollback", "units", "contents", "run"];

    private static readonly ImmutableDictionary<string, string> Texts = Names.ToImmutableDictionary(n => n, n => Read("common") + Before(n) + Read(n));

    /// <summary>The text of a script; <c>activate</c> carries the guard's own text to the host.</summary>
    public static string Text(string name) => Texts[name];

    /// <summary>What runs on the host as <c>nixdeploy-guard.service</c>.</summary>
    internal static string Guard() => Read("common") + Read("guard-steps") + Read("guard-commit") + Read("guard-rollback") + Read("guard");

    /// <summary>What a script needs beside what all share.</summary>
    private static string Before(string name) => name switch
    {
        "activate" => GuardWriter(),
        "dry-activate" or "contents" => Read("switch-preview"),
        _ => "",
    };

    private static string GuardWriter() => $"write_guard() {{\ncat <<'NIXDEPLOY_TEXT'\n{Guard()}NIXDEPLOY_TEXT\n}}\n";

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"NixDeploy.HostProtocol.Scripts.{name}.sh")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
