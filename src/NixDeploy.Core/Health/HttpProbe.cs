using System.Globalization;
using System.Security.Authentication;

namespace NixDeploy.Health;

/// <summary>A URL answers 2xx or 3xx as the host sees it; redirects are not followed and the body is not read.</summary>
internal sealed class HttpProbe(Uri url) : IProbe
{
    public Task<Look> LookAsync(Round round, TimeSpan limit, CancellationToken cancellationToken) =>
        TcpProbe.ConnectedAsync(round, url.IdnHost, url.Port, limit, AskAsync, cancellationToken);

    private async Task<Look> AskAsync(Stream stream, CancellationToken cancellationToken)
    {
        // The connection is made before, and handed over once: the handler would go on connecting behind a request that was given up,
        // and would connect again to a server that hangs up without an answer.
        var handedOver = false;
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxResponseHeadersLength = 64,
            ConnectCallback = (_, _) =>
            {
                var again = handedOver;
                handedOver = true;
                return again ? ValueTask.FromException<Stream>(new IOException("the connection ends without an answer")) : ValueTask.FromResult(stream);
            },
        };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { { "User-Agent", "nixdeploy" }, { "Connection", "close" } } };
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var code = (int)response.StatusCode;
            var answer = string.Create(CultureInfo.InvariantCulture, $"answers {code}");
            return code is >= 200 and < 400 ? Look.Passed(answer) : Look.Failed(answer);
        }
        catch (HttpRequestException e)
        {
            return Look.Failed(e.InnerException is AuthenticationException tls
                ? $"its certificate is not accepted ({Told(tls)})"
                : $"what answers is no HTTP ({Told(e.InnerException ?? e)})");
        }
    }

    private static string Told(Exception e) => e.Message.Split('\n')[0].TrimEnd('.', '\r', ' ');
}
