using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>What the scheduler keeps of a host, or of a bridge: something that nothing happens to and that others are behind.</summary>
internal sealed class GraphNode
{
    private readonly HostPlan? plan;

    public GraphNode(HostPlan plan) => (this.plan, Name, After) = (plan, plan.Host, plan.After);

    public GraphNode(BridgeHost bridge) => (Name, After) = (bridge.Host, bridge.After);

    public HostName Name { get; }

    public HostPlan Plan => plan ?? throw new InvalidOperationException($"{Name} is a bridge.");

    public bool IsBridge => plan is null;

    /// <summary>The names of the hosts and bridges that this one waits for.</summary>
    public ImmutableArray<HostName> After { get; }

    /// <summary>The hosts and bridges that this one waits for.</summary>
    public GraphNode[] Dependencies { get; set; } = [];

    /// <summary>The hosts and bridges that wait for this one.</summary>
    public List<GraphNode> Dependents { get; } = [];

    /// <summary>Its place in the current stage: lower starts first, and no two that wait are equal.</summary>
    public int Order { get; set; }

    /// <summary>Those of its tags that are limited.</summary>
    public ImmutableArray<string> Tags => plan?.Tags ?? [];

    /// <summary>How many may have a place while it has one; <see langword="null"/>: no limit of its own.</summary>
    public int? ParallelLimit => plan?.ParallelLimit;

    /// <summary>
    /// Whether a place is kept for it while it is being copied: for a copy that takes next to nothing beside the activation, the host
    /// with more work behind it is worth the wait.
    /// </summary>
    public bool IsSoonCopied => Plan.Estimate.Copy * 20 <= Plan.Estimate.InPlace;

    /// <summary>How many hosts and bridges it still waits for.</summary>
    public int Waiting { get; set; }

    /// <summary>The stage that it is in, or was in last.</summary>
    public int Stage { get; set; } = -1;

    /// <summary>Whether the current stage is not done with it.</summary>
    public bool InStage { get; set; }

    /// <summary>For a bridge that passes nothing on any more: the host behind it that was lost.</summary>
    public HostName? Lost { get; set; }

    public bool Built { get; set; }

    public Milestone? Reached { get; set; }

    public Slot Slot { get; set; }

    /// <summary>Whether the current stage has started it and is not done with it.</summary>
    public bool InFlight { get; set; }

    /// <summary>That it will not be started any more, and why; the event that says so is still to come, or has come.</summary>
    public Decision.Abandon? Abandoned { get; set; }

    /// <summary>Whether it cannot be reached and is skipped: whoever waits for it goes on without.</summary>
    public bool Skipped { get; set; }

    /// <summary>Whether it has failed while it was deployed or watched.</summary>
    public bool Failed { get; set; }

    /// <summary>Whether nothing more will happen to it, unless the run is rolled back.</summary>
    public bool Ended { get; set; }
}

/// <summary>What limited thing a host occupies.</summary>
internal enum Slot
{
    None,
    Copying,
    Activating,
    RollingBack,
}
