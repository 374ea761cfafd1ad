using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts.Shell;

/// <summary>A program printed more than an answer can be, so the reading ended.</summary>
internal sealed class OutputOverflowException() : IOException(FormattableString.Invariant($"The output is longer than {HostAnswer.LongestOutput} bytes."));
