using Newtonsoft.Json;
using NixDeploy.Fleets;

namespace NixDeploy.Events;

/// <summary>Why hosts that did not fail are rolled back too; as text a few words such as <c>razer failed</c>.</summary>
[JsonConverter(typeof(Json))]
public abstract record HaltReason
{
    private HaltReason()
    {
    }

    /// <inheritdoc/>
    public sealed override string ToString() => this switch
    {
        BudgetExceeded e => $"{e.Failed} {(e.Failed == 1 ? "host" : "hosts")} failed, and {e.Allowed} may",
        HostFailed e => $"{e.Host} failed",
        HostRefused e => $"{e.Host} cannot be deployed",
        NotApproved { By: null } => "nobody approved in time",
        NotApproved e => $"{e.By} did not approve{(e.Because.Length > 0 ? $": {e.Because}" : "")}",
        InWords e => e.Text,
        _ => throw new InvalidOperationException(),
    };

    /// <summary>More hosts failed than the budget allows.</summary>
    /// <param name="Failed">How many failed.</param>
    /// <param name="Allowed">How many may.</param>
    public sealed record BudgetExceeded(int Failed, int Allowed) : HaltReason;

    /// <summary>A host failed in a stage whose hosts are rolled back together.</summary>
    /// <param name="Host">The host.</param>
    public sealed record HostFailed(HostName Host) : HaltReason;

    /// <summary>A host cannot be deployed in a stage of all hosts or none.</summary>
    /// <param name="Host">The host.</param>
    public sealed record HostRefused(HostName Host) : HaltReason;

    /// <summary>The next stage was not approved.</summary>
    /// <param name="By">Who refused; <see langword="null"/>: nobody answered in time.</param>
    /// <param name="Because">Why, in a few words; may be empty.</param>
    public sealed record NotApproved(string? By, string Because) : HaltReason;

    /// <summary>As an earlier version wrote it.</summary>
    /// <param name="Text">Its words.</param>
    public sealed record InWords(string Text) : HaltReason;

    private sealed class Json : ClosedTypeJson<HaltReason>
    {
        protected override HaltReason OfWords(string words) => new InWords(words);
    }
}
