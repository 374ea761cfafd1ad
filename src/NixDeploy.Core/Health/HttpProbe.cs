using System.Globalization;
using System.Security.Authentication;
using System.Text;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Description;
using NixDeploy.HostProtocol;

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
        return await TcpProbe.ConnectedAsync(round, url.IdnHost, url.Port, limit, (stream, token) => AskAsync(url, stream, token), DirectlyAsync, cancellationToken);

        // Everybody on the host sees arguments, so what a reference yields does not stand in them.
        Task<ProbeResult> DirectlyAsync(ProbeContext context, TimeSpan left, CancellationToken token) => check.Url is ValueReference.Plain
            ? AskThereAsync(context, url, left, token)
            : Task.FromResult(TcpProbe.Forbids("the check's URL is a secret, which no program there is handed"));
    }

    /// <summary>Has a program of the host ask, and reads what it printed.</summary>
    private async Task<ProbeResult> AskThereAsync(ProbeContext round, Uri url, TimeSpan limit, CancellationToken cancellationToken)
    {
        const int notConnected = 7, late = 28, certificate = 60, tookTooLong = 124, noSuchProgram = 127;
        var said = await round.Session.RunAsync(HostTcp.Get(url, limit), limit, cancellationToken);
        var end = said.Output.LastIndexOf('\n');
        return said.ExitCode switch
        {
            0 when int.TryParse(said.Output.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var code) =>
                Judge(code, text => said.Output.AsSpan(0, end).Contains(text, StringComparison.Ordinal)),
            notConnected => TcpProbe.Nothing(url.IdnHost, url.Port),
            late or tookTooLong => TcpProbe.Late(limit),
            certificate => ProbeResult.Failed("its certificate is not accepted on the host"),
            noSuchProgram => TcpProbe.Forbids("it has no curl"),
            _ => ProbeResult.Failed($"curl on the host got no answer ({Told(said.Error)})"),
        };
    }

    private ProbeResult Judge(int code, Func<string, bool> contains)
    {
        var answer = string.Create(CultureInfo.InvariantCulture, $"answers {code}");
        return check.Status is { } wanted && code != wanted ? ProbeResult.Failed(string.Create(CultureInfo.InvariantCulture, $"{answer}, expected {wanted}"))
            : check.Status is null && code is < 200 or >= 400 ? ProbeResult.Failed(answer)
            : check.Contains is { } text && !contains(text) ? ProbeResult.Failed($"{answer} without {Text.Quote(text)}")
            : ProbeResult.Passed(answer);
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
            var found = check.Contains is not { } text || await ContainsAsync(response, text, cancellationToken);
            return Judge((int)response.StatusCode, _ => found);
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

    private static string Told(Exception e) => Told(e.Message);

    private static string Told(string message) => message.Split('\n')[0].TrimEnd('.', '\r', ' ');
}
