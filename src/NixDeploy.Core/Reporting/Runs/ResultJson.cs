using System.Collections.Immutable;
using Newtonsoft.Json;
using NixDeploy.Changes;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Reporting.Runs;

/// <summary>
/// A run as JSON: <c>deployment-status.json</c> while it goes on, and what <c>--json=FILE</c> writes of its end.
/// The shape is <c>docs/schema/result.schema.json</c>.
/// </summary>
public static class ResultJson
{
    /// <summary>The version of the shape.</summary>
    public const int CurrentSchema = 1;

    /// <summary>The document, indented, with a line end behind it.</summary>
    public static string Write(RunState state) => JsonFormat.Write(new Document(state), Formatting.Indented) + "\n";

    // Members are written in the order in which they stand here; one that could not be set would be taken for derived, and not be written.
    private sealed class Document(RunState state)
    {
        public int Schema { get; init; } = CurrentSchema;
        public string Run { get; init; } = state.Run;
        public string Fleet { get; init; } = state.Fleet;
        public string? Strategy { get; init; } = state.Plan?.Strategy;
        public string? PlanHash { get; init; } = state.Plan?.Hash;
        public ImmutableArray<string> Reasons { get; init; } = state.Plan?.Reasons ?? [];
        public ImmutableArray<string> Warnings { get; init; } = state.Plan?.Warnings ?? [];
        public DateTimeOffset? StartedAt { get; init; } = state.StartedAt;
        public DateTimeOffset? UpdatedAt { get; init; } = state.LastAt;
        public TimeSpan Elapsed { get; init; } = state.Elapsed;
        public bool Ended { get; init; } = state.Outcome is not null;
        public RunOutcome? Outcome { get; init; } = state.Outcome;
        public int? ExitCode { get; init; } = state.Outcome is { } outcome ? ExitCodes.Of(outcome) : null;
        public bool StopRequested { get; init; } = state.StopRequested;
        public bool Halted { get; init; } = state.Halted;
        public string? HaltReason { get; init; } = state.Halt?.Reason.ToString();
        public Numbers Summary { get; init; } = new(state, Tally.Of(state));
        public ImmutableSortedDictionary<string, Host> Hosts { get; init; } = state.Hosts.ToImmutableSortedDictionary(h => h.Key.Value, h => new Host(h.Value), StringComparer.Ordinal);
    }

    private sealed class Numbers(RunState state, Tally tally)
    {
        public int Hosts { get; init; } = tally.Hosts;
        public int Changed { get; init; } = tally.Changed;
        public int Deployed { get; init; } = tally.Deployed;
        public int Skipped { get; init; } = tally.Of(HostStatus.Skipped);
        public int RolledBack { get; init; } = tally.RolledBack;
        public int Failures { get; init; } = state.Failures;
        public int Blocked { get; init; } = tally.Of(HostStatus.Blocked);
        public int? SuccessPercent { get; init; } = tally.SuccessPercent;
        public int Connections { get; init; } = state.Hosts.Values.Sum(h => h.Connections);
        public int Commands { get; init; } = state.Hosts.Values.Sum(h => h.Commands);
        public int? Retries { get; init; } = Some(state.Hosts.Values.Sum(h => h.Retries));
    }

    private sealed class Host(HostProgress host)
    {
        public HostStatus Status { get; init; } = host.Status;
        public SystemRef From { get; init; } = host.From;
        public StorePath? To { get; init; } = host.To;
        public int? Generation { get; init; } = host.Generation;
        public DateTimeOffset? StartedAt { get; init; } = host.StartedAt;
        public DateTimeOffset? EndedAt { get; init; } = host.EndedAt;
        public TimeSpan? Elapsed { get; init; } = host.EndedAt - host.StartedAt;
        public long CopiedBytes { get; init; } = host.CopiedBytes;
        public bool AtNextBoot { get; init; } = host.AtNextBoot;
        public bool UntilNextBoot { get; init; } = host.UntilNextBoot;
        public bool RebootNeeded { get; init; } = host.RebootNeeded;
        public DryActivation? DryRun { get; init; } = host.DryRun;
        public ImmutableArray<Check> Checks { get; init; } = [.. host.Checks.Select(c => new Check(c.Check, c.Passed, c.Measured, c.Detail))];
        public Problem? Problem { get; init; } = host.Problem;
        public HostName? Because { get; init; } = host.Because;
        public bool RolledBackByGuard { get; init; } = host.RolledBackByGuard;
        public int Connections { get; init; } = host.Connections;
        public int Commands { get; init; } = host.Commands;
        public int? Retries { get; init; } = Some(host.Retries);
        public ImmutableArray<Step> Timeline { get; init; } = [.. host.Timeline.Select(s => new Step(s.Status, s.At))];
    }

    /// <summary>A count that is left out when it is zero.</summary>
    private static int? Some(int count) => count > 0 ? count : null;

    private sealed record Check(string Name, bool Passed, bool Measured, string Detail);

    private sealed record Step(HostStatus Status, DateTimeOffset At);
}
