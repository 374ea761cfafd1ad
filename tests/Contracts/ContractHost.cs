using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;

namespace NixDeploy.Contracts;

/// <summary>A host that a session contract is tried on, and systems to deploy to it.</summary>
/// <remarks>What it runs at first is its own; it may be the same host for every test.</remarks>
public sealed record ContractHost(ITransport Transport, Host Host, ILocalStore Store)
{
    /// <summary>A system that works.</summary>
    public required StorePath Good1 { get; init; }

    /// <summary>Another one.</summary>
    public required StorePath Good2 { get; init; }

    /// <summary>A system of which <see cref="FailingUnit"/> does not start.</summary>
    public required StorePath Failing { get; init; }

    /// <summary>The full name of the unit that does not start in <see cref="Failing"/>.</summary>
    public required string FailingUnit { get; init; }

    /// <summary>The full name of a unit that is active in every good system.</summary>
    public required string GoodUnit { get; init; }
}
