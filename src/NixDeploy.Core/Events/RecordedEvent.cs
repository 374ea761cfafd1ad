namespace NixDeploy.Events;

/// <summary>An event as the journal has it.</summary>
/// <param name="Sequence">Its number in the run, from 1, without gaps.</param>
/// <param name="At">When it was appended, UTC.</param>
/// <param name="Event">What happened.</param>
/// <param name="Hash">SHA-256 over the hash before it and its own stored text, lower-case hex: a link of the audit chain.</param>
public sealed record RecordedEvent(long Sequence, DateTimeOffset At, DeploymentEvent Event, string Hash)
{
    private readonly string? stored;

    /// <summary>The event's text, byte by byte as it is stored. An event of an earlier version keeps its text whatever it is read as.</summary>
    public string Json
    {
        get => stored ?? EventJson.Write(Event);
        init => stored = value;
    }

    /// <summary>Whether both are the same entry with the same text.</summary>
    public bool Equals(RecordedEvent? other) =>
        other is not null && (Sequence, At, Hash) == (other.Sequence, other.At, other.Hash) && Json == other.Json;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Sequence, At, Hash);
}
