using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;
using NixDeploy.Survey;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>The commands of NixDeploy for a terminal, a CI job or a systemd journal. Each returns one of <see cref="ExitCodes"/>.</summary>
public sealed class DeploymentConsole
{
    private readonly DeploymentCoordinator coordinator;
    private readonly IAnsiConsole console;
    private readonly ConsoleOptions options;
    private readonly OutputFiles files;
    private readonly PlanRunner runner;

    /// <summary>Makes the commands of a coordinator.</summary>
    /// <param name="coordinator">Does the work.</param>
    /// <param name="console">Shows it.</param>
    /// <param name="options">Output files, approvals and dry run; <see langword="null"/> for the defaults.</param>
    /// <param name="time">The clock; <see langword="null"/> for the system's.</param>
    public DeploymentConsole(DeploymentCoordinator coordinator, IAnsiConsole console, ConsoleOptions? options = null, TimeProvider? time = null)
    {
        (this.coordinator, this.console, this.options) = (coordinator, console, options ?? new ConsoleOptions());
        files = new OutputFiles(this.options);
        runner = new PlanRunner(coordinator, console, this.options, files, time ?? TimeProvider.System);
    }

    /// <summary>How the last command ended, in one sentence; empty when its output has said it, as the summary of a run does.</summary>
    public string Verdict { get; private set; } = "";

    private IProgress<string> Progress => new ProgressLines(console);

    /// <summary>Deploys the hosts that have changed. The first Ctrl-C starts no more hosts, the second detaches from the run.</summary>
    /// <param name="request">Which hosts, and how.</param>
    /// <param name="cancellationToken">Cancels the planning; a run that has started stops as <see cref="DeploymentRun.StopAsync"/> does.</param>
    public Task<int> DeployAsync(DeploymentRequest request, CancellationToken cancellationToken = default) =>
        RunOrShowAsync(token => coordinator.PlanAsync(request, Progress, token), cancellationToken);

    /// <summary>Deploys a plan that was saved with <c>--json</c>, provided that the fleet and its hosts have not changed since.</summary>
    /// <param name="file">The plan's file.</param>
    /// <param name="request">What to do about hosts that are locked now; nothing else of it applies.</param>
    /// <param name="cancellationToken">Cancels the checks; a run that has started stops as <see cref="DeploymentRun.StopAsync"/> does.</param>
    /// <exception cref="UsageException"><c>ND0250</c> to <c>ND0252</c>: the file is no plan, cannot be read, or is out of date.</exception>
    public async Task<int> DeployPlanAsync(string file, DeploymentRequest request, CancellationToken cancellationToken = default)
    {
        var plan = PlanFile.Read(file);
        plan = request.Locks.AllowsHeldLock ? plan with { Locks = request.Locks } : plan;
        return await RunOrShowAsync(CheckAsync, cancellationToken).ConfigureAwait(false);

        async Task<DeploymentPlan> CheckAsync(CancellationToken token)
        {
            var late = await coordinator.CheckAsync(plan, token).ConfigureAwait(false);
            return plan with { Warnings = [.. plan.Warnings, .. late] };
        }
    }

    /// <summary>Shows what a deployment would do, and changes nothing.</summary>
    /// <param name="request">Which hosts, and how.</param>
    /// <param name="cancellationToken">Cancels the planning.</param>
    public Task<int> PlanAsync(DeploymentRequest request, CancellationToken cancellationToken = default) =>
        ShowAsync(token => coordinator.PlanAsync(request, Progress, token), cancellationToken);

    /// <summary>Rolls hosts back to an earlier generation.</summary>
    /// <param name="request">Which hosts, and overrides of the fleet's settings; hosts switch at once and are not rebooted.</param>
    /// <param name="generation">The generation; <see langword="null"/> is the newest earlier one with another system.</param>
    /// <param name="cancellationToken">Cancels the planning; a run that has started stops as <see cref="DeploymentRun.StopAsync"/> does.</param>
    /// <exception cref="UsageException"><c>ND0213</c>: no hosts are named. <c>ND0212</c>: the request asks for another mode than switch, or for a reboot.</exception>
    public Task<int> RollbackAsync(DeploymentRequest request, int? generation = null, CancellationToken cancellationToken = default) =>
        RunOrShowAsync(token => coordinator.PlanRollbackAsync(request, generation, token), cancellationToken);

    /// <summary>Deploys only the hosts that are named, without comparing systems while planning unless that is asked for.</summary>
    /// <param name="request">What to deploy; it names its hosts.</param>
    /// <param name="cancellationToken">Cancels the planning; a run that has started stops as <see cref="DeploymentRun.StopAsync"/> does.</param>
    /// <exception cref="UsageException"><c>ND0213</c>: no hosts are named.</exception>
    public Task<int> QuickDeployAsync(DeploymentRequest request, CancellationToken cancellationToken = default)
    {
        RequestRanges.NeedHosts(request, "QuickDeploy", "that are to be deployed");
        return DeployAsync(request with { IncludeDeferred = false, Details = request.Details ?? false }, cancellationToken);
    }

    /// <summary>Validates the selected hosts, then deploys those that have changed; a problem stops it before anything is deployed.</summary>
    /// <param name="request">Which hosts, and how.</param>
    /// <param name="askHosts">Whether the validation inspects hosts too; the deployment does in any case.</param>
    /// <param name="cancellationToken">Cancels validation and planning; a run that has started stops as <see cref="DeploymentRun.StopAsync"/> does.</param>
    public async Task<int> QuickAllAsync(DeploymentRequest request, bool askHosts = true, CancellationToken cancellationToken = default)
    {
        var code = await ValidateAsync(request.Hosts, askHosts, cancellationToken).ConfigureAwait(false);
        return code == ExitCodes.Success ? await DeployAsync(request, cancellationToken).ConfigureAwait(false) : code;
    }

    /// <summary>
    /// Deploys the hosts that are named the shortest safe way: no preflight checks, no comparison of systems, and one passing round of the
    /// health checks unless a window is asked for. Locks and guards stay. An unreachable host is refused whatever it or the fleet says: in an
    /// emergency it must be clear that the deployment did not reach it.
    /// </summary>
    /// <param name="request">What to deploy; it names its hosts.</param>
    /// <param name="cancellationToken">Cancels the planning; a run that has started stops as <see cref="DeploymentRun.StopAsync"/> does.</param>
    /// <exception cref="UsageException"><c>ND0213</c>: no hosts are named.</exception>
    public Task<int> EmergencyDeployAsync(DeploymentRequest request, CancellationToken cancellationToken = default)
    {
        RequestRanges.NeedHosts(request, "EmergencyDeploy", "that cannot wait");
        var shortest = request with
        {
            SkipValidation = true,
            IncludeDeferred = false,
            Details = request.Details ?? false,
            HealthWindow = request.HealthWindow ?? TimeSpan.Zero,
            Unreachable = request.Unreachable ?? UnreachablePolicy.Fail,
        };
        return DeployAsync(shortest, cancellationToken);
    }

    /// <summary>Shows whether hosts could be rolled back right now; activates nothing.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    public async Task<int> VerifyRollbackAsync(string? hosts = null, CancellationToken cancellationToken = default)
    {
        files.Check();
        var found = await coordinator.VerifyRollbackAsync(hosts, cancellationToken).ConfigureAwait(false);
        runner.WarnWhenSimulated(found.All(h => h.Simulated));
        ReadinessView.Write(console, found);
        files.WriteJson(text => text.Write(StatusJson.Write(found)));
        var unready = found.Count(h => h.Readiness is not { IsReady: true });
        return End(unready == 0 ? ExitCodes.Success : ExitCodes.Refused, $"{unready} of {found.Length} hosts cannot be rolled back; the reasons are above.");
    }

    /// <summary>Deploys one host, rolls it back, and verifies that it is as it was before.</summary>
    /// <param name="request">As for a deployment; it names one host.</param>
    /// <param name="cancellationToken">Cancels the planning; a run that has started stops as <see cref="DeploymentRun.StopAsync"/> does.</param>
    /// <exception cref="UsageException"><c>ND0213</c>, <c>ND0215</c>: not exactly one host is named, there is nothing to deploy and roll back, or a dry run was asked for.</exception>
    public async Task<int> TestRollbackAsync(DeploymentRequest request, CancellationToken cancellationToken = default)
    {
        if (options.DryRun)
        {
            throw new UsageException("ND0215", "--dry-run is not valid for TestRollback, which deploys and rolls back. VerifyRollback checks whether a host could be rolled back and activates nothing.");
        }

        var drill = await RollbackDrill.BeginAsync(coordinator, request, cancellationToken).ConfigureAwait(false);
        var code = await RunAsync(drill.PlanChangeAsync, cancellationToken).ConfigureAwait(false);
        code = code == ExitCodes.Success ? await RunAsync(drill.PlanRollbackAsync, cancellationToken).ConfigureAwait(false) : code;
        if (code != ExitCodes.Success)
        {
            return code;
        }

        var difference = await drill.FindDifferenceAsync(cancellationToken).ConfigureAwait(false);
        console.WritePlain(difference is null ? "Rollback verified: system, generation and units are those from before." : $"Rollback not verified: {difference}.");
        return End(difference is null ? ExitCodes.Success : ExitCodes.Failed, $"Rollback not verified: {difference}.");
    }

    /// <summary>Approves or rejects the next stage of a run that waits for an approval.</summary>
    /// <param name="run">The run's id; <see langword="null"/> is the newest run.</param>
    /// <param name="approved">Whether the next stage starts; otherwise the run is rolled back.</param>
    /// <param name="reason">Why not; may be empty.</param>
    /// <param name="cancellationToken">Cancels the operation; an answer that is written stays.</param>
    /// <exception cref="UsageException"><c>ND0212</c>: a dry run was asked for. <c>ND0615</c> to <c>ND0617</c>: there is no such run, it waits for no approval, or it was answered before.</exception>
    public async Task<int> AnswerAsync(string? run, bool approved, string reason = "", CancellationToken cancellationToken = default)
    {
        if (options.DryRun)
        {
            throw new UsageException("ND0212", "--dry-run is not valid for Approve and Reject: an answer takes effect as soon as it is given.");
        }

        var pending = approved
            ? await coordinator.ApproveAsync(run, ApprovalPrompt.Me, cancellationToken).ConfigureAwait(false)
            : await coordinator.RejectAsync(run, ApprovalPrompt.Me, reason, cancellationToken).ConfigureAwait(false);
        console.WritePlain($"{Printable.Line(pending.Question.Prompt)} {(approved ? "Approved" : "Rejected: the run is rolled back")}.");
        return End(ExitCodes.Success);
    }

    /// <summary>Shows what every host runs and what the fleet has for it.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="cancellationToken">Cancels the inspection.</param>
    public async Task<int> StatusAsync(string? hosts = null, CancellationToken cancellationToken = default)
    {
        files.Check();
        var status = await coordinator.StatusAsync(hosts, cancellationToken).ConfigureAwait(false);
        runner.WarnWhenSimulated(status.Simulated);
        StatusView.Write(console, status);
        files.WriteJson(text => text.Write(StatusJson.Write(status)));
        var unknown = status.Hosts.Count(h => h.Inspection.Problem is not null);
        return End(unknown == 0 ? ExitCodes.Success : ExitCodes.Refused, $"{unknown} of {status.Hosts.Length} hosts could not be inspected.");
    }

    /// <summary>Runs the health checks of hosts once.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="cancellationToken">Cancels the checks.</param>
    /// <returns>0, 1 when a check fails, or 4 when none fails and some could not be measured.</returns>
    public async Task<int> CheckHealthAsync(string? hosts = null, CancellationToken cancellationToken = default)
    {
        files.Check();
        var health = await coordinator.CheckHealthAsync(hosts, cancellationToken).ConfigureAwait(false);
        runner.WarnWhenSimulated(health.Simulated);
        HealthView.Write(console, health);
        files.WriteJson(text => text.Write(StatusJson.Write(health)));
        var code = health.Outcome switch
        {
            CheckOutcome.Passed => ExitCodes.Success,
            CheckOutcome.Failed => ExitCodes.Failed,
            _ => ExitCodes.ManualInterventionRequired,
        };
        return End(code, $"{health.Hosts.Count(h => h.Outcome == CheckOutcome.Failed)} of {health.Hosts.Length} hosts are unhealthy, {health.Hosts.Count(h => h.Outcome == CheckOutcome.CouldNotMeasure)} could not be checked completely.");
    }

    /// <summary>Shows everything that would keep the fleet from being deployed.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="askHosts">Whether hosts are inspected too.</param>
    /// <param name="cancellationToken">Cancels the validation.</param>
    public async Task<int> ValidateAsync(string? hosts = null, bool askHosts = true, CancellationToken cancellationToken = default)
    {
        files.Check();
        return Tell(await coordinator.ValidateAsync(hosts, askHosts, cancellationToken).ConfigureAwait(false), "cannot be deployed");
    }

    /// <summary>Builds hosts and the tests that they declare, to the last; contacts and activates none.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="cancellationToken">Cancels the builds; what was built stays.</param>
    /// <exception cref="UsageException"><c>ND0212</c>: a dry run was asked for.</exception>
    public async Task<int> TestAllAsync(string? hosts = null, CancellationToken cancellationToken = default)
    {
        if (options.DryRun)
        {
            throw new UsageException("ND0212", "--dry-run is not valid for TestAll, which builds. Validate with --ask-hosts=false evaluates and builds nothing.");
        }

        files.Check();
        return Tell(await coordinator.TestAsync(hosts, Progress, cancellationToken).ConfigureAwait(false), "do not build or do not pass their test");
    }

    private int Tell(FleetValidation found, string what)
    {
        runner.WarnWhenSimulated(found.Fleet.IsSimulated);
        ValidationView.Write(console, found);
        files.WriteJson(text => text.Write(StatusJson.Write(found)));
        if (found.IsValid)
        {
            console.WritePlain($"{found.Fleet.Origin}: no problems found, {found.Fleet.Hosts.Count} hosts.");
            return End(ExitCodes.Success);
        }

        var unparsed = found.Files.IsEmpty ? "" : $"{Amounts.Count(found.Files.Length, "file")} cannot be parsed";
        var refused = found.Problems.IsEmpty ? "" : $"{found.Problems.Count} of {found.Fleet.Hosts.Count} hosts {what}";
        return End(ExitCodes.Refused, $"{unparsed}{(unparsed.Length > 0 && refused.Length > 0 ? ", and " : "")}{refused}; the reasons are above.");
    }

    private Task<int> RunOrShowAsync(Func<CancellationToken, Task<DeploymentPlan>> planAsync, CancellationToken cancellationToken) =>
        options.DryRun ? ShowAsync(planAsync, cancellationToken) : RunAsync(planAsync, cancellationToken);

    private async Task<int> ShowAsync(Func<CancellationToken, Task<DeploymentPlan>> planAsync, CancellationToken cancellationToken)
    {
        var plan = await runner.ShowAsync(planAsync, cancellationToken).ConfigureAwait(false);
        return End(plan.Blocked.IsEmpty ? ExitCodes.Success : ExitCodes.Refused, $"{plan.Blocked.Length} hosts cannot be deployed; the reasons are above.");
    }

    private async Task<int> RunAsync(Func<CancellationToken, Task<DeploymentPlan>> planAsync, CancellationToken cancellationToken)
    {
        var result = await runner.RunAsync(planAsync, cancellationToken).ConfigureAwait(false);
        return End(result.ExitCode);
    }

    private int End(int code, string verdict = "")
    {
        Verdict = code == ExitCodes.Success ? "" : verdict;
        return code;
    }
}
