using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy;

/// <summary>
/// A rollback that is rehearsed on one host: deploy another system, roll back, and verify that the host is as it was. The caller runs
/// <see cref="PlanChangeAsync"/>, then <see cref="PlanRollbackAsync"/>, and asks for <see cref="FindDifferenceAsync"/> afterwards.
/// </summary>
public sealed class RollbackDrill
{
    private readonly DeploymentCoordinator coordinator;
    private readonly DeploymentRequest request;
    private readonly HostStanding before;

    private RollbackDrill(DeploymentCoordinator coordinator, DeploymentRequest request, HostStanding before) =>
        (this.coordinator, this.request, this.before) = (coordinator, request with { IncludeDeferred = false }, before);

    private HostName Host => before.Inspection.Host.Name;

    /// <summary>A rollback never reboots, whatever the deployment before it did.</summary>
    private DeploymentRequest RollbackRequest => request with { Reboot = null };

    /// <summary>Records what the host runs now. Changes nothing.</summary>
    /// <param name="coordinator">Plans both runs.</param>
    /// <param name="request">As for a deployment; it names one host.</param>
    /// <param name="cancellationToken">Cancels the inspection.</param>
    /// <exception cref="UsageException"><c>ND0213</c>: no host is named. <c>ND0215</c>: more than one is, or the mode keeps no generation.</exception>
    /// <exception cref="HostException">The host cannot be inspected.</exception>
    public static async Task<RollbackDrill> BeginAsync(DeploymentCoordinator coordinator, DeploymentRequest request, CancellationToken cancellationToken = default)
    {
        RequestRanges.NeedHosts(request, "TestRollback", "to test, one at a time");
        if (request.Mode != ActivationMode.Switch)
        {
            throw new UsageException("ND0215", $"TestRollback deploys with --mode=switch; {JsonFormat.Word(request.Mode)} keeps no generation to roll back from.");
        }

        var status = await coordinator.StatusAsync(request.Hosts, cancellationToken).ConfigureAwait(false);
        return status.Hosts is not [var only] ? throw new UsageException("ND0215", $"TestRollback tests one host at a time, and --hosts={request.Hosts} names {status.Hosts.Length}.")
            : only.Inspection.Problem is { } problem ? throw new HostException(problem.Code, problem.Message)
            : new RollbackDrill(coordinator, request, only);
    }

    /// <summary>Plans the change: to the fleet's system for the host or, when the host runs that already, to its earlier generation.</summary>
    /// <param name="cancellationToken">Cancels the planning.</param>
    /// <exception cref="UsageException"><c>ND0215</c>: the host runs the fleet's system and has no earlier generation.</exception>
    public async Task<DeploymentPlan> PlanChangeAsync(CancellationToken cancellationToken = default)
    {
        var plan = await coordinator.PlanAsync(request, cancellationToken).ConfigureAwait(false);
        if (!plan.Skipped.Any(s => s.Host == Host))
        {
            return plan;
        }

        var earlier = await coordinator.PlanRollbackAsync(RollbackRequest, null, cancellationToken).ConfigureAwait(false);
        return earlier.Hosts.IsEmpty
            ? throw new UsageException("ND0215", $"{Host} runs the fleet's system and has no earlier generation, so there is nothing to deploy and roll back. Change its configuration and try again.")
            : earlier;
    }

    /// <summary>Plans the rollback to the generation that ran when the drill began.</summary>
    /// <param name="cancellationToken">Cancels the planning.</param>
    public Task<DeploymentPlan> PlanRollbackAsync(CancellationToken cancellationToken = default) =>
        coordinator.PlanRollbackAsync(RollbackRequest, before.Inspection.State!.Generation, cancellationToken);

    /// <summary>Compares the host with what it was when the drill began.</summary>
    /// <param name="cancellationToken">Cancels the inspection.</param>
    /// <returns>What differs, in one sentence; <see langword="null"/> when nothing does.</returns>
    public async Task<string?> FindDifferenceAsync(CancellationToken cancellationToken = default)
    {
        var after = (await coordinator.StatusAsync(Host.Value, cancellationToken).ConfigureAwait(false)).Hosts[0].Inspection;
        var was = before.Inspection.State!;
        return after.State is not { } now ? after.Problem!.ToString()
            : now.CurrentSystem != was.CurrentSystem ? $"{Host} runs {now.CurrentSystem?.Value ?? "nothing known"}, before it ran {was.CurrentSystem?.Value ?? "nothing known"}"
            : now.Generation != was.Generation ? $"{Host} is at generation {now.Generation}, before it was at {was.Generation}"
            : now.FailedUnits.Except(was.FailedUnits).ToList() is { Count: > 0 } failed ? $"{Host} has failed units that it did not have before: {string.Join(", ", failed)}"
            : now.Lock is { } held ? $"{Host} is still locked by {held.Describe(now.Clock)}"
            : null;
    }
}
