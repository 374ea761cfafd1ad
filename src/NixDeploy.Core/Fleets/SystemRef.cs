namespace NixDeploy.Fleets;

/// <summary>The system that a host runs, as far as it is known.</summary>
/// <param name="System">Where <c>/run/current-system</c> points; <see langword="null"/> when the host could not say.</param>
/// <param name="Generation">
/// The number of the system profile's current generation; <see langword="null"/> when there is none, or it is of a system that does not run.
/// </param>
public sealed record SystemRef(StorePath? System, int? Generation)
{
    /// <summary>Nothing is known.</summary>
    public static SystemRef Unknown { get; } = new(null, null);
}

/// <summary>One generation of the system profile.</summary>
/// <param name="Number">The number in <c>system-NUMBER-link</c>.</param>
/// <param name="System">What the link points at.</param>
public sealed record Generation(int Number, StorePath System);

/// <summary>How a host's system comes to be on the controller.</summary>
/// <param name="Toplevel">The system's store path, known before it is built.</param>
/// <param name="Derivation">What to realise; <see langword="null"/> for a system that is there already.</param>
public sealed record SystemBuild(StorePath Toplevel, StorePath? Derivation)
{
    /// <summary>What tests it without any host; <see langword="null"/>: nothing does.</summary>
    public TestBuild? Test { get; init; }
}

/// <summary>A test that runs when it is built, such as a NixOS test: it has passed when there is a result.</summary>
/// <param name="Result">The result's store path, known before the test runs.</param>
/// <param name="Derivation">What to realise; <see langword="null"/> for a test that has passed already.</param>
public sealed record TestBuild(StorePath Result, StorePath? Derivation);
