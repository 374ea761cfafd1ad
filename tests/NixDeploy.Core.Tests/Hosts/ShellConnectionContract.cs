using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.Hosts;

/// <summary>What every shell transport must do. One class a transport.</summary>
internal abstract class ShellConnectionContract
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(120);

    protected abstract IShellConnector Connector { get; }

    protected abstract Host Host { get; }

    protected Task<IShellConnection> ConnectAsync() => Connector.ConnectAsync(Host, CancellationToken.None);

    protected static ShellScript Script(string text, params string[] arguments) => new("test", text, [.. arguments], Long);

    [Test]
    public async Task The_exit_code_and_both_outputs_come_back_apart()
    {
        await using var connection = await ConnectAsync();
        var result = await connection.RunScriptAsync(Script("echo out; echo err >&2; exit 7"), CancellationToken.None);
        Assert.That(result, Is.EqualTo(new CommandResult(7, "out\n", "err\n")));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(127)]
    [TestCase(254)]
    [TestCase(255)]
    public async Task Every_exit_code_is_the_scripts_own(int code)
    {
        await using var connection = await ConnectAsync();
        var result = await connection.RunScriptAsync(Script("exit $1", $"{code}"), CancellationToken.None);
        Assert.That(result, Is.EqualTo(new CommandResult(code, "", "")));
        Assert.That((await connection.RunScriptAsync(Script("echo still here"), CancellationToken.None)).Output, Is.EqualTo("still here\n"));
    }

    [Test]
    public async Task Arguments_arrive_as_they_are()
    {
        string[] hostile =
        [
            "", " ", "'", "\"", "\\", "$HOME", "$(touch /tmp/nd-canary)", "`id`", "; exit 3", "a\nb", "-n", "--", "*", "~", "é→🚀", "\u0001\u007f", "'\\''", "a\\",
            new string('x', 100_000),
        ];
        await using var connection = await ConnectAsync();
        var result = await connection.RunScriptAsync(Script("printf '%s\\0' \"$@\"", hostile), CancellationToken.None);
        Assert.That(result.Output.Split('\0')[..^1], Is.EqualTo(hostile));
    }

    [Test]
    public async Task A_script_without_arguments_has_none()
    {
        await using var connection = await ConnectAsync();
        Assert.That((await connection.RunScriptAsync(Script("echo $#"), CancellationToken.None)).Output, Is.EqualTo("0\n"));
    }

    [Test]
    public async Task Large_outputs_arrive_whole()
    {
        await using var connection = await ConnectAsync();
        var result = await connection.RunScriptAsync(Script("head -c 8000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y >&2"), CancellationToken.None);
        Assert.That((result.Output.Length, result.Error.Length, result.ExitCode), Is.EqualTo((8_000_000, 3_000_000, 0)));
        Assert.That(result.Output.All(c => c == 'x') && result.Error.All(c => c == 'y'));
    }

    [TestCase("\\377\\376a\\000b", "\ufffd\ufffda\0b")]
    [TestCase("\\357\\273\\277a", "\ufeffa")]
    public async Task Output_is_utf8_whatever_it_begins_with(string octal, string text)
    {
        await using var connection = await ConnectAsync();
        var result = await connection.RunScriptAsync(Script("printf \"$1\"; printf \"$1\" >&2", octal), CancellationToken.None);
        Assert.That(result, Is.EqualTo(new CommandResult(0, text, text)));
    }

    [Test]
    public async Task A_payload_arrives_byte_for_byte()
    {
        var payload = RandomNumberGenerator.GetBytes(12_345_678);
        await using var connection = await ConnectAsync();
        var result = await connection.RunWithInputAsync(["sha256sum"], async (stream, token) => await stream.WriteAsync(payload, token), Long, CancellationToken.None);
        Assert.That(result.Output.Split(' ')[0], Is.EqualTo(Convert.ToHexString(SHA256.HashData(payload)).ToLowerInvariant()), result.ToString());
    }

    [Test]
    public async Task A_payload_may_be_empty()
    {
        await using var connection = await ConnectAsync();
        var result = await connection.RunWithInputAsync(["wc", "-c"], (_, _) => Task.CompletedTask, Long, CancellationToken.None);
        Assert.That((result.ExitCode, result.Output.Trim()), Is.EqualTo((0, "0")));
    }

    [Test]
    public async Task A_payload_is_not_held_in_memory()
    {
        const int chunks = 200;
        var chunk = new byte[1 << 20];
        await using var connection = await ConnectAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        var result = await connection.RunWithInputAsync(
            ["wc", "-c"],
            async (stream, token) =>
            {
                for (var i = 0; i < chunks; i++)
                {
                    await stream.WriteAsync(chunk, token);
                    if (i % 50 == 0)
                    {
                        most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
                    }
                }
            },
            Long, CancellationToken.None);
        Assert.That(result.Output.Trim(), Is.EqualTo($"{(long)chunks << 20}"));
        Assert.That(most, Is.LessThan(32 << 20));
    }

    [Test]
    public async Task A_program_that_stops_reading_ends_the_payload_and_its_exit_code_counts()
    {
        var chunk = new byte[1 << 20];
        await using var connection = await ConnectAsync();
        var result = await connection.RunWithInputAsync(
            ["sh", "-c", "echo full >&2; exit 9"],
            async (stream, token) =>
            {
                while (true)
                {
                    await stream.WriteAsync(chunk, token);
                }
            },
            Long, CancellationToken.None);
        Assert.That((result.ExitCode, result.Error), Is.EqualTo((9, "full\n")));
    }

    [Test]
    public async Task A_program_that_has_ended_may_be_written_to_for_a_while()
    {
        await using var connection = await ConnectAsync();
        var result = await connection.RunWithInputAsync(
            ["sh", "-c", "sleep 3 & exit 9"],
            async (stream, _) =>
            {
                for (var i = 0; i < 20; i++)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
                    await stream.FlushAsync(CancellationToken.None);
                }

                await stream.WriteAsync(new byte[1], CancellationToken.None);
            },
            Long, CancellationToken.None);
        Assert.That(result.ExitCode, Is.EqualTo(9));
    }

    [Test]
    public async Task A_payload_whose_source_fails_is_that_failure()
    {
        await using var connection = await ConnectAsync();
        var error = Assert.ThrowsAsync<InvalidDataException>(() => connection.RunWithInputAsync(
            ["cat"],
            async (stream, token) =>
            {
                await stream.WriteAsync(new byte[100_000], token);
                throw new InvalidDataException("the source");
            },
            Long, CancellationToken.None));
        Assert.That(error!.Message, Is.EqualTo("the source"));
    }

    [Test]
    public async Task Silence_is_noticed_and_input_that_is_taken_is_not_mistaken_for_it()
    {
        await using var connection = await ConnectAsync();
        var talking = await connection.RunWithInputAsync(
            ["cat"],
            async (stream, token) =>
            {
                for (var i = 0; i < 8; i++)
                {
                    await Task.Delay(TimeSpan.FromSeconds(0.5), TimeProvider.System, token);
                    await stream.WriteAsync(new byte[1], token);
                    await stream.FlushAsync(token);
                }
            },
            TimeSpan.FromSeconds(3), CancellationToken.None);
        Assert.That(talking.ExitCode, Is.Zero);
        var error = Assert.ThrowsAsync<HostException>(() => connection.RunWithInputAsync(
            ["sleep", "120"], (_, _) => Task.CompletedTask, TimeSpan.FromSeconds(0.5), CancellationToken.None));
        Assert.That(error!.Code, Is.EqualTo("ND0532"));
    }

    [Test]
    public async Task What_is_printed_is_no_progress_of_a_payload()
    {
        await using var connection = await ConnectAsync();
        var error = Assert.ThrowsAsync<HostException>(() => connection.RunWithInputAsync(
            ["sh", "-c", "while sleep 0.2; do echo; done"], (_, _) => Task.CompletedTask, TimeSpan.FromSeconds(2), CancellationToken.None).WaitAsync(Long / 4, TimeProvider.System));
        Assert.That(error!.Code, Is.EqualTo("ND0532"));
    }

    [TestCase("head -c 300000000 /dev/zero")]
    [TestCase("head -c 300000000 /dev/zero >&2")]
    public async Task Output_without_end_is_cut_while_it_is_read(string script)
    {
        await using var connection = await ConnectAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var error = Assert.ThrowsAsync<HostException>(() => connection.RunScriptAsync(Script(script), CancellationToken.None).WaitAsync(Long / 4, TimeProvider.System));
        Assert.That(error!.Code, Is.EqualTo("ND0404"));
        Assert.That(GC.GetTotalMemory(forceFullCollection: false) - before, Is.LessThan(200L << 20));
    }

    [Test]
    public async Task A_reader_that_is_stuck_is_noticed()
    {
        var chunk = new byte[1 << 20];
        await using var connection = await ConnectAsync();
        var error = Assert.ThrowsAsync<HostException>(() => connection.RunWithInputAsync(
            ["sleep", "120"],
            async (stream, token) =>
            {
                while (true)
                {
                    await stream.WriteAsync(chunk, token);
                }
            },
            TimeSpan.FromSeconds(0.5), CancellationToken.None));
        Assert.That(error!.Code, Is.EqualTo("ND0532"));
    }

    [Test]
    public async Task A_script_has_a_deadline_and_the_connection_is_not_used_after_it()
    {
        await using var connection = await ConnectAsync();
        var started = TimeProvider.System.GetTimestamp();
        var error = Assert.ThrowsAsync<HostException>(() => connection.RunScriptAsync(
            new ShellScript("slow", "sleep 120", [], TimeSpan.FromSeconds(0.5)), CancellationToken.None));
        Assert.That(error!.Code, Is.EqualTo("ND0531"));
        Assert.That(error.Message, Does.Contain("p620").And.Contain("'slow'").And.Contain("0.5 s"));
        Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(60)));
        error = Assert.ThrowsAsync<HostException>(() => connection.RunScriptAsync(Script("echo"), CancellationToken.None));
        Assert.That(error!.Code, Is.EqualTo("ND0533"));
    }

    [Test]
    public async Task A_caller_may_give_up()
    {
        await using var connection = await ConnectAsync();
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(0.3), TimeProvider.System);
        var started = TimeProvider.System.GetTimestamp();
        Assert.CatchAsync<OperationCanceledException>(() => connection.RunScriptAsync(Script("sleep 120"), cancel.Token));
        Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(60)));
    }

    [Test]
    public async Task Connections_work_side_by_side()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            await using var connection = await ConnectAsync();
            return (await connection.RunScriptAsync(Script("echo $1", $"{i}"), CancellationToken.None)).Output.Trim();
        }));
        Assert.That(answers, Is.EqualTo(Enumerable.Range(0, 20).Select(i => $"{i}")));
    }

    [Test]
    public async Task The_elevation_stands_before_the_command_as_data()
    {
        var host = Host with { Target = Host.Target with { Elevation = ["env", "ELEVATED=it is; so", "nice"] } };
        await using var connection = await Connector.ConnectAsync(host, CancellationToken.None);
        Assert.That((await connection.RunScriptAsync(Script("echo \"$ELEVATED\""), CancellationToken.None)).Output, Is.EqualTo("it is; so\n"));
        var input = await connection.RunWithInputAsync(["sh", "-c", "cat; echo \"$ELEVATED\""], async (s, t) => await s.WriteAsync("in "u8.ToArray(), t), Long, CancellationToken.None);
        Assert.That(input.Output, Is.EqualTo("in it is; so\n"));
    }

    [Test]
    public async Task A_tcp_connection_goes_there_and_back()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var served = ServeEchoAsync(listener);
        await using var connection = await ConnectAsync();
        var sent = RandomNumberGenerator.GetBytes(300_000);
        var received = new byte[sent.Length];
        await using (var stream = await connection.OpenTcpAsync("localhost", port, CancellationToken.None))
        {
            var writing = Task.Run(async () =>
            {
                await stream.WriteAsync(sent);
                await stream.FlushAsync();
            });
            await stream.ReadExactlyAsync(received).AsTask().WaitAsync(Long, TimeProvider.System);
            await writing;
        }

        Assert.That(received, Is.EqualTo(sent));
        await served.WaitAsync(Long, TimeProvider.System);
        Assert.That((await connection.RunScriptAsync(Script("echo on"), CancellationToken.None)).Output, Is.EqualTo("on\n"));
    }

    [Test]
    public async Task A_tcp_port_that_nobody_serves_is_an_error()
    {
        await using var connection = await ConnectAsync();
        var error = Assert.ThrowsAsync<HostException>(() => connection.OpenTcpAsync("127.0.0.1", Sshd.FreePort(), CancellationToken.None));
        Assert.That(error!.Code, Is.EqualTo("ND0534"));
        Assert.ThrowsAsync<HostException>(() => connection.OpenTcpAsync("-oProxyCommand=id", 80, CancellationToken.None));
        Assert.That((await connection.RunScriptAsync(Script("echo on"), CancellationToken.None)).Output, Is.EqualTo("on\n"));
    }

    [Test]
    public async Task Forbidden_forwarding_is_no_word_about_the_port()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        if (await ForbiddingAsync() is { } forbidding)
        {
            await using var connection = forbidding;
            var error = Assert.ThrowsAsync<HostException>(() => connection.OpenTcpAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, CancellationToken.None));
            Assert.That(error!.Code, Is.EqualTo("ND0536"));
        }
    }

    /// <summary>A connection to a host that forbids forwarding; <see langword="null"/>: nothing can forbid it.</summary>
    protected virtual Task<IShellConnection?> ForbiddingAsync() => Task.FromResult<IShellConnection?>(null);

    [Test]
    public async Task Disposing_twice_is_fine_and_the_connection_is_gone_then()
    {
        var connection = await ConnectAsync();
        await connection.DisposeAsync();
        await connection.DisposeAsync();
        Assert.CatchAsync(() => connection.RunScriptAsync(Script("echo"), CancellationToken.None));
    }

    private static async Task ServeEchoAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        try
        {
            await stream.CopyToAsync(stream);
        }
        catch (IOException)
        {
            // The other side has closed.
        }
    }
}
