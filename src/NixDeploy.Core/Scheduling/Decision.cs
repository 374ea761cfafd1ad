using System.Collections.Immutable;
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

    /// <summary>Bring a host back to its old system although it was committed.</summary>
    public sealed record RollBack(HostName Host) : Decision;

    /// <summary>A host will not go on: the host that it waits for is not going to be deployed. What it holds is given back.</summary>
    public sealed record Block(HostName Host, HostName Because) : Decision;

    /// <summary>A host will not go on: the host that it waits for cannot be reached and is put off to the next run, and so is this one.</summary>
    public sealed record Defer(HostName Host, HostName Because) : Decision;

    /// <summary>A host will not go on: the run was stopped, aborted or halted. What it holds is given back.</summary>
    public sealed record Cancel(HostName Host, string Reason) : Decision;

    /// <summary>The failure budget is spent, a stage does not bear the failure, or nobody approved: hosts are taken back.</summary>
    public sealed record Halt(int Failed, int Allowed, RollbackScope Scope, int Stage, string Reason) : Decision;
}
