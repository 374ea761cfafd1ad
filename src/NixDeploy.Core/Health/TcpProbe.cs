namespace NixDeploy.Health;

/// <summary>A TCP port accepts a connection as the host sees it.</summary>
internal sealed class TcpProbe(string host, int port) : IProbe
{
    /// <summary>The code of a session that reached its host and found nothing accepting; with any other the host was not asked.</summary>
    private const string NothingAccepts = "ND0534";

    public Task<Look> LookAsync(Round round, TimeSpan limit, CancellationToken cancellationToken) =>
        ConnectedAsync(round, host, port, limit, static (_, _) => Task.FromResult(Look.Passed("accepts connections")), cancellationToken);

    /// <summary>Connects and looks further; silence for so long is a failure, of the port and not of the measuring.</summary>
    public static async Task<Look> ConnectedAsync(
        Round round, string host, int port, TimeSpan limit, Func<Stream, CancellationToken, Task<Look>> look, CancellationToken cancellationToken)
    {
        using var expiry = new CancellationTokenSource(limit, round.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, cancellationToken);
        try
        {
            await using var stream = await round.Session.OpenTcpAsync(host, port, either.Token);
            return await look(stream, either.Token);
        }
        catch (HostException e) when (e.Code == NothingAccepts)
        {
            return Look.Failed($"nothing accepts connections at {host}:{port}");
        }
        catch (OperationCanceledException) when (expiry.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Look.Failed($"no answer within {Duration.Of(limit)}") with { Unanswered = true };
        }
    }
}
