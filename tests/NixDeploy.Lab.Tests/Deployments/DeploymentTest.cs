using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Labs.Tests.Deployments;

/// <summary>A deployment of the lab's own flake to its hosts, each of which begins as it came from the factory.</summary>
public abstract class DeploymentTest : LabTest
{
    private string state = "";

    [SetUp]
    public async Task Fresh_hosts_and_no_history()
    {
        await Task.WhenAll(Lab.Hosts.Select(host => host.ResetIfUsedAsync(Ct)));
        Lab.ResetSystems();
        state = Directory.CreateTempSubdirectory("nixdeploy-lab-state-").FullName;
    }

    [TearDown]
    public void Forget() => Directory.Delete(state, recursive: true);

    protected async Task<DeploymentResult> DeployAsync(DeploymentRequest? request = null, string? fleet = null)
    {
        await using var coordinator = Coordinator(fleet);
        var plan = await coordinator.PlanAsync(request ?? new DeploymentRequest(), Ct);
        var run = await coordinator.StartAsync(plan, Ct);
        return await run.Completion;
    }

    protected async Task<DeploymentResult> RollbackAsync(string hosts, int? generation = null)
    {
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanRollbackAsync(hosts, generation, Ct);
        var run = await coordinator.StartAsync(plan, Ct);
        return await run.Completion;
    }

    protected DeploymentCoordinator Coordinator(string? fleet = null) =>
        DeploymentCoordinator.Create(new NixDeployOptions { Fleet = fleet ?? Lab.Fleet, StateFolder = state });

    /// <summary>A path in the folder that this test's runs are kept in.</summary>
    protected string InState(string name) => Path.Combine(state, name);

    protected static HostProgress Of(DeploymentResult result, string host) => result.State.Hosts[HostName.Parse(host)];

    protected async Task<string> TargetOf(string host) => (await Lab.BuildAsync([host], Ct))[0];
}
