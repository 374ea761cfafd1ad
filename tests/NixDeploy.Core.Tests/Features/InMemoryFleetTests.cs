using NixDeploy.Fleets;
using NixDeploy.Nix;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Features;

/// <summary>A fleet that a program describes itself, without files.</summary>
internal sealed class InMemoryFleetTests
{
    [Test]
    public async Task A_fleet_of_a_program_is_planned()
    {
        var state = Directory.CreateTempSubdirectory("nixdeploy-test-").FullName;
        try
        {
            var simulated = new SimulatedFleet(new VirtualTime()).Add("a").Add("b", "a");
            var fleet = simulated.ToFleet();
            await using var coordinator = DeploymentCoordinator.Create(new NixDeployOptions
            {
                Source = new InMemoryFleetSource(fleet, simulated.Systems("new").Where(s => s.Key == HostName.Parse("a")).ToDictionary()),
                StateFolder = state,
                Transports = [simulated.Transport],
            });
            var plan = await coordinator.PlanAsync(new DeploymentRequest { Details = false, OnBuildFailure = OnBuildFailure.Continue }, default);
            Assert.That(plan.Hosts.Select(h => h.Host.Value), Is.EqualTo(["a"]));
            Assert.That(plan.Blocked.Select(h => (h.Host.Value, h.Problem.Code)), Is.EqualTo([("b", "ND0304")]));
            Assert.That(plan.Origin.Fleet, Is.EqualTo(fleet.Origin));
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }
}
