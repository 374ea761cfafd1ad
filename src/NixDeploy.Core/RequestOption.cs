using System.Collections.Immutable;
using NixDeploy.Fleets.Description;

namespace NixDeploy;

/// <summary>An option of a <see cref="DeploymentRequest"/> as command lines give it: its name, its value, what it means.</summary>
public sealed class RequestOption
{
    private readonly Setting setting;

    private RequestOption(Setting setting) => this.setting = setting;

    /// <summary>All options, in the order in which they are documented.</summary>
    public static ImmutableArray<RequestOption> All { get; } = [.. Settings.Of(Scopes.Plan | Scopes.Run | Scopes.Rollback).Select(s => new RequestOption(s))];

    /// <summary>Its name, without dashes: <c>parallel-limit</c>.</summary>
    public string Name => setting.ArgumentName;

    /// <summary>A name that it had in an earlier version and that is still read; <see langword="null"/>: none.</summary>
    public string? FormerName => setting.FormerName;

    /// <summary>What a value looks like, such as <c>SECONDS</c>; its alternatives are separated by <c>|</c>.</summary>
    public string Form => setting.Kind.Form;

    /// <summary>Whether its value may be omitted, which is true then.</summary>
    public bool IsFlag => setting.Kind.IsFlag;

    /// <summary>Whether it may be given piece by piece; its value is the pieces with commas between them.</summary>
    public bool IsList => setting.Kind.IsList;

    /// <summary>What it means, in Markdown.</summary>
    public string Description => setting.Says;

    /// <summary>What holds where it is not given, in a few words of Markdown; empty: nothing worth saying.</summary>
    public string Default => SettingText.DefaultOfOption(setting);

    /// <summary>Whether it shapes a plan, so that it comes too late for one that is made.</summary>
    public bool ShapesPlan => setting.Is(Scopes.Plan);

    /// <summary>Whether a rollback has a use for it.</summary>
    public bool IsForRollback => setting.Is(Scopes.Rollback);

    /// <summary>Whether it says how canaries are deployed.</summary>
    public bool IsForCanaries => setting.Name.StartsWith("canary.", StringComparison.Ordinal);

    /// <summary>The request with the option's value.</summary>
    /// <param name="request">The request.</param>
    /// <param name="text">The value as it was given; empty for a flag without one.</param>
    /// <exception cref="UsageException"><c>ND0211</c>: the value is invalid. <c>ND0212</c>: it contradicts itself.</exception>
    public DeploymentRequest Apply(DeploymentRequest request, string text) =>
        setting.Kind.Parse(text) is { } value
            ? request with { Values = request.Values.With(setting, value) }
            : throw new UsageException("ND0211", $"--{Name}: {(text.Length == 0 ? "no value" : $"invalid value '{text}'")}; expected {setting.Kind.Expected}{Fleets.Text.DidYouMean(text, setting.Kind.Words)}.");
}
