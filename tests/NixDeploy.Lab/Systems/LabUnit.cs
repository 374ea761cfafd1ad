using System.Collections.Immutable;

namespace NixDeploy.Labs;

/// <summary>A systemd unit of a <see cref="LabSystem"/>: a shell script to run, or a whole unit file as <see cref="Text"/>.</summary>
public sealed record LabUnit
{
    public string? Description { get; init; }

    /// <summary>A shell script.</summary>
    public string? Exec { get; init; }

    /// <summary>A shell script; with it a change reloads the unit instead of restarting it.</summary>
    public string? Reload { get; init; }

    /// <summary>The unit's Type, simple by default.</summary>
    public string? Type { get; init; }

    /// <summary>Instead of the system's version: a unit with a fixed one does not change with every version.</summary>
    public string? Version { get; init; }

    /// <summary>multi-user.target by default; an empty list makes a unit that nothing starts.</summary>
    public ImmutableArray<string>? WantedBy { get; init; }

    /// <summary>Further lines of the section [Unit].</summary>
    public ImmutableSortedDictionary<string, string>? Unit { get; init; }

    /// <summary>Further lines of the section [Service].</summary>
    public ImmutableSortedDictionary<string, string>? Service { get; init; }

    /// <summary>The whole unit file; needed for units that are not services.</summary>
    public string? Text { get; init; }

    public static ImmutableSortedDictionary<string, string> Lines(params (string Key, string Value)[] lines) =>
        lines.ToImmutableSortedDictionary(line => line.Key, line => line.Value);
}
