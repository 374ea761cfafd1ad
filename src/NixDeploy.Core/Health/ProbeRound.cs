using System.Collections.Immutable;

namespace NixDeploy.Health;

/// <summary>The probes of one round, one after the other; after a failure over a fresh connection.</summary>
internal sealed class ProbeRound
{
    private readonly WatchedConnection connection;
    private readonly ProbeContext round;

    public ProbeRound(WatchedConnection connection, TimeProvider time, IReadOnlyCollection<WatchedCheck> due)
    {
        this.connection = connection;
        connection.StartRound();
        round = new ProbeContext(time, [.. due.SelectMany(c => c.Probe.Units).Distinct()], due.Any(c => c.Probe.WantsWholeState));
    }

    /// <summary>Probes one check; a host that cannot be asked is a result too.</summary>
    public async Task<ProbeResult> ProbeAsync(WatchedCheck check, CancellationToken cancellationToken)
    {
        var limit = check.Begin(round.Time.GetUtcNow());
        try
        {
            round.Session = await connection.GetAsync(cancellationToken);
            return await check.Probe.ProbeAsync(round, limit, cancellationToken);
        }
        catch (Exception e) when (e is HostException or IOException or FleetException)
        {
            // A reference in the check that cannot be resolved says nothing about the connection.
            if (e is not FleetException)
            {
                connection.Discard();
            }

            return ProbeResult.CouldNotMeasure(e.Message.TrimEnd('.'));
        }
    }

    /// <summary>The last log lines of units; empty without units, or when the host cannot be asked.</summary>
    public async Task<ImmutableArray<UnitFailure>> LogsAsync(ImmutableArray<string> units, DateTimeOffset? since, CancellationToken cancellationToken) =>
        units.IsEmpty || round.Session is not { } session ? [] : await UnitLogs.OfAsync(session, units, since, cancellationToken);
}
