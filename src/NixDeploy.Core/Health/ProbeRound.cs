using System.Collections.Immutable;

namespace NixDeploy.Health;

/// <summary>The looks of one round, one after the other, over a connection that is made anew when it fails.</summary>
internal sealed class ProbeRound
{
    private readonly WatchedConnection connection;
    private readonly Round round;

    public ProbeRound(WatchedConnection connection, TimeProvider time, IReadOnlyCollection<WatchedCheck> due)
    {
        this.connection = connection;
        connection.BeginRound();
        round = new Round(time, [.. due.SelectMany(c => c.Probe.Units).Distinct()], due.Any(c => c.Probe.WantsWholeState));
    }

    /// <summary>Looks at one check; that the host cannot be asked is an answer too.</summary>
    public async Task<Look> LookAsync(WatchedCheck check, CancellationToken cancellationToken)
    {
        var limit = check.Begin(round.Time.GetUtcNow());
        try
        {
            round.Session = await connection.TakeAsync(cancellationToken);
            return await check.Probe.LookAsync(round, limit, cancellationToken);
        }
        catch (Exception e) when (e is HostException or IOException)
        {
            connection.Doubt();
            return Look.CouldNotMeasure(e.Message.TrimEnd('.'));
        }
    }

    /// <summary>What units said last; nothing when there are none, or when the host cannot be asked.</summary>
    public async Task<ImmutableArray<UnitFailure>> LogsAsync(ImmutableArray<string> units, CancellationToken cancellationToken) =>
        units.IsEmpty || round.Session is not { } session ? [] : await UnitLogs.OfAsync(session, units, cancellationToken);
}
