namespace NixDeploy.Events;

/// <summary>An event as the journal has it.</summary>
/// <param name="Sequence">Its number in the run, from 1, without gaps.</param>
/// <param name="At">When it was appended, UTC.</param>
/// <param name="Event">What happened.</param>
/// <param name="Hash">SHA-256 over the hash before it and its own content, lower-case hex: a link of the audit chain.</param>
public sealed record RecordedEvent(long Sequence, DateTimeOffset At, DeploymentEvent Event, string Hash);
