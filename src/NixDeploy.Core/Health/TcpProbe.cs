namespace NixDeploy.Health;

/// <summary>A TCP port accepts a connection as the host sees it.</summary>
internal sealed class TcpProbe(string host, int port) : IProbe
{
    /// <summary>The code for a port that does not accept; with any other code the host was not asked.</summary>
    private const string NothingAccepts = "ND0534";

    public Task<ProbeResult> ProbeAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken) =>
        ConnectedAsync(round, host, port, limit, static (_, _) => Task.FromResult(ProbeResult.Passed("accepts connections")), cancellationToken);

    /// <summary>Connects and probes over the connection; no answer within the limit is a failure of the port, not of the measurement.</summary>
    public static async Task<ProbeResult> ConnectedAsync(
        ProbeContext round, string host, int port, TimeSpan limit, Func<Stream, CancellationToken, Task<ProbeResult>> probe, CancellationToken cancellationToken)
    {
        using var expiry = new CancellationTokenSource(limit, round.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, cancellationToken);
        try
        {
            await using var stream = await round.Session.OpenTcpAsync(host, port, either.Token);
            return await probe(stream, either.Token);
        }
        catch (HostException e) when (e.Code == NothingAccepts)
        {
            return ProbeResult.Failed($"nothing accepts connections at {host}:{port}");
        }
        catch (OperationCanceledException) when (expiry.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return ProbeResult.Failed($"no answer within {Duration.Of(limit)}") with { Unanswered = true };
        }
    }
}
