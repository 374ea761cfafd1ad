using Newtonsoft.Json.Linq;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Description;

namespace NixDeploy.Nix;

/// <summary>Turns what an evaluator said of a host's system into a system or a problem.</summary>
internal static class Systems
{
    /// <summary>The system, or <see langword="null"/> when its paths are not known before it is built.</summary>
    public static SystemBuild? Read(JToken? system) =>
        system is JObject
        && StorePath.TryParse(SettingsObject.Words(system["toplevel"]), out var toplevel)
        && StorePath.TryParse(SettingsObject.Words(system["derivation"]), out var derivation)
            ? new SystemBuild(toplevel, derivation) { Test = ReadTest(system["test"]) }
            : null;

    /// <summary>A test, or <see langword="null"/> when there is none.</summary>
    /// <exception cref="NixException"><c>ND0308</c>: it is something else.</exception>
    public static TestBuild? ReadTest(JToken? test) =>
        test is not JObject ? null
        : StorePath.TryParse(SettingsObject.Words(test["toplevel"]), out var result)
            ? new TestBuild(result, StorePath.TryParse(SettingsObject.Words(test["derivation"]), out var derivation) ? derivation : null)
            : throw new NixException("ND0308", $"A host's test is {Text.Quote(SettingsObject.Words(test["toplevel"]))}, expected a derivation or a store path.");

    /// <summary>Why a host has no system.</summary>
    /// <param name="host">The host.</param>
    /// <param name="error">What Nix said; <see langword="null"/> when it evaluates to something that is no system.</param>
    /// <param name="command">The command that shows more.</param>
    public static Problem Failure(HostName host, NixException? error, string? command) => new("ND0304", error switch
    {
        null => $"{host} does not evaluate to a system: its toplevel is no derivation with an output path that is known before it is built.",
        { InnerException: NixFailure failure } => $"{host} does not evaluate: {failure.Message}",
        _ => $"{host} does not evaluate: {error.Message}",
    })
    { Command = command };
}
