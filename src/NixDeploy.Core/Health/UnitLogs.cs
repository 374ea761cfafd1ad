using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>The last log lines of failed units.</summary>
internal static class UnitLogs
{
    private const int MostUnits = 5;
    private const int LongestLine = 500;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>The last 20 lines of each unit's journal since a moment, or else since the boot, of a few units; if the host cannot be asked, there are none.</summary>
    public static async Task<ImmutableArray<UnitFailure>> OfAsync(IHostSession session, ImmutableArray<string> units, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        var from = since is { } moment ? string.Create(CultureInfo.InvariantCulture, $"--since=@{(moment - DateTimeOffset.UnixEpoch).TotalSeconds:F6}") : "--boot";
        var failures = ImmutableArray.CreateBuilder<UnitFailure>();
        foreach (var unit in units)
        {
            var log = failures.Count < MostUnits ? await LogAsync(session, unit, from, cancellationToken) : [];
            failures.Add(new UnitFailure(unit, "", log));
        }

        return failures.ToImmutable();
    }

    private static async Task<ImmutableArray<string>> LogAsync(IHostSession session, string unit, string from, CancellationToken cancellationToken)
    {
        try
        {
            var result = await session.RunAsync(["journalctl", "-u", unit, from, "-n", "20", "-o", "cat", "--no-pager"], Deadline, cancellationToken);
            return result.ExitCode == 0
                ? [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(20).Select(l => l.Length <= LongestLine ? l : l[..LongestLine] + "…")]
                : [];
        }
        catch (HostException)
        {
            return [];
        }
    }
}
