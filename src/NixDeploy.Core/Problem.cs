using System.Collections.Immutable;

namespace NixDeploy;

/// <summary>An error as data: what events, results and reports carry.</summary>
/// <param name="Code">The stable code, <c>ND0001</c> and up.</param>
/// <param name="Message">One sentence.</param>
public sealed record Problem(string Code, string Message)
{
    /// <summary>The units that failed, with the last lines of their logs; empty when no unit is involved.</summary>
    public ImmutableArray<UnitFailure> Units { get; init; } = [];

    /// <summary>The end of what the program said that failed, such as a build: its last lines, oldest first.</summary>
    public ImmutableArray<string> Log { get; init; } = [];

    /// <summary>The derivation whose build failed; <see langword="null"/>: no build did, or it is not known which.</summary>
    public string? Derivation { get; init; }

    /// <summary>The recovery command, or <see langword="null"/> when there is nothing to type.</summary>
    public string? Command { get; init; }

    /// <summary>This problem and another one as one: the code of this, the sentences of both.</summary>
    public Problem And(Problem other) => this with
    {
        Message = $"{Message} {other}",
        Units = Units.AddRange(other.Units),
        Log = Log.IsEmpty ? other.Log : Log,
        Derivation = Derivation ?? other.Derivation,
        Command = Command ?? other.Command,
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Code}: {Message}";
}

/// <summary>A systemd unit that failed, and why.</summary>
/// <param name="Unit">The unit's full name, such as <c>nginx.service</c>.</param>
/// <param name="Result">systemd's <c>Result</c> property, such as <c>exit-code</c>; empty when unknown.</param>
/// <param name="Log">The last lines of its journal, oldest first.</param>
public sealed record UnitFailure(string Unit, string Result, ImmutableArray<string> Log);
