using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Health;

namespace NixDeploy.Labs.Tests.Deployments;

/// <summary>What a system that is not well, or a host that cannot take one, ends as.</summary>
public sealed class HealthTests : DeploymentTest
{
    /// <summary>Hosts that depend on no other.</summary>
    private const string Free = "host6", Other = "host8";

    private const string Unit = "systemd-exporter";

    private const string Server = """
        exec perl -MIO::Socket::INET -e '
          my $answer = shift; $SIG{PIPE} = "IGNORE"; my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8080", Listen => 5, ReuseAddr => 1) or die $!;
          while (my $client = $server->accept) { my $line = <$client>; if ($answer eq "hang") { push @kept, $client; next } print $client "HTTP/1.1 $answer Answer\r\nContent-Length: 6\r\n\r\nready\n"; close $client }' 
        """;

    [TestCase("sleep 5; exit 3", 20, @"systemd-exporter.service (is )?(failed|inactive)", TestName = "A_service_that_dies_after_5_seconds_is_rolled_back")]
    [TestCase("sleep 1; exit 3", 20, @"systemd-exporter.service ((is )?(failed|activating)|restarted)", true, TestName = "A_service_that_flaps_is_rolled_back")]
    public async Task A_service_that_fails_in_the_health_window_is_rolled_back(string exec, int window, string words, bool restarts = false)
    {
        var unit = new LabUnit { Exec = exec, Service = restarts ? LabUnit.Lines(("Restart", "always"), ("RestartSec", "1")) : null };
        var result = await ChangedAsync(s => s.WithUnit(Unit, unit) with { Deployment = s.Deployment with { HealthWindow = window, HealthChecks = [Timed(LabDeployment.ServiceCheck(Unit))] } });

        await WentBackAsync(result, words);
        Assert.That(Of(result, Free).Problem!.Units.Select(u => u.Unit), Does.Contain($"{Unit}.service"));
    }

    [TestCase("500", "answers 500")]
    [TestCase("hang", @"no answer within [.\d]+ s")]
    public async Task A_bad_http_answer_is_rolled_back(string answer, string words)
    {
        var result = await ChangedAsync(s => s.WithUnit("web", Server + answer) with { Deployment = Checked(s, Http()) });

        await WentBackAsync(result, words);
    }

    [Test]
    public async Task What_answers_resolves_and_is_reached_is_well()
    {
        var result = await ChangedAsync(s => s.WithUnit("web", Server + "200") with
        {
            Deployment = Checked(
                s,
                new JObject(Http(10)) { ["status"] = 200, ["contains"] = "ready" },
                Timed(new JObject { ["tcp"] = "127.0.0.1:8080" }),
                Timed(new JObject { ["dns"] = "localhost" }),
                Timed(new JObject { ["command"] = new JArray("test", "-d", "/nix/store") }),
                Timed(new JObject { ["baseline"] = new JObject { ["max-load"] = 10_000, ["min-memory"] = "1%" } })),
        });

        Assert.That(Of(result, Free).Status, Is.EqualTo(HostStatus.Deployed), Of(result, Free).Problem?.ToString());
        Assert.That(Of(result, Free).Checks.Where(c => !c.Passed), Is.Empty);
        Assert.That(Of(result, Free).Checks.Single(c => c.Check == "baseline").Detail, Does.Contain("(before "));

        await using var coordinator = Coordinator();
        var health = await coordinator.CheckHealthAsync(Free, Ct);
        Assert.That(health.Outcome, Is.EqualTo(CheckOutcome.Passed), string.Join('\n', health.Hosts[0].Checks));
        Assert.That(health.Hosts[0].Checks.Select(c => c.Check), Does.Contain("dns localhost").And.Contain("failed units"));
    }

    [TestCase("dns", "nobody.invalid", "ND0801", "the host cannot resolve it|did not end within")]
    [TestCase("command", "no-such-program", "ND0802", "could not be measured for 3 s: the host cannot run 'no-such-program'")]
    public async Task What_does_not_hold_and_what_cannot_be_measured_are_told_apart(string kind, string subject, string code, string words)
    {
        var result = await ChangedAsync(s => s with { Deployment = Checked(s, Timed(new JObject { [kind] = subject }, 3)) });

        await WentBackAsync(result, words);
        Assert.That(Of(result, Free).Problem!.Code, Is.EqualTo(code));
    }

    [Test]
    public async Task A_ping_needs_an_answer_and_a_program()
    {
        var has = (await Lab[Free].ExecAsync("command -v ping", Ct)).ExitCode == 0;
        var result = await ChangedAsync(s => s with { Deployment = Checked(s, Timed(new JObject { ["ping"] = "192.0.2.1" }, 3)) });

        await WentBackAsync(result, has ? "no answer|did not end within" : "the host cannot run 'ping'");
    }

    [Test]
    public async Task Everything_that_is_wrong_with_hosts_is_told_before_any_is_touched_and_stops_only_them()
    {
        await Lab["p510"].FillDiskAsync(Ct, leaveKilobytes: 200 * 1024);
        await Lab["p620"].ReadAsync("systemctl stop prometheus", Ct);
        await Task.WhenAll(Lab["host5"].CutPowerAsync(Ct), Lab["razer"].CutPowerAsync(Ct));
        try
        {
            var result = await DeployAsync(new DeploymentRequest { Hosts = $"p620,p510,razer,samsung,host5,{Free},{Other}", MaxFailures = new FailureBudget(0, null) });

            Assert.Multiple(async () =>
            {
                Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
                Assert.That(Of(result, "p510").Problem!.ToString(), Does.Match(@"ND0813: p510: /nix/store has (199|2\d\d)[.\d]* MiB free; [\d.]+ MiB to copy and 512 MiB in reserve"));
                Assert.That(Of(result, "p620").Problem!.ToString(), Does.StartWith("ND0812").And.Contain("prometheus.service (inactive)"));
                Assert.That(Of(result, "razer").Problem!.Code, Does.StartWith("ND05"));
                Assert.That(Of(result, "samsung").Because?.Value, Is.EqualTo("p620"));
                Assert.That(new[] { "p510", "p620", "razer", "samsung", "host5" }.Select(h => Of(result, h).Status), Is.All.EqualTo(HostStatus.Blocked));
                Assert.That(new[] { Free, Other }.Select(h => Of(result, h).Status), Is.All.EqualTo(HostStatus.Deployed));
                Assert.That(await Lab["samsung"].GenerationAsync(Ct), Is.EqualTo(1));
                Assert.That(await Lab["p620"].ReadAsync("[ -e /run/nixdeploy/lock ] && echo locked || echo free", Ct), Is.EqualTo("free"));
            });
        }
        finally
        {
            await Lab["p510"].FreeDiskAsync(Ct);
        }
    }

    [Test]
    public async Task A_clock_that_is_off_is_warned_of_and_deployed_to()
    {
        await using var coordinator = DeploymentCoordinator.Create(new NixDeployOptions { Fleet = Lab.Fleet, StateFolder = InState(""), Time = new Ahead(TimeSpan.FromHours(1)) });

        var plan = await coordinator.PlanAsync(new DeploymentRequest { Hosts = Free }, Ct);

        Assert.That(plan.Hosts.Select(h => h.Host.Value), Is.EqualTo(new[] { Free }));
        Assert.That(plan.Warnings, Has.One.Matches($@"{Free}: its clock is 3(59\d|600).* s behind this machine's"));
    }

    private static JObject Http(int timeout = 2) => Timed(new JObject { ["http"] = "http://127.0.0.1:8080/" }, timeout);

    private static JObject Timed(JObject check, int timeout = 10)
    {
        check["timeout"] = timeout;
        return check;
    }

    private static LabDeployment Checked(LabSystem system, params JObject[] checks) => system.Deployment with { HealthChecks = [.. checks], CriticalServices = [] };

    private async Task<DeploymentResult> ChangedAsync(Func<LabSystem, LabSystem> change)
    {
        await ChangeAsync(Free, change);
        return await DeployAsync(new DeploymentRequest { Hosts = Free });
    }

    private async Task WentBackAsync(DeploymentResult result, string words)
    {
        var host = Of(result, Free);
        Assert.That(host.Status, Is.EqualTo(HostStatus.RolledBack), host.Problem?.ToString());
        Assert.That(host.Problem!.Message, Does.Match(words));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Failed));
        Assert.That(await Lab[Free].ReadAsync("cat /run/current-system/nixos-version", Ct), Is.EqualTo("lab.0"));
        Assert.That(await Lab[Free].GenerationAsync(Ct), Is.EqualTo(1));
    }

    /// <summary>The clock of a controller that is ahead of all others.</summary>
    private sealed class Ahead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
