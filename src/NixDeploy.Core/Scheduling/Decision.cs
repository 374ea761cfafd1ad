using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>What the executor is to do next.</summary>
internal abstract record Decision
{
    private Decision()
    {
    }

    /// <summary>Build the systems of these hosts in one batch.</summary>
    public sealed record Build(ImmutableArray<HostName> Hosts) : Decision;

    /// <summary>Bring a host to a milestone.</summary>
    public sealed record Bring(HostName Host, Milestone To) : Decision;

    /// <summary>Watch the hosts that a stage has deployed before the next stage begins.</summary>
    public sealed record Bake(int Stage, ImmutableArray<HostName> Hosts, TimeSpan For) : Decision;

    /// <summary>Ask a person whether the next stage begins.</summary>
    public sealed record Ask(int Stage, ImmutableArray<HostName> Hosts, Gate.Approval Gate) : Decision;

    /// <summary>Roll back a host that was committed.</summary>
    public sealed record RollBack(HostName Host) : Decision;

    /// <summary>Halt the run: hosts are rolled back, and none is started.</summary>
    public sealed record Halt(int Failed, int Allowed, RollbackScope Scope, int Stage, HaltReason Reason) : Decision;

    /// <summary>A host does not go on; what it holds is released.</summary>
    public abstract record Abandon(HostName Host) : Decision;

    /// <summary>The host that it waits for is not going to be deployed.</summary>
    public sealed record Block(HostName Host, HostName Because) : Abandon(Host);

    /// <summary>The host that it waits for cannot be reached and is deferred to the next run, and so is this one.</summary>
    public sealed record Defer(HostName Host, HostName Because) : Abandon(Host);

    /// <summary>No further host is started, and none goes further.</summary>
    public sealed record Cancel(HostName Host, CancelReason Reason) : Abandon(Host);
}
