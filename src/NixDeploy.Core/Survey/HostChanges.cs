using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Survey;

/// <summary>A host, what it answered, and the system it is to run, which should be in the store by now.</summary>
internal sealed record ComparedHost(Host Host, HostState State, SystemBuild Target);

/// <summary>What changes on one host.</summary>
/// <param name="Changes">What differs; <see langword="null"/> when the systems could not be compared.</param>
/// <param name="Problem">Why not; <see langword="null"/> also when one of the two systems is simply nowhere to be read.</param>
internal sealed record HostChanges(SystemChanges? Changes, Problem? Problem)
{
    /// <summary>The systems could not be compared, and nothing went wrong.</summary>
    public static HostChanges NotComparable { get; } = new(null, null);

    /// <summary>The toplevels of the target's specialisations, by name.</summary>
    public ImmutableSortedDictionary<string, StorePath> Specialisations { get; init; } =
        ImmutableSortedDictionary.Create<string, StorePath>(StringComparer.Ordinal);

    /// <summary>Whether the host has nothing to do: it would boot the target, and runs that or one of its specialisations.</summary>
    public bool Unchanged { get; init; }
}
