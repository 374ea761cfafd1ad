namespace NixDeploy.Events;

/// <summary>Where a run's events go.</summary>
public interface IEventSink
{
    /// <summary>Appends an event behind all that were appended before it.</summary>
    /// <returns>
    /// Completes when the event, and every event before it, is durable. Those who append an observation need not wait for it:
    /// it becomes durable with the next intent.
    /// </returns>
    Task AppendAsync(DeploymentEvent happened);
}
