using System.Globalization;
using System.Security.Authentication;
using System.Text;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Description;

namespace NixDeploy.Health;

/// <summary>A URL answers as the host sees it; redirects are not followed, and the body is read only when something must be in it.</summary>
internal sealed class HttpProbe(HealthCheck.Http check) : IProbe
{
    private const int MostOfBody = 1 << 20;

    public async Task<ProbeResult> ProbeAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken)
    {
        var text = await check.Url.ResolveAsync(cancellationToken);
        if (!Words.IsHttpUrl(text))
        {
            return ProbeResult.CouldNotMeasure($"what its reference ({check.Url.Shown}) yields is no absolute http or https URL");
        }

        var url = new Uri(text);
        return await TcpProbe.ConnectedAsync(round, url.IdnHost, url.Port, limit, (stream, token) => AskAsync(url, stream, token), cancellationToken);
    }

    private async Task<ProbeResult> AskAsync(Uri url, Stream stream, CancellationToken cancellationToken)
    {
        // The connection is made before and used once: the handler itself would go on connecting after a cancelled request,
        // and would connect again to a server that closes without an answer.
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
            return check.Status is { } wanted && code != wanted ? ProbeResult.Failed(string.Create(CultureInfo.InvariantCulture, $"{answer}, expected {wanted}"))
                : check.Status is null && code is < 200 or >= 400 ? ProbeResult.Failed(answer)
                : check.Contains is { } text && !await ContainsAsync(response, text, cancellationToken) ? ProbeResult.Failed($"{answer} without {Text.Quote(text)}")
                : ProbeResult.Passed(answer);
        }
        catch (IOException e)
        {
            return ProbeResult.Failed($"its answer ends half way ({Told(e)})");
        }
        catch (HttpRequestException e)
        {
            return ProbeResult.Failed(e.InnerException is AuthenticationException tls
                ? $"its certificate is not accepted ({Told(tls)})"
                : $"what answers is no HTTP ({Told(e.InnerException ?? e)})");
        }
    }

    /// <summary>Reads until the text is found: an endless answer, such as server-sent events, would never end.</summary>
    private static async Task<bool> ContainsAsync(HttpResponseMessage response, string text, CancellationToken cancellationToken)
    {
        var wanted = Encoding.UTF8.GetBytes(text);
        var body = new byte[MostOfBody];
        var read = 0;
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        while (read < body.Length && await stream.ReadAsync(body.AsMemory(read), cancellationToken) is var count and > 0)
        {
            // The text may be split over two reads.
            var from = Math.Max(0, read - wanted.Length + 1);
            read += count;
            if (body.AsSpan(from, read - from).IndexOf(wanted) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private static string Told(Exception e) => e.Message.Split('\n')[0].TrimEnd('.', '\r', ' ');
}
