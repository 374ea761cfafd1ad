using System.Collections.Immutable;
using Newtonsoft.Json;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Journal;
using NixDeploy.Planning;
using NixDeploy.Survey;

namespace NixDeploy.Terminal;

/// <summary>What <c>--json=FILE</c> gets from Status, HealthCheck, Validate and VerifyRollback.</summary>
internal static class StatusJson
{
    private const int Schema = 1;

    public static string Write(FleetStatus status) => JsonFormat.Write(
        new FleetDocument(
            Schema,
            status.Fleet,
            status.LastRun,
            status.Deferred,
            status.Hosts.ToDictionary(h => h.Inspection.Host.Name.Value, h => new Standing(
                h.Change, h.Drifted, h.Target, h.Inspection.State?.CurrentSystem, h.Inspection.State?.Generation, h.Inspection.State, h.Inspection.Problem ?? h.Evaluation))),
        Formatting.Indented) + "\n";

    public static string Write(FleetValidation found) => JsonFormat.Write(
        new ValidationDocument(Schema, found.Problems.IsEmpty, found.Problems.ToDictionary(p => p.Key.Value, p => p.Value), found.Checks, found.Warnings),
        Formatting.Indented) + "\n";

    public static string Write(FleetHealth health) => JsonFormat.Write(
        new HealthDocument(
            Schema,
            health.Fleet,
            health.Outcome,
            health.Hosts.ToDictionary(h => h.Host.Value, h => new HealthOfHost(h.Outcome, h.Checks))),
        Formatting.Indented) + "\n";

    private sealed record HealthDocument(int Schema, string Fleet, CheckOutcome Outcome, Dictionary<string, HealthOfHost> Hosts);

    private sealed record HealthOfHost(CheckOutcome Outcome, ImmutableArray<CheckReading> Checks);

    public static string Write(ImmutableArray<HostReadiness> hosts) => JsonFormat.Write(
        new ReadinessDocument(Schema, hosts.All(h => h.Readiness is { IsReady: true }), hosts.ToDictionary(
            h => h.Host.Value, h => new Readiness(h.Readiness is { IsReady: true }, h.Readiness?.Target, h.Readiness?.Checks ?? [], h.Problem))),
        Formatting.Indented) + "\n";

    private sealed record ReadinessDocument(int Schema, bool Ready, Dictionary<string, Readiness> Hosts);

    private sealed record Readiness(bool Ready, Generation? Target, ImmutableArray<HostProtocol.ReadinessCheck> Checks, Problem? Problem);

    private sealed record FleetDocument(int Schema, string Fleet, RunSummary? LastRun, ImmutableArray<DeferredHost> Deferred, Dictionary<string, Standing> Hosts);

    private sealed record ValidationDocument(
        int Schema, bool Valid, Dictionary<string, Problem> Problems, ImmutableArray<PreflightCheck> Checks, ImmutableArray<string> Warnings);

    private sealed record Standing(
        string Change, bool Drifted, StorePath? Target, StorePath? Running, int? Generation, HostProtocol.HostState? State, Problem? Problem);
}
