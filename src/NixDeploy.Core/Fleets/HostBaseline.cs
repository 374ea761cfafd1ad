namespace NixDeploy.Fleets;

/// <summary>How busy a host was before it was touched.</summary>
/// <param name="Load">The load average of the last minute.</param>
/// <param name="MemoryAvailableBytes">Bytes of memory that programs could still have.</param>
public sealed record HostBaseline(double Load, long MemoryAvailableBytes);
