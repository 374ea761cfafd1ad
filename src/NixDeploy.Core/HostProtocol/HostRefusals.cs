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
}

/// <summary>One word that scripts refuse with.</summary>
/// <param name="Word">The word.</param>
/// <param name="Scripts">The scripts that may answer it.</param>
/// <param name="Error">The error that it means.</param>
internal sealed record HostRefusalKind(string Word, ImmutableArray<string> Scripts, Func<HostRefusal, HostException> Error);

/// <summary>What each script may be refused with, and the error that it means: one table, which a test compares with the scripts.</summary>
internal static class HostRefusals
{
    /// <summary>The table.</summary>
    public static ImmutableArray<HostRefusalKind> All { get; } =
    [
        new("bad-request", ShellScripts.Names, r => HostErrors.BadRequest(r.Host, r.Script.Name, r.Detail(0), r.Detail(1))),
        new("newer-protocol", ["prepare", "activate", "renew", "verdict", "release", "reboot"], r => HostErrors.NewerProtocol(r.Host, r.Detail(0), r.Detail(1))),
        new("lock-lost", ["activate", "verdict", "reboot"], r => HostErrors.LockLost(r.Host, r.Script.Name, r.Answer.Lock())),
        new("guarded", ["activate", "release", "reboot"], r => HostErrors.GuardAtWork(r.Host, r.Script.Name)),
        new("no-transaction", ["activate", "renew", "verdict"], r => HostErrors.NoTransaction(r.Host, r.Value("run"))),
        new("not-a-system", ["activate", "dry-activate"], r => HostErrors.NotASystem(r.Host, r.System)),
        new("incomplete", ["activate", "dry-activate"], r => HostErrors.Incomplete(r.Host, r.System)),
        new("other-generation", ["activate"], r => HostErrors.OtherGeneration(r.Host, r.Value("generation"), r.System)),
        new("no-guard", ["activate", "verdict"], r => HostErrors.NoGuard(r.Host, r.Error)),
        new("not-activated", ["verdict"], r => HostErrors.NotActivated(r.Host)),
        new("moved-on", ["verdict"], r => HostErrors.MovedOn(r.Host, r.Detail(0))),
        new("cannot-write", ["prepare", "activate"], r => HostErrors.CannotWrite(r.Host, r.Detail(0), r.Error)),
        new("store-broken", ["prepare", "contents"], r => HostErrors.StoreBroken(r.Host, r.Error)),
        new("unreadable", ["contents"], r => HostErrors.Unreadable(r.Host, r.Error)),
        new("no-reboot", ["reboot"], r => HostErrors.NoReboot(r.Host, r.Detail(0).Length > 0 ? r.Detail(0) : r.Error)),
    ];

    private static readonly ImmutableDictionary<string, HostRefusalKind> ByWord = All.ToImmutableDictionary(k => k.Word);

    /// <summary>The error that a refusal means.</summary>
    public static HostException Error(string word, HostRefusal refusal) =>
        ByWord.TryGetValue(word, out var kind) ? kind.Error(refusal) : HostErrors.Unknown(refusal.Host, refusal.Script.Name, word);
}
