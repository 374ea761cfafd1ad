using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Hosts;
using NixDeploy.Nix;
using NixDeploy.Survey;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Survey;

/// <summary>A host of which nothing evaluates, so that nobody knows where it is.</summary>
internal sealed class UntoldHostTests
{
    private static readonly HostName Razer = HostName.Parse("razer");
    private static readonly Problem Nope = new("ND0302", "razer does not evaluate: nope.");

    private readonly SimulatedFleet simulated = new SimulatedFleet(TimeProvider.System).Add("razer").Add("samsung");

    [Test]
    public async Task A_plan_and_a_validation_tell_why_and_dial_nothing()
    {
        await using var sessions = new HostSessions(_ => simulated.Transport);
        var fleet = Fleet();

        var input = await new FleetSurvey(sessions, simulated.Transport.Store, TimeProvider.System, null)
            .LookAsync(fleet, fleet.Fleet.Settings, new DeploymentRequest { Details = false }, CancellationToken.None);

        Assert.That(input.Unplannable, Is.EqualTo(new Dictionary<HostName, Problem> { [Razer] = Nope }));
        Assert.That(input.Preflight.Select(c => $"{c.Name} {c.Passed} {string.Join(',', c.Failed)}").Take(2), Is.EqualTo(new[] { "Configuration syntax 1 razer", "SSH connectivity 1 " }));
        Assert.That(Dialled, Is.EqualTo(new[] { "samsung" }));
    }

    [Test]
    public async Task Status_and_health_tell_why_and_dial_nothing()
    {
        await using var sessions = new HostSessions(_ => simulated.Transport);

        var inspections = await FleetInspector.InspectAsync(sessions, Fleet(), Fleet().Selected, TimeProvider.System, CancellationToken.None);
        var healths = await new FleetHealthCheck(sessions, TimeProvider.System).LookAsync(Fleet(), CancellationToken.None);
        var ready = await FleetInspector.VerifyRollbackAsync(sessions, Fleet(), CancellationToken.None);

        Assert.That(inspections[0], Is.EqualTo(new HostInspection(Fleet().Fleet.Hosts[Razer], null, Nope)));
        Assert.That(healths[0].Checks.Single(), Is.EqualTo(new CheckReading("evaluation", CheckOutcome.CouldNotMeasure, "razer does not evaluate: nope")));
        Assert.That(ready[0].Problem, Is.EqualTo(Nope));
        Assert.That(Dialled, Is.EqualTo(new[] { "samsung" }));
    }

    private IEnumerable<string> Dialled => simulated.Transport.Steps.Select(s => s.Host.Value).Distinct();

    private LoadedFleet Fleet() => new(
        simulated.ToFleet(),
        [Razer, HostName.Parse("samsung")],
        simulated.Systems("new").Remove(Razer),
        ImmutableDictionary<HostName, Problem>.Empty.Add(Razer, Nope),
        [])
    {
        Undescribed = [Razer],
    };
}
