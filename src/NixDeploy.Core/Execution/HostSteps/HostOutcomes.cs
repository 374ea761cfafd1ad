using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Execution.HostSteps;

/// <summary>From the reconciler's outcomes and reasons to events and problems.</summary>
internal static class HostOutcomes
{
    /// <summary>The event that records how a host ended, which said <paramref name="record"/> last.</summary>
    public static HostEvent Of(HostPlan plan, HostOutcome outcome, TransactionState? record)
    {
        return outcome switch
        {
            HostOutcome.Committed o => new HostCommitted(plan.Host, record?.Generation) { AtNextBoot = o.AtNextBoot, RebootNeeded = o.RebootNeeded },
            HostOutcome.Kept => new HostKept(plan.Host),
            HostOutcome.NeedsReboot => new HostNeedsReboot(plan.Host, plan.From.Generation, HostProblems.NeedsReboot(plan)),
            HostOutcome.RolledBack o => new HostRolledBack(plan.Host, record?.CurrentSystem, record?.MovedProfile is null ? record?.Generation : null, o.ByGuard)
            {
                ByReboot = o.ByReboot,
                MovedProfile = record?.MovedProfile,
            },
            HostOutcome.LeftOnNewSystem => Failed(HostProblems.LeftAlone(plan)) with { Left = true },
            HostOutcome.RollbackFailed { Reason: RollbackFailure.Incomplete } => Failed(HostProblems.RollbackIncomplete(plan, record!)),
            HostOutcome.RollbackFailed { Reason: RollbackFailure.DeployedByAnotherRun } => Failed(HostProblems.NotRolledBack(
                plan, "another run had deployed it before this one came to the host, so this one knows no earlier system.")),
            HostOutcome.RollbackFailed => Failed(HostProblems.NotRolledBack(plan, WhyNotRolledBack(plan, record, result: null))),
            _ => throw new InvalidOperationException($"There is no event for {outcome}."),
        };

        RollbackFailed Failed(Problem problem) => new(plan.Host, problem, Unknown: false) { System = record?.CurrentSystem, Generation = record?.Generation };
    }

    /// <summary>Why a deployment has failed: what this process saw of it, or what the record tells.</summary>
    public static Problem ProblemOf(FailureReason reason, HostPlan plan, TransactionState record, ActivationResult? result, Problem? seen) => reason switch
    {
        FailureReason.NotCommitted => HostProblems.NotCommitted(plan, record),
        FailureReason.Activation when result is not null => plan.Mode == ActivationMode.Boot || result.Outcome == ActivationOutcome.Installed || record.Reason is TransactionReason.BootFailed or TransactionReason.ProfileFailed
            ? HostProblems.NotInstalled(plan, result)
            : HostProblems.Activation(plan, result),
        FailureReason.Activation when record.CurrentSystem == plan.To => HostProblems.ActivationUnseen(plan, seen),
        FailureReason.GuardRolledBack when seen is null => HostProblems.GuardRolledBack(plan, record, []),
        _ => seen ?? HostProblems.Interrupted(plan),
    };

    /// <summary>Why the new system stays on a committed host.</summary>
    public static string WhyNotRolledBack(HostPlan plan, TransactionState? record, ActivationResult? result) => (record, result) switch
    {
        _ when plan.From.System is null => "it is not known what it ran before.",
        (_, { Outcome: not (ActivationOutcome.Activated or ActivationOutcome.Installed) }) => HostProblems.RollbackActivation(plan, result).Message,
        ({ } state, _) => $"{plan.From.System} was on trial, and the host's record says {JsonFormat.Word(state.Phase)} ({JsonFormat.Word(state.Reason)}).",
        _ => "the host has no record of it.",
    };
}
