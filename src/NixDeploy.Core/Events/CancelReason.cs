using Newtonsoft.Json;
using NixDeploy.Fleets;

namespace NixDeploy.Events;

/// <summary>Why a host was not started, or did not go on; as text one sentence.</summary>
[JsonConverter(typeof(Json))]
public abstract record CancelReason
{
    private CancelReason()
    {
    }

    /// <inheritdoc/>
    public sealed override string ToString() => this switch
    {
        Stopped => "The run was stopped before the host was started.",
        AfterFailure e => $"Not started because {e.Failed} failed.",
        AfterBuildFailure e => $"Not activated because {e.Failed} does not build, and on-build-failure is abort.",
        Halted e => $"The run was halted: {e.Reason}.",
        NotHalted e => $"Not started because {e.Reason}; no host is rolled back (auto-rollback is off).",
        NothingToBake e => $"Not started because no host of the stage {e.Stage} was deployed, so there was nothing to watch.",
        Interrupted => "The run was interrupted before anything on it was activated.",
        Detached => "The run was detached from before the host was started.",
        InWords e => e.Text,
        _ => throw new InvalidOperationException(),
    };

    /// <summary>The run was stopped.</summary>
    public sealed record Stopped : CancelReason;

    /// <summary>A host failed, and no further host is started then.</summary>
    /// <param name="Failed">The host.</param>
    public sealed record AfterFailure(HostName Failed) : CancelReason;

    /// <summary>A host does not build, and no host is activated then.</summary>
    /// <param name="Failed">The host.</param>
    public sealed record AfterBuildFailure(HostName Failed) : CancelReason;

    /// <summary>The run was halted, and hosts are rolled back.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Halted(HaltReason Reason) : CancelReason;

    /// <summary>The run would have been halted, but no host of it may be rolled back.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record NotHalted(HaltReason Reason) : CancelReason;

    /// <summary>No host of a stage was deployed, so nothing tells whether the next stage may begin.</summary>
    /// <param name="Stage">The stage's name.</param>
    public sealed record NothingToBake(string Stage) : CancelReason;

    /// <summary>The run's controller is gone.</summary>
    public sealed record Interrupted : CancelReason;

    /// <summary>The process detached from the run.</summary>
    public sealed record Detached : CancelReason;

    /// <summary>As an earlier version wrote it.</summary>
    /// <param name="Text">Its sentence.</param>
    public sealed record InWords(string Text) : CancelReason;

    private sealed class Json : ClosedTypeJson<CancelReason>
    {
        protected override CancelReason OfWords(string words) => new InWords(words);
    }
}
