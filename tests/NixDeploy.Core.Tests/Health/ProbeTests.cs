using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.Health;

/// <summary>Each kind of check, one look at a time, on real time: what is asked of the host and what its answers mean.</summary>
[CancelAfter(60_000)]
public sealed class ProbeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private ScriptedSession session = null!;

    [SetUp]
    public void Begin() => session = new ScriptedSession();

    [TearDown]
    public async Task End() => await session.DisposeAsync();

    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", CheckOutcome.Passed, "answers 200")]
    [TestCase("HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n", CheckOutcome.Passed, "answers 302")]
    [TestCase("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", CheckOutcome.Failed, "answers 404")]
    [TestCase("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 999999999\r\n\r\nendless", CheckOutcome.Failed, "answers 500")]
    [TestCase("SSH-2.0-OpenSSH_9.2\r\n", CheckOutcome.Failed, "what answers is no HTTP")]
    [TestCase("", CheckOutcome.Failed, "what answers is no HTTP")]
    public async Task Http_takes_2xx_and_3xx_for_well(string answer, CheckOutcome outcome, string detail)
    {
        var (host, port) = ("", 0);
        string? request = null;
        session.Tcp = async (h, p, token) =>
        {
            (host, port) = (h, p);
            return await ServeAsync(async stream =>
            {
                request = await ReadRequestAsync(stream);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), token);
            });
        };

        var result = await ProbeAsync(new HealthCheck.Http(new Uri("http://localhost:9090/-/healthy?a=b")));

        Assert.That(result.Outcome, Is.EqualTo(outcome), result.Detail);
        Assert.That(result.Detail, Does.StartWith(detail));
        Assert.That((host, port), Is.EqualTo(("localhost", 9090)), "asked as the host sees it");
        Assert.That(request, Does.StartWith("GET /-/healthy?a=b HTTP/1.1\r\n").And.Contain("Host: localhost:9090\r\n"));
    }

    [TestCase("data: up\n\n")]
    [TestCase("data: u", "p\n\n")]
    [TestCase("data: dow", "n\n\n", "data: u", "p")]
    public async Task Http_needs_no_end_of_an_answer_that_has_the_text_already(params string[] pieces)
    {
        session.Tcp = (_, _, _) => ServeAsync(async stream =>
        {
            await ReadRequestAsync(stream);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
            foreach (var piece in pieces)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n{piece}\r\n"));
            }

            await Task.Delay(Timeout.Infinite);
        });

        var result = await ProbeAsync(new HealthCheck.Http(new Uri("http://localhost/events")) { Contains = "up" });

        Assert.That(result.Detail, Is.EqualTo("answers 200"));
        Assert.That(result.Outcome, Is.EqualTo(CheckOutcome.Passed));
    }

    [Test]
    public async Task Http_that_hangs_fails_when_its_time_is_up()
    {
        session.Tcp = (_, _, _) => ServeAsync(stream => ReadRequestAsync(stream).ContinueWith(_ => Task.Delay(Timeout.Infinite), TaskScheduler.Default).Unwrap());

        var result = await ProbeAsync(new HealthCheck.Http(new Uri("http://localhost/")), TimeSpan.FromSeconds(1));

        Assert.That(result, Is.EqualTo(ProbeResult.Failed("no answer within 1 s") with { Unanswered = true }));
    }

    [Test]
    public async Task Https_with_a_certificate_that_nobody_signed_fails()
    {
        using var key = RSA.Create(2048);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2124, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        session.Tcp = (_, _, _) => ServeAsync(async stream =>
        {
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(certificate);
        });

        var result = await ProbeAsync(new HealthCheck.Http(new Uri("https://localhost/")));

        Assert.That(result.Outcome, Is.EqualTo(CheckOutcome.Failed));
        Assert.That(result.Detail, Does.StartWith("its certificate is not accepted"));
    }

    [Test]
    public async Task A_port_that_accepts_passes_and_one_that_refuses_fails()
    {
        Assert.That((await ProbeAsync(new HealthCheck.Tcp("localhost", 5432))).Outcome, Is.EqualTo(CheckOutcome.Passed));

        session.Tcp = (_, _, _) => throw new HostException("ND0534", "web1: nothing accepts TCP connections.");
        Assert.That(await ProbeAsync(new HealthCheck.Tcp("localhost", 5432)), Is.EqualTo(ProbeResult.Failed("nothing accepts connections at localhost:5432")));
    }

    [TestCase(0, CheckOutcome.Passed)]
    [TestCase(1, CheckOutcome.Failed)]
    [TestCase(124, CheckOutcome.Failed)]
    [TestCase(127, CheckOutcome.CouldNotMeasure)]
    public async Task Where_forwarding_is_forbidden_the_host_connects_by_itself(int exitCode, CheckOutcome outcome)
    {
        session.Tcp = (_, _, _) => throw new HostException("ND0536", "web1: forwarding is forbidden.");
        session.Program = (_, _) => new CommandResult(exitCode, "", "");
        Assert.That((await ProbeAsync(new HealthCheck.Tcp("localhost", 5432))).Outcome, Is.EqualTo(outcome));
        Assert.That(session.Asked.Single(), Does.StartWith("bash ").And.EndsWith(" localhost 5432"));
    }

    [TestCase(0, "all is well\n200", CheckOutcome.Passed)]
    [TestCase(0, "starting\n200", CheckOutcome.Failed)]
    [TestCase(0, "all is well\n503", CheckOutcome.Failed)]
    [TestCase(7, "\n000", CheckOutcome.Failed)]
    [TestCase(28, "\n000", CheckOutcome.Failed)]
    [TestCase(60, "\n000", CheckOutcome.Failed)]
    [TestCase(127, "", CheckOutcome.CouldNotMeasure)]
    public async Task Where_forwarding_is_forbidden_the_host_asks_by_itself(int exitCode, string output, CheckOutcome outcome)
    {
        session.Tcp = (_, _, _) => throw new HostException("ND0536", "web1: forwarding is forbidden.");
        session.Program = (_, _) => new CommandResult(exitCode, output, "");
        Assert.That((await ProbeAsync(new HealthCheck.Http(new Uri("http://localhost:9090/-/healthy")) { Contains = "well" })).Outcome, Is.EqualTo(outcome));
    }

    [Test]
    public async Task Where_forwarding_is_forbidden_a_secret_is_handed_to_no_program()
    {
        session.Tcp = (_, _, _) => throw new HostException("ND0536", "web1: forwarding is forbidden.");
        var result = await ProbeAsync(new HealthCheck.Http(new ValueReference.Secret("http://localhost/?token=x")));
        Assert.That((result.Outcome, session.Commands), Is.EqualTo((CheckOutcome.CouldNotMeasure, 0)));
    }

    [Test]
    public void A_broken_connection_is_no_answer_about_a_port()
    {
        session.Tcp = (_, _, _) => throw new HostException("ND0530", "web1: the connection broke.");

        Assert.That(() => ProbeAsync(new HealthCheck.Tcp("localhost", 5432)), Throws.InstanceOf<HostException>(), "the watch takes it for not measured");
    }

    [TestCase(204, null, "HTTP/1.1 204 No Content\r\n\r\n", CheckOutcome.Passed, "answers 204")]
    [TestCase(204, null, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", CheckOutcome.Failed, "answers 200, expected 204")]
    [TestCase(503, null, "HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n", CheckOutcome.Passed, "answers 503")]
    [TestCase(null, "all ük", "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{ all ük }\n", CheckOutcome.Passed, "answers 200")]
    [TestCase(null, "ready", "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nstarting", CheckOutcome.Failed, "answers 200 without 'ready'")]
    [TestCase(null, "ready", "HTTP/1.1 200 OK\r\nContent-Length: 80\r\n\r\nstarting", CheckOutcome.Failed, "its answer ends half way")]
    public async Task Http_may_expect_a_status_and_a_text(int? status, string? contains, string answer, CheckOutcome outcome, string detail)
    {
        session.Tcp = (_, _, _) => ServeAsync(async stream =>
        {
            await ReadRequestAsync(stream);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
        });

        var result = await ProbeAsync(new HealthCheck.Http(new Uri("http://localhost/")) { Status = status, Contains = contains });

        Assert.That(result.Outcome, Is.EqualTo(outcome), result.Detail);
        Assert.That(result.Detail, Does.StartWith(detail));
    }

    [TestCase(0.1, 3.9, 800, CheckOutcome.Passed, "load 3.9 (before 0.1), 800 MiB of memory available (before 1000 MiB)")]
    [TestCase(0.1, 4.1, 800, CheckOutcome.Failed, "load 4.1 (before 0.1), 800 MiB of memory available (before 1000 MiB): at most a load of 4 is allowed")]
    [TestCase(3.0, 5.9, 800, CheckOutcome.Passed, "load 5.9")]
    [TestCase(3.0, 6.1, 800, CheckOutcome.Failed, "load 6.1 (before 3), 800 MiB of memory available (before 1000 MiB): at most a load of 6")]
    [TestCase(0.1, 0.1, 499, CheckOutcome.Failed, "load 0.1 (before 0.1), 499 MiB of memory available (before 1000 MiB): at least 500 MiB of memory is needed")]
    public async Task A_baseline_compares_with_before(double loadBefore, double load, int memory, CheckOutcome outcome, string detail)
    {
        session.State = state => state with { Load = load, Processors = 4, MemoryAvailableBytes = (long)memory << 20 };

        var result = await ProbeAsync(new HealthCheck.Baseline(), before: new HostBaseline(loadBefore, 1000L << 20));

        Assert.That(result.Outcome, Is.EqualTo(outcome), result.Detail);
        Assert.That(result.Detail, Does.StartWith(detail));
    }

    [Test]
    public async Task A_baseline_without_a_before_only_tells()
    {
        session.State = state => state with { Load = 99, MemoryAvailableBytes = 1 << 20 };

        Assert.That(await ProbeAsync(new HealthCheck.Baseline()), Is.EqualTo(ProbeResult.Passed("load 99, 1 MiB of memory available; nothing to compare with")));
    }

    [TestCase(0, CheckOutcome.Passed)]
    [TestCase(2, CheckOutcome.Failed)]
    [TestCase(127, CheckOutcome.CouldNotMeasure)]
    public async Task Dns_asks_the_hosts_own_resolver(int exitCode, CheckOutcome outcome)
    {
        session.Program = (_, _) => new CommandResult(exitCode, "", "");

        Assert.That((await ProbeAsync(new HealthCheck.Dns("example.org"))).Outcome, Is.EqualTo(outcome));
        Assert.That(session.Asked, Is.EqualTo(new[] { "getent hosts -- example.org" }));
    }

    [Test]
    public async Task Ping_waits_less_than_a_look_may_take()
    {
        session.Program = (_, _) => new CommandResult(1, "", "");

        Assert.That(await ProbeAsync(new HealthCheck.Ping("10.0.0.1"), TimeSpan.FromSeconds(5)), Is.EqualTo(ProbeResult.Failed("no answer")));
        Assert.That(session.Asked, Is.EqualTo(new[] { "ping -c 1 -W 4 -- 10.0.0.1" }));
    }

    [TestCase(0, "", CheckOutcome.Passed, "exit code 0")]
    [TestCase(3, "first\nqueue is full\n", CheckOutcome.Failed, "exit code 3 (queue is full)")]
    [TestCase(127, "sh: exec: check-it: not found\n", CheckOutcome.CouldNotMeasure, "the host cannot run 'check-it' (sh: exec: check-it: not found)")]
    public async Task A_command_passes_with_exit_code_0(int exitCode, string error, CheckOutcome outcome, string detail)
    {
        session.Program = (_, _) => new CommandResult(exitCode, "", error);

        Assert.That(await ProbeAsync(new HealthCheck.Command(["check-it", "--all"])), Is.EqualTo(new ProbeResult(outcome, detail)));
        Assert.That(session.Asked, Is.EqualTo(new[] { "check-it --all" }));
    }

    [Test]
    public async Task A_command_that_does_not_end_fails()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        session.Program = (_, deadline) =>
        {
            time.Advance(deadline);
            return new CommandResult(124, "", "");
        };

        var result = await Probes.For(new HealthCheck.Command(["check-it"]), null).ProbeAsync(new ProbeContext(time, [], false) { Session = session }, Limit, default);

        Assert.That(result, Is.EqualTo(ProbeResult.Failed("did not end within 20 s")));
    }

    private Task<ProbeResult> ProbeAsync(HealthCheck check, TimeSpan? limit = null, HostBaseline? before = null) =>
        Probes.For(check, before).ProbeAsync(new ProbeContext(TimeProvider.System, [], wantsWholeState: true) { Session = session }, limit ?? Limit, default);

    /// <summary>A real connection to a server of one request.</summary>
    private static async Task<Stream> ServeAsync(Func<Stream, Task> serve)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        var server = await listener.AcceptTcpClientAsync();
        _ = Task.Run(async () =>
        {
            using (server)
            {
                await serve(server.GetStream());
            }
        });
        return client.GetStream();
    }

    private static async Task<string> ReadRequestAsync(Stream stream)
    {
        var request = new StringBuilder();
        var buffer = new byte[1024];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
            {
                break;
            }

            request.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return request.ToString();
    }
}
