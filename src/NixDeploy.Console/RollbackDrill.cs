using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Terminal;

/// <summary>A way back that is tried out: what a host runs before, a way away from it, the way back, and whether it is the same again.</summary>
internal sealed class RollbackDrill
{
    private readonly DeploymentCoordinator coordinator;
    private readonly DeploymentRequest request;
    private readonly HostStanding before;

    private RollbackDrill(DeploymentCoordinator coordinator, DeploymentRequest request, HostStanding before) =>
        (this.coordinator, this.request, this.before) = (coordinator, request with { IncludeDeferred = false }, before);

    /// <summary>A way back never reboots.</summary>
    private DeploymentRequest Back => request with { Reboot = null };

    private HostName Host => before.Inspection.Host.Name;

    /// <summary>Looks at the host.</summary>
    /// <exception cref="UsageException"><c>ND0213</c> no host is named, <c>ND0215</c> more than one, or the mode is none that is kept.</exception>
    /// <exception cref="HostException">The host cannot be asked.</exception>
    public static async Task<RollbackDrill> OfAsync(DeploymentCoordinator coordinator, DeploymentRequest request, CancellationToken cancellationToken)
    {
        RequestRanges.NeedHosts(request, "TestRollback", "that are to be tried, one at a time");
        if (request.Mode != ActivationMode.Switch)
        {
            throw new UsageException("ND0215", $"TestRollback goes there and back with --mode=switch; {JsonFormat.Word(request.Mode)} keeps nothing that one could go back from.");
        }

        var status = await coordinator.StatusAsync(request.Hosts, cancellationToken).ConfigureAwait(false);
        return status.Hosts is not [var only] ? throw new UsageException("ND0215", $"TestRollback tries one host at a time, and --hosts={request.Hosts} names {status.Hosts.Length}.")
            : only.Inspection.Problem is { } problem ? throw new HostException(problem.Code, problem.Message)
            : new RollbackDrill(coordinator, request, only);
    }

    /// <summary>The way away: to what the fleet has for the host or, when it runs that, to its earlier generation.</summary>
    /// <exception cref="UsageException"><c>ND0215</c>: it runs what the fleet has, and has no earlier generation.</exception>
    public async Task<DeploymentPlan> ThereAsync(CancellationToken cancellationToken)
    {
        var plan = await coordinator.PlanAsync(request, cancellationToken).ConfigureAwait(false);
        if (!plan.Skipped.Any(s => s.Host == Host))
        {
            return plan;
        }

        var earlier = await coordinator.PlanRollbackAsync(Back, null, cancellationToken).ConfigureAwait(false);
        return earlier.Hosts.IsEmpty
            ? throw new UsageException("ND0215", $"{Host} runs what the fleet has for it and has no earlier generation: there is nothing to go to and come back from. Change something and try again.")
            : earlier;
    }

    /// <summary>The way back to the generation of before.</summary>
    public Task<DeploymentPlan> BackAsync(CancellationToken cancellationToken) =>
        coordinator.PlanRollbackAsync(Back, before.Inspection.State!.Generation, cancellationToken);

    /// <summary>What is not as it was before, in words; empty when the way back is proven.</summary>
    public async Task<string> DifferenceAsync(CancellationToken cancellationToken)
    {
        var after = (await coordinator.StatusAsync(Host.Value, cancellationToken).ConfigureAwait(false)).Hosts[0].Inspection;
        var was = before.Inspection.State!;
        return after.State is not { } now ? after.Problem!.ToString()
            : now.CurrentSystem != was.CurrentSystem ? $"{Host} runs {now.CurrentSystem?.Value ?? "nothing known"}, before it ran {was.CurrentSystem?.Value ?? "nothing known"}"
            : now.Generation != was.Generation ? $"{Host} is at generation {now.Generation}, before it was at {was.Generation}"
            : now.FailedUnits.Except(was.FailedUnits).ToList() is { Count: > 0 } failed ? $"{Host} has failed units that it did not have before: {string.Join(", ", failed)}"
            : now.Lock is { } held ? $"{Host} is still locked by {held.Describe(now.Clock)}"
            : "";
    }
}
