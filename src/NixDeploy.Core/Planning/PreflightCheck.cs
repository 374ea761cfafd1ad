using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>How one check went before anything was touched.</summary>
/// <param name="Name">What was looked at, such as <c>Disk space</c>.</param>
/// <param name="Passed">How many hosts passed.</param>
/// <param name="Failed">The hosts that did not, in ordinal order; why is told with each blocked host.</param>
public sealed record PreflightCheck(string Name, int Passed, ImmutableArray<HostName> Failed);
