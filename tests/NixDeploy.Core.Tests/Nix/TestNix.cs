using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using NixDeploy.Nix;

namespace NixDeploy.Tests.Nix;

/// <summary>The Nix of this machine, told to build without users, sandbox and caches, and folders with fleets for it.</summary>
internal static class TestNix
{
    /// <summary>What makes Nix build real derivations on any machine, as root and without a network.</summary>
    public static NixOptions Options { get; } = new()
    {
        Environment = ImmutableDictionary<string, string?>.Empty
            .Add("NIX_CONFIG", "build-users-group =\nsandbox = false\nsubstituters =\nexperimental-features = nix-command flakes"),
    };

    /// <summary>Skips the test where there is no Nix, and fails it where the lab is obligatory.</summary>
    public static void Require()
    {
        var there = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(f => f.Length > 0 && File.Exists(Path.Combine(f, "nix")));
        if (there)
        {
            return;
        }

        const string Reason = "nix is not on PATH: install it (apt install nix-bin) to run these tests.";
        if (Environment.GetEnvironmentVariable("NIXDEPLOY_LAB") == "required")
        {
            Assert.Fail(Reason);
        }

        Assert.Ignore(Reason);
    }

    /// <summary>A system that /bin/sh builds; the salt makes it one that no test has built before.</summary>
    public static string Toplevel(string name, string script = "", string? salt = null, [CallerMemberName] string test = "") =>
        $$"""derivation { name = "nixos-system-{{name}}"; system = builtins.currentSystem or "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" {{NixText.Quote($": {test} {salt}; {script}\necho {name} > $out")}} ]; }""";

    /// <summary>A host as nixosConfigurations have it.</summary>
    public static string Host(string toplevel, string deployment = "{ }", string more = "") =>
        $"{{ config = {{ claude.deployment = {deployment}; system.build.toplevel = {toplevel}; {more} }}; }}";

    /// <summary>The text of a flake.nix.</summary>
    public static string Flake(params (string Name, string Host)[] hosts) =>
        $"{{ outputs = {{ self }}: {{ nixosConfigurations = {Set(hosts)}; }}; }}";

    /// <summary>A set of hosts.</summary>
    public static string Set(params (string Name, string Host)[] hosts) =>
        $"{{\n{string.Concat(hosts.Select(h => $"  {NixText.Quote(h.Name)} = {h.Host};\n"))}}}";
}
