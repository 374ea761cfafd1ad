using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>What a script refused: <c>refuse WORD DETAIL…</c>.</summary>
/// <param name="Host">The host.</param>
/// <param name="Script">The script, and what it was told.</param>
/// <param name="Details">What stands behind the word.</param>
/// <param name="Answer">The whole answer.</param>
/// <param name="Error">What the script wrote to its standard error.</param>
internal sealed record HostRefusal(HostName Host, ShellScript Script, ImmutableArray<string> Details, HostAnswer Answer, string Error)
{
    /// <summary>The detail at this place; empty when there is none.</summary>
    public string Detail(int index) => index < Details.Length ? Details[index] : "";

    /// <summary>A value that the script was told; empty when it was not.</summary>
    public string Value(string key) => ScriptWords.Value(Script.Arguments, key);

    /// <summary>The system that the script was to activate.</summary>
    public string System => Value("target") is { Length: > 0 } target ? target : Value("system");

    /// <summary>The end of what the script wrote to its standard error, in parentheses.</summary>
    public string Because => HostErrors.Because(Error);

    /// <summary>The error for it.</summary>
    public HostException As(string code, string sentence) => new(code, $"{Host}: {sentence}");
}

/// <summary>One word that scripts refuse with, the scripts that may answer it, and the error that it means.</summary>
internal sealed record HostRefusalKind(string Word, ImmutableArray<string> Scripts, Func<HostRefusal, HostException> Error);

/// <summary>What each script may be refused with, and the error that it means: one table, which a test compares with the scripts.</summary>
internal static class HostRefusals
{
    public static ImmutableArray<HostRefusalKind> All { get; } =
    [
        new("bad-request", ShellScripts.Names, r => r.As("ND0425",
            $"the script '{r.Script.Name}' refused the value '{r.Detail(0)}' ({r.Detail(1)}) and did nothing. This is an error in NixDeploy; please report it.")),
        new("newer-protocol", ["prepare", "activate", "renew", "verdict", "release", "reboot"], r => r.As("ND0426",
            $"{r.Detail(0)} on the host was written by a newer NixDeploy (protocol {Text.Quote(r.Detail(1))}), so nothing was changed; use that version or a newer one.")),
        new("lock-lost", ["activate", "verdict", "reboot"], r => r.As("ND0410", r.Answer.Lock() is { } holder
            ? $"the host's lock now belongs to run {holder.Run} of {holder.Controller}, so '{r.Script.Name}' did nothing; wait for that run to end."
            : $"this run no longer holds the host's lock, so '{r.Script.Name}' did nothing; it was released or broken, or the host was restarted. Look at the host with Status and deploy again.")),
        new("guarded", ["activate", "release", "reboot"], r => r.As("ND0420",
            $"the guard of a transaction is still running, so '{r.Script.Name}' did nothing; it ends by itself at its deadline.")),
        new("no-transaction", ["activate", "renew", "verdict"], r => HostErrors.NoTransaction(r.Host, r.Value("run"))),
        new("not-a-system", ["activate", "dry-activate"], r => r.As("ND0411",
            $"{r.System} is no NixOS system that can be activated: it has no program bin/switch-to-configuration. Nothing was changed; set toplevel to config.system.build.toplevel, with system.switch.enable on.")),
        new("incomplete", ["activate", "dry-activate"], r => r.As("ND0412",
            $"{r.System} is not complete in the host's store, so it was not activated; deploy again, and the missing paths are copied.")),
        new("other-generation", ["activate"], r => r.As("ND0413",
            $"generation {r.Value("generation")} is not {r.System} on the host, so nothing was activated; list the host's generations with Status and name one of those.")),
        new("no-guard", ["activate", "verdict"], r => r.As("ND0414",
            $"systemd could not start the guard (nixdeploy-guard.service), so nothing was activated{r.Because}; look at 'journalctl -b -u nixdeploy-guard' on the host.")),
        new("not-activated", ["verdict"], r => r.As("ND0418",
            "the new system was not activated, so it was not committed; the guard rolls the host back.")),
        new("moved-on", ["verdict"], r => r.As("ND0419",
            $"the host runs {Text.Quote(r.Detail(0))} now, which is not the system on trial, so nothing was committed. Find out who activated it by hand.")),
        new("cannot-write", ["prepare", "activate"], r => r.As("ND0415",
            $"{r.Detail(0)} cannot be written, so nothing was begun{r.Because}; the disk may be full or read-only.")),
        new("store-broken", ["prepare", "contents"], r => r.As("ND0416",
            $"nix-store on the host could not say which paths are there{r.Because}; try 'nix-store --verify' on the host.")),
        new("unreadable", ["contents"], r => r.As("ND0423",
            $"files of its system cannot be read, so what changes is not known{r.Because}; try 'nix-store --verify --check-contents' on the host.")),
        new("no-reboot", ["reboot"], r => r.As("ND0424",
            $"systemd does not reboot the host{(r.Detail(0).Length > 0 ? HostErrors.Because(r.Detail(0)) : r.Because)}; it keeps running as it is. Look at 'systemctl list-jobs' and 'systemd-inhibit --list' there.")),
    ];

    private static readonly ImmutableDictionary<string, HostRefusalKind> ByWord = All.ToImmutableDictionary(k => k.Word);

    /// <summary>The error that a refusal means.</summary>
    public static HostException Error(string word, HostRefusal refusal) => ByWord.TryGetValue(word, out var kind)
        ? kind.Error(refusal)
        : refusal.As("ND0422", $"the script '{refusal.Script.Name}' ended with an error that this version does not know: {Text.Quote(word)}.");
}
