using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;

namespace NixDeploy.Testing.Tests;

/// <summary>Simulated hosts are healthy or not as they are told, for every kind of check.</summary>
[CancelAfter(60_000)]
public sealed class SimulatedHealthTests
{
    private static readonly HealthCheck[] Checks =
    [
        new HealthCheck.Service("prometheus"), new HealthCheck.Http(new Uri("http://localhost:9090/-/healthy")), new HealthCheck.Tcp("localhost", 22),
        new HealthCheck.Dns("example.org"), new HealthCheck.Ping("10.0.0.1"), new HealthCheck.Command(["check-it"]),
    ];

    [TestCaseSource(nameof(Checks))]
    public async Task A_host_that_is_well_passes(HealthCheck check)
    {
        var (verdict, _) = await DeployAsync(null, check);

        Assert.That(verdict.Problem, Is.Null);
    }

    [TestCaseSource(nameof(Checks))]
    public async Task A_host_that_is_told_to_be_ill_is_not_healthy_whatever_it_is_asked(HealthCheck check)
    {
        var (verdict, tried) = await DeployAsync(SimulatedFailure.Health, check);

        Assert.That(tried.Outcome, Is.EqualTo(ActivationOutcome.Activated), "it shows only afterwards");
        Assert.That(verdict.Healthy, Is.False);
        Assert.That(verdict.Problem!.Code, Is.AnyOf("ND0801", "ND0803"));
    }

    [Test]
    public async Task The_unit_that_fails_is_the_one_that_is_checked_first()
    {
        var (verdict, _) = await DeployAsync(SimulatedFailure.Health, Checks[0]);

        var unit = verdict.Problem!.Units.Single();
        Assert.That(unit.Unit, Is.EqualTo("prometheus.service"));
        Assert.That(unit.Log, Has.Some.Contains("the fleet says so"));
    }

    private static async Task<(HealthVerdict Verdict, ActivationResult Tried)> DeployAsync(SimulatedFailure? failure, HealthCheck check)
    {
        var fleet = new SimulatedFleet(TimeProvider.System)
            .Add("web1", h => h with { HealthChecks = [check with { Timeout = TimeSpan.FromSeconds(20) }], Simulation = new() { Fail = failure } });
        var host = fleet["web1"].Description;
        var target = SimulatedSystem.Path("web1-new");
        await using var session = await fleet.Transport.ConnectAsync(host, default);
        var prepared = await session.PrepareAsync(new PrepareRequest("run-1", "test:1", target, host.Target.Profile), [target], default);
        await session.ImportAsync((stream, token) => fleet.Transport.Store.ExportAsync(prepared.Missing, stream, token), default);
        var tried = await session.ActivateAsync(new ActivationRequest(prepared.Transaction!, target, host.Target.Profile), default);
        var verdict = await new HealthWatch(TimeProvider.System).WatchAsync(
            _ => Task.FromResult(session), host, new HealthRequest { Window = TimeSpan.Zero }, _ => ValueTask.CompletedTask, default);
        return (verdict, tried);
    }
}
