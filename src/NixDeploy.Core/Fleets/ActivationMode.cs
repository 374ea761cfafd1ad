namespace NixDeploy.Fleets;

/// <summary>What is done with a new system, in the words of <c>switch-to-configuration</c>.</summary>
public enum ActivationMode
{
    /// <summary>It is tried, and runs for good once it is healthy.</summary>
    Switch,

    /// <summary>Nothing is activated: it becomes the boot default, and runs from the next boot on.</summary>
    Boot,

    /// <summary>It is tried and, when it is healthy, left running; the boot default stays what it was, so it is gone at the next boot.</summary>
    Test,

    /// <summary>Nothing is changed: the host only tells what an activation would do.</summary>
    DryActivate,
}
