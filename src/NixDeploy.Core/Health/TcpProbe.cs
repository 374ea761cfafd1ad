using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>A TCP port accepts a connection as the host sees it.</summary>
internal sealed class TcpProbe(string host, int port) : IProbe
{
    /// <summary>The code for a port that does not accept; with any other code but the next the host was not asked.</summary>
    private const string NothingAccepts = "ND0534";

    /// <summary>The code for an sshd that does not let us connect from the host.</summary>
    private const string Forbidden = "ND0536";

    private static readonly ProbeResult Accepts = ProbeResult.Passed("accepts connections");

    public Task<ProbeResult> ProbeAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken) =>
        ConnectedAsync(round, host, port, limit, static (_, _) => Task.FromResult(Accepts), DirectlyAsync, cancellationToken);

    /// <summary>Connects and probes over the connection; no answer within the limit is a failure of the port, not of the measurement.</summary>
    /// <param name="round">The round of probes.</param>
    /// <param name="host">The name or address as the host knows it.</param>
    /// <param name="port">The port.</param>
    /// <param name="limit">The time for all of it.</param>
    /// <param name="probe">Probes over the connection.</param>
    /// <param name="directly">Probes with a program of the host, where sshd does not let us connect.</param>
    /// <param name="cancellationToken">Cancels the probe.</param>
    public static async Task<ProbeResult> ConnectedAsync(
        ProbeContext round,
        string host,
        int port,
        TimeSpan limit,
        Func<Stream, CancellationToken, Task<ProbeResult>> probe,
        Func<ProbeContext, TimeSpan, CancellationToken, Task<ProbeResult>> directly,
        CancellationToken cancellationToken)
    {
        using var expiry = new CancellationTokenSource(limit, round.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, cancellationToken);
        try
        {
            await using var stream = await round.Session.OpenTcpAsync(host, port, either.Token);
            return await probe(stream, either.Token);
        }
        catch (HostException e) when (e.Code == Forbidden)
        {
            return await directly(round, limit, cancellationToken);
        }
        catch (HostException e) when (e.Code == NothingAccepts)
        {
            return Nothing(host, port);
        }
        catch (OperationCanceledException) when (expiry.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Late(limit);
        }
    }

    /// <summary>The result when sshd forbids forwarding and nothing on the host can connect instead.</summary>
    /// <param name="why">Why nothing can: a clause.</param>
    public static ProbeResult Forbids(string why) => ProbeResult.CouldNotMeasure($"sshd on the host forbids forwarding (AllowTcpForwarding, 'restrict'), and {why}");

    public static ProbeResult Nothing(string host, int port) => ProbeResult.Failed($"nothing accepts connections at {host}:{port}");

    public static ProbeResult Late(TimeSpan limit) => ProbeResult.Failed($"no answer within {Duration.Of(limit)}") with { Unanswered = true };

    private async Task<ProbeResult> DirectlyAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken)
    {
        const int tookTooLong = 124, noSuchProgram = 127;
        return (await round.Session.RunAsync(HostTcp.Connect(host, port), limit, cancellationToken)).ExitCode switch
        {
            0 => Accepts,
            tookTooLong => Late(limit),
            noSuchProgram => Forbids("it has no bash"),
            _ => Nothing(host, port),
        };
    }
}
