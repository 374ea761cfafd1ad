namespace NixDeploy.Labs;

/// <summary>The lab cannot run here; the message says why in one sentence.</summary>
public sealed class LabUnavailableException(string reason) : Exception(reason);
