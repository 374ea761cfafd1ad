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
    public static string Write(RunState state) => JsonFormat.Write(Document.Of(state), Formatting.Indented) + "\n";

    private sealed record Document(
        int Schema,
        string Run,
        string Fleet,
        string? Strategy,
        string? PlanHash,
        ImmutableArray<string> Reasons,
        ImmutableArray<string> Warnings,
        DateTimeOffset? StartedAt,
        DateTimeOffset? UpdatedAt,
        TimeSpan Elapsed,
        bool Ended,
        RunOutcome? Outcome,
        int? ExitCode,
        bool StopRequested,
        bool Halted,
        string? HaltReason,
        Numbers Summary,
        ImmutableSortedDictionary<string, HostDocument> Hosts)
    {
        public static Document Of(RunState state) => new(
            CurrentSchema,
            state.Run,
            state.Fleet,
            state.Plan?.Strategy,
            state.Plan?.Hash,
            state.Plan?.Reasons ?? [],
            state.Plan?.Warnings ?? [],
            state.StartedAt,
            state.LastAt,
            state.Elapsed,
            state.Outcome is not null,
            state.Outcome,
            state.Outcome is { } outcome ? ExitCodes.Of(outcome) : null,
            state.StopRequested,
            state.Halted,
            state.Halt?.Reason.ToString(),
            Numbers.Of(state),
            state.Hosts.ToImmutableSortedDictionary(h => h.Key.Value, h => HostDocument.Of(h.Value), StringComparer.Ordinal));
    }

    private sealed record Numbers(
        int Hosts, int Changed, int Deployed, int Skipped, int RolledBack, int Failures, int Blocked, int? SuccessPercent, int Connections, int Commands, int? Retries)
    {
        public static Numbers Of(RunState state)
        {
            var tally = Tally.Of(state);
            return new(
                tally.Hosts,
                tally.Changed,
                tally.Deployed,
                tally.Of(HostStatus.Skipped),
                tally.RolledBack,
                state.Failures,
                tally.Of(HostStatus.Blocked),
                tally.SuccessPercent,
                state.Hosts.Values.Sum(h => h.Connections),
                state.Hosts.Values.Sum(h => h.Commands),
                Some(state.Hosts.Values.Sum(h => h.Retries)));
        }
    }

    private sealed record HostDocument(
        HostStatus Status,
        SystemRef From,
        StorePath? To,
        int? Generation,
        DateTimeOffset? StartedAt,
        DateTimeOffset? EndedAt,
        TimeSpan? Elapsed,
        long CopiedBytes,
        bool AtNextBoot,
        bool UntilNextBoot,
        bool RebootNeeded,
        DryActivation? DryRun,
        ImmutableArray<Check> Checks,
        Problem? Problem,
        HostName? Because,
        bool RolledBackByGuard,
        int Connections,
        int Commands,
        int? Retries,
        ImmutableArray<Step> Timeline)
    {
        public static HostDocument Of(HostProgress host) => new(
            host.Status,
            host.From,
            host.To,
            host.Generation,
            host.StartedAt,
            host.EndedAt,
            host.EndedAt - host.StartedAt,
            host.CopiedBytes,
            host.AtNextBoot,
            host.UntilNextBoot,
            host.RebootNeeded,
            host.DryRun,
            [.. host.Checks.Select(c => new Check(c.Check, c.Passed, c.Measured, c.Detail))],
            host.Problem,
            host.Because,
            host.RolledBackByGuard,
            host.Connections,
            host.Commands,
            Some(host.Retries),
            [.. host.Timeline.Select(s => new Step(s.Status, s.At))]);
    }

    /// <summary>A count that is left out when it is zero.</summary>
    private static int? Some(int count) => count > 0 ? count : null;

    private sealed record Check(string Name, bool Passed, bool Measured, string Detail);

    private sealed record Step(HostStatus Status, DateTimeOffset At);
}
