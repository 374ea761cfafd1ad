namespace NixDeploy.Events;

/// <summary>An event that a newer version wrote: it changes no state here, keeps its text, and counts in the audit chain.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Version">The version that its text says.</param>
/// <param name="Json">Its text as it is stored.</param>
public sealed record UnknownEvent(string Type, int Version, string Json) : DeploymentEvent;
