using System.Runtime.InteropServices;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;
using NixDeploy.Reporting.Plans;
using NixDeploy.Reporting.Runs;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>What a person at a terminal, a CI job or a journal sees of a coordinator's work. Answers with <see cref="ExitCodes"/>.</summary>
public sealed class DeploymentConsole
{
    private readonly DeploymentCoordinator coordinator;
    private readonly IAnsiConsole console;
    private readonly ConsoleOptions options;
    private readonly OutputFiles files;
    private readonly TimeProvider time;

    /// <summary>Makes a console for a coordinator.</summary>
    public DeploymentConsole(DeploymentCoordinator coordinator, IAnsiConsole console, ConsoleOptions options, TimeProvider time) =>
        (this.coordinator, this.console, this.options, this.time, files) = (coordinator, console, options, time, new OutputFiles(options));

    /// <summary>The last command's end in one sentence.</summary>
    public string Verdict { get; private set; } = "";

    /// <summary>Deploys what has changed. The first Ctrl-C starts no more hosts, the second one leaves at once.</summary>
    public Task<int> DeployAsync(DeploymentRequest request, CancellationToken cancellationToken = default) =>
        RunOrTellAsync(token => coordinator.PlanAsync(request, Telling, token), cancellationToken);

    /// <summary>Deploys a plan that was saved with <c>--json</c>, when the fleet and its hosts still are what it was made for.</summary>
    /// <param name="file">The plan's file.</param>
    /// <param name="request">What is done about locks that are held now; nothing else of it counts.</param>
    /// <param name="cancellationToken">Stops gracefully.</param>
    /// <exception cref="UsageException"><c>ND0250</c> to <c>ND0252</c>: the file is no plan, cannot be read, or does not fit any more.</exception>
    public async Task<int> DeployPlanAsync(string file, DeploymentRequest request, CancellationToken cancellationToken = default)
    {
        var plan = PlanFile.Read(file);
        plan = request.Locks.AllowsHeldLock ? plan with { Locks = request.Locks } : plan;
        async Task<DeploymentPlan> CheckedAsync(CancellationToken token)
        {
            var late = await coordinator.CheckAsync(plan, token).ConfigureAwait(false);
            return plan with { Warnings = [.. plan.Warnings, .. late] };
        }

        return await RunOrTellAsync(CheckedAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Shows what a deployment would do, and changes nothing.</summary>
    public Task<int> PlanAsync(DeploymentRequest request, CancellationToken cancellationToken = default) =>
        TellAsync(token => coordinator.PlanAsync(request, Telling, token), cancellationToken);

    private IProgress<string> Telling => new Teller(console);

    private Task<int> RunOrTellAsync(Func<CancellationToken, Task<DeploymentPlan>> planning, CancellationToken cancellationToken) =>
        options.DryRun ? TellAsync(planning, cancellationToken) : RunAsync(planning, cancellationToken);

    private async Task<int> TellAsync(Func<CancellationToken, Task<DeploymentPlan>> planning, CancellationToken cancellationToken)
    {
        files.Check();
        var plan = await planning(cancellationToken).ConfigureAwait(false);
        Announce(plan.Origin.Simulated);
        Show(plan);
        files.WriteJson(text => PlanJson.Write(plan, text));
        Verdict = plan.Blocked.IsEmpty ? "" : $"{plan.Blocked.Length} hosts cannot be deployed; why is above.";
        return plan.Blocked.IsEmpty ? ExitCodes.Success : ExitCodes.Refused;
    }

    /// <summary>Brings hosts back to an earlier generation.</summary>
    /// <param name="request">Which hosts, and what is wished otherwise than the fleet says; they are switched at once and not rebooted.</param>
    /// <param name="generation">The generation; <see langword="null"/> is the newest earlier one with another system.</param>
    /// <param name="cancellationToken">Stops gracefully.</param>
    /// <exception cref="UsageException"><c>ND0213</c>: no hosts are named. <c>ND0212</c>: another mode than switch, or a reboot, is wished.</exception>
    public Task<int> RollbackAsync(DeploymentRequest request, int? generation, CancellationToken cancellationToken = default) =>
        RunOrTellAsync(token => coordinator.PlanRollbackAsync(request, generation, token), cancellationToken);

    /// <summary>
    /// Deploys without looking first whether it is wise: no preflight, and no host but those that are named. Locks and guards stay. A host that
    /// cannot be reached is refused whatever it or the fleet says: who deploys in an emergency is told that it did not go.
    /// </summary>
    /// <param name="request">What is to be deployed; it names its hosts.</param>
    /// <param name="cancellationToken">Stops gracefully.</param>
    /// <exception cref="UsageException"><c>ND0213</c>: no hosts are named.</exception>
    public Task<int> EmergencyDeployAsync(DeploymentRequest request, CancellationToken cancellationToken = default)
    {
        RequestRanges.NeedHosts(request, "EmergencyDeploy", "that cannot wait");
        return DeployAsync(request with { SkipValidation = true, IncludeDeferred = false, Unreachable = request.Unreachable ?? UnreachablePolicy.Fail }, cancellationToken);
    }

    /// <summary>Shows whether hosts could go back right now; activates nothing.</summary>
    public async Task<int> VerifyRollbackAsync(string? hosts, CancellationToken cancellationToken = default)
    {
        files.Check();
        var found = await coordinator.VerifyRollbackAsync(hosts, cancellationToken).ConfigureAwait(false);
        Announce(found.All(h => h.Simulated));
        ReadinessView.Write(console, found);
        files.WriteJson(text => text.Write(StatusJson.Write(found)));
        var unready = found.Count(h => h.Readiness is not { IsReady: true });
        Verdict = unready == 0 ? "" : $"{unready} of {found.Length} hosts could not go back; why is above.";
        return unready == 0 ? ExitCodes.Success : ExitCodes.Refused;
    }

    /// <summary>Goes away from what a host runs, comes back, and looks whether all is as it was.</summary>
    /// <param name="request">As for a deployment; it names one host.</param>
    /// <param name="cancellationToken">Stops gracefully.</param>
    /// <exception cref="UsageException"><c>ND0213</c>, <c>ND0215</c>: there is not one host, or nothing to go to and come back from, or it is to be a dry run.</exception>
    public async Task<int> TestRollbackAsync(DeploymentRequest request, CancellationToken cancellationToken = default)
    {
        if (options.DryRun)
        {
            throw new UsageException("ND0215", "TestRollback proves the way back by going it, so --dry-run would prove nothing: leave it out. VerifyRollback looks whether a host could go back, and activates nothing.");
        }

        var drill = await RollbackDrill.OfAsync(coordinator, request, cancellationToken).ConfigureAwait(false);
        var there = await RunAsync(drill.ThereAsync, cancellationToken).ConfigureAwait(false);
        if (there != ExitCodes.Success)
        {
            return there;
        }

        var back = await RunAsync(drill.BackAsync, cancellationToken).ConfigureAwait(false);
        if (back != ExitCodes.Success)
        {
            return back;
        }

        var difference = await drill.DifferenceAsync(cancellationToken).ConfigureAwait(false);
        Verdict = difference.Length == 0 ? "" : $"The way back did not lead to where it began: {difference}.";
        console.WritePlain(difference.Length == 0 ? "The way back is proven: system, generation and units are as before." : Verdict);
        return difference.Length == 0 ? ExitCodes.Success : ExitCodes.Failed;
    }

    /// <summary>Answers a run that waits for an approval.</summary>
    /// <param name="run">The run's id; <see langword="null"/> is the newest run.</param>
    /// <param name="approved">Whether the next stage begins; otherwise the run is taken back.</param>
    /// <param name="reason">Why not; may be empty.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UsageException"><c>ND0212</c>: it is to be a dry run. <c>ND0615</c> to <c>ND0617</c>: there is no such run, it asks nothing, or it was answered before.</exception>
    public async Task<int> AnswerAsync(string? run, bool approved, string reason, CancellationToken cancellationToken = default)
    {
        if (options.DryRun)
        {
            throw new UsageException("ND0212", "An answer counts as soon as it is given, so --dry-run cannot go with it: leave it out, and answer when you mean it.");
        }

        var pending = approved
            ? await coordinator.ApproveAsync(run, ApprovalPrompt.Me, cancellationToken).ConfigureAwait(false)
            : await coordinator.RejectAsync(run, ApprovalPrompt.Me, reason, cancellationToken).ConfigureAwait(false);
        console.WritePlain($"{Printable.Line(pending.Question.Prompt)} {(approved ? "Yes" : "No, the run is taken back")}.");
        return ExitCodes.Success;
    }

    /// <summary>Shows what every host runs and what it would get.</summary>
    public async Task<int> StatusAsync(string? hosts, CancellationToken cancellationToken = default)
    {
        files.Check();
        var status = await coordinator.StatusAsync(hosts, cancellationToken).ConfigureAwait(false);
        Announce(status.Simulated);
        StatusView.Write(console, status);
        files.WriteJson(text => text.Write(StatusJson.Write(status)));
        var unknown = status.Hosts.Count(h => h.Inspection.Problem is not null);
        Verdict = unknown == 0 ? "" : $"{unknown} of {status.Hosts.Length} hosts could not be asked.";
        return unknown == 0 ? ExitCodes.Success : ExitCodes.Refused;
    }

    /// <summary>Looks at the health checks of hosts now.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>0, 1 when a check fails, or 4 when none fails and some could not be measured.</returns>
    public async Task<int> CheckHealthAsync(string? hosts, CancellationToken cancellationToken = default)
    {
        files.Check();
        var health = await coordinator.CheckHealthAsync(hosts, cancellationToken).ConfigureAwait(false);
        Announce(health.Simulated);
        HealthView.Write(console, health);
        files.WriteJson(text => text.Write(StatusJson.Write(health)));
        Verdict = health.Outcome == CheckOutcome.Passed ? ""
            : $"{health.Hosts.Count(h => h.Outcome == CheckOutcome.Failed)} of {health.Hosts.Length} hosts are not healthy, {health.Hosts.Count(h => h.Outcome == CheckOutcome.CouldNotMeasure)} could not be asked everything.";
        return health.Outcome switch
        {
            CheckOutcome.Passed => ExitCodes.Success,
            CheckOutcome.Failed => ExitCodes.Failed,
            _ => ExitCodes.ManualInterventionRequired,
        };
    }

    /// <summary>Says everything that would keep the fleet from being deployed.</summary>
    /// <param name="hosts">As in <see cref="DeploymentRequest.Hosts"/>.</param>
    /// <param name="askHosts">Whether hosts are looked at too.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<int> ValidateAsync(string? hosts, bool askHosts = true, CancellationToken cancellationToken = default)
    {
        files.Check();
        var found = await coordinator.ValidateAsync(hosts, askHosts, cancellationToken).ConfigureAwait(false);
        Announce(found.Fleet.IsSimulated);
        foreach (var line in found.Checks.Select(PlanWords.Preflight)
            .Concat(found.Problems.Select(p => $"{p.Key}: {Printable.Line(p.Value.ToString())}"))
            .Concat(found.Warnings.Select(w => $"Warning: {Printable.Line(w)}")))
        {
            console.WritePlain(line);
        }

        files.WriteJson(text => text.Write(StatusJson.Write(found)));
        if (found.Problems.IsEmpty)
        {
            console.WritePlain($"{found.Fleet.Origin}: everything is well with {found.Fleet.Hosts.Count} hosts.");
            return ExitCodes.Success;
        }

        Verdict = $"{found.Problems.Count} hosts cannot be deployed; why is above.";
        return ExitCodes.Refused;
    }

    private async Task<int> RunAsync(Func<CancellationToken, Task<DeploymentPlan>> planning, CancellationToken cancellationToken)
    {
        files.Check();
        using var interrupts = new Interrupts(cancellationToken);
        var plan = await planning(interrupts.Token).ConfigureAwait(false);
        Announce(plan.Origin.Simulated);
        Show(plan);
        var run = await coordinator.StartAsync(plan, interrupts.Token).ConfigureAwait(false);
        interrupts.Second = run.Detach;
        var view = RunView.For(console, time, plan.Roles());
        var answering = new ApprovalPrompt(console, options.Yes, view is ConsoleView).FollowAsync(run);
        await view.ShowAsync(run.EventsAsync(0, CancellationToken.None), CancellationToken.None).ConfigureAwait(false);
        await answering.ConfigureAwait(false);
        var result = await run.Completion.ConfigureAwait(false);
        files.WriteJson(text => text.Write(ResultJson.Write(result.State)));
        console.WritePlain($"Report: {result.Folder.Report}");
        Verdict = $"The run {result.State.Run} ended as {result.Outcome}; its report is {result.Folder.Report}.";
        return result.ExitCode;
    }

    /// <summary>Shows the plan, on the screen and in the files that are asked for.</summary>
    private void Show(DeploymentPlan plan)
    {
        var roles = plan.Roles();
        PlanView.Show(console, plan, roles);
        files.WritePlan(plan, roles);
    }

    /// <summary>Nobody is to believe that something real was deployed.</summary>
    private void Announce(bool simulated)
    {
        if (simulated)
        {
            console.WritePlain("These hosts are simulated: nothing real is deployed. Name a real fleet with --fleet=FOLDER (a flake, or a fleet.json).");
        }
    }

    /// <summary>Says at once what takes its time.</summary>
    private sealed class Teller(IAnsiConsole console) : IProgress<string>
    {
        public void Report(string value) => console.WritePlain(value);
    }

    /// <summary>The first interrupt cancels the token, the second calls <see cref="Second"/>.</summary>
    private sealed class Interrupts : IDisposable
    {
        private readonly CancellationTokenSource first;
        private readonly PosixSignalRegistration interrupt;
        private readonly PosixSignalRegistration terminate;

        public Interrupts(CancellationToken outer)
        {
            first = CancellationTokenSource.CreateLinkedTokenSource(outer);
            interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
            terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        }

        public CancellationToken Token => first.Token;

        public Action? Second { get; set; }

        public void Dispose()
        {
            interrupt.Dispose();
            terminate.Dispose();
            first.Dispose();
        }

        private void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (first.IsCancellationRequested)
            {
                Second?.Invoke();
            }

            first.Cancel();
        }
    }
}
