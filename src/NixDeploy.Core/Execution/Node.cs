using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Execution;

/// <summary>What the scheduler keeps of a host.</summary>
internal sealed class Node(HostPlan plan)
{
    public static IComparer<Node> ByOrder { get; } = Comparer<Node>.Create((a, b) => a.Order.CompareTo(b.Order));

    public HostName Name => plan.Host;

    public HostPlan Plan => plan;

    /// <summary>The hosts that wait for this one.</summary>
    public List<Node> Dependents { get; } = [];

    /// <summary>Its place in the current stage: lower starts first.</summary>
    public int Order { get; set; }

    /// <summary>How many hosts it still waits for in the current stage.</summary>
    public int Waiting { get; set; }

    public bool Built { get; set; }

    public Milestone? Reached { get; set; }

    public Slot Slot { get; set; }

    /// <summary>Whether the current stage has started it and is not done with it.</summary>
    public bool InFlight { get; set; }

    /// <summary>Whether it will not be started any more; an event that says so is on its way or has come.</summary>
    public bool Doomed { get; set; }

    /// <summary>Whether nothing more will happen to it, unless the run is taken back.</summary>
    public bool Ended { get; set; }
}

/// <summary>What limited thing a host occupies.</summary>
internal enum Slot
{
    None,
    Copying,
    Activating,
    Returning,
}
