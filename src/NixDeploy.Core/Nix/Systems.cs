using Newtonsoft.Json.Linq;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Description;

namespace NixDeploy.Nix;

/// <summary>Turns what an evaluator said of a host's system into a system or a problem.</summary>
internal static class Systems
{
    /// <summary>The system of a host, or why it has none.</summary>
    /// <param name="system">What the evaluator said of it.</param>
    /// <param name="error">What went wrong when it was evaluated.</param>
    public static (SystemBuild? System, NixException? Error) Read(JToken? system, NixException? error) => Attempt(() => Read(system), error);

    /// <summary>A test of a host, or why it has none.</summary>
    /// <param name="test">What the evaluator said of it.</param>
    /// <param name="error">What went wrong when it was evaluated.</param>
    public static (TestBuild? Test, NixException? Error) ReadTest(JToken? test, NixException? error) => Attempt(() => ReadTest(test), error);

    private static (T? Value, NixException? Error) Attempt<T>(Func<T?> read, NixException? error)
        where T : class
    {
        try
        {
            return (read(), error);
        }
        catch (NixException e)
        {
            return (null, e);
        }
    }

    /// <summary>The system, or <see langword="null"/> when its paths are not known before it is built.</summary>
    private static SystemBuild? Read(JToken? system) =>
        system is JObject
        && StorePath.TryParse(SettingsObject.Words(system["toplevel"]), out var toplevel)
        && StorePath.TryParse(SettingsObject.Words(system["derivation"]), out var derivation)
            ? new SystemBuild(toplevel, derivation) { Test = ReadTest(system["test"]) }
            : null;

    /// <summary>A test, or <see langword="null"/> when there is none.</summary>
    /// <exception cref="NixException"><c>ND0308</c>: it is something else.</exception>
    private static TestBuild? ReadTest(JToken? test) =>
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
