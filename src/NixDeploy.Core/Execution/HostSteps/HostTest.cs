using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Finds out what can be found out before anything is activated: the system's isolated test, and what the host says an activation would do.</summary>
internal sealed class HostTest(RunContext run, HostPlan plan)
{
    /// <summary>Tests; the host must hold the whole system.</summary>
    /// <returns>What speaks against an activation, or <see langword="null"/>.</returns>
    public async Task<Problem?> RunAsync(CancellationToken cancellationToken)
    {
        await run.Emit(new Events.TestStarted(plan.Host)).ConfigureAwait(false);
        return await IsolatedAsync(cancellationToken).ConfigureAwait(false) ?? await DryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<Problem?> IsolatedAsync(CancellationToken cancellationToken)
    {
        if (plan.Test is not { } test)
        {
            return null;
        }

        Problem? problem = null;
        await run.StoreOf(plan.Described).RealiseAsync(
            ImmutableDictionary<HostName, SystemBuild>.Empty.Add(plan.Host, new SystemBuild(test.Result, test.Derivation)),
            rootsFolder: null,
            result => problem = result.Problem,
            run.Log,
            cancellationToken).ConfigureAwait(false);
        return problem is null ? null : HostProblems.TestFailed(plan, problem);
    }

    private async Task<Problem?> DryAsync(CancellationToken cancellationToken)
    {
        var dry = await run.Sessions.UseAsync(plan.Described, session => session.DryActivateAsync(plan.To, cancellationToken), cancellationToken).ConfigureAwait(false);
        run.Log(plan.Host, dry.All);
        return dry.Succeeded ? null : HostProblems.DryActivation(plan, dry);
    }
}
