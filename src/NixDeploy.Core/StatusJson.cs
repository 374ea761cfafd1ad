using System.Collections.Immutable;
using Newtonsoft.Json;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Journal;
using NixDeploy.Planning;
using NixDeploy.Survey;

namespace NixDeploy;

/// <summary>
/// The machine-readable form of what the coordinator found out without deploying: what <c>--json=FILE</c> gets from Status, HealthCheck,
/// Validate and VerifyRollback. <c>docs/json.md</c> describes the documents.
/// </summary>
public static class StatusJson
{
    private const int Schema = 1;

    /// <summary>What every host runs and what it would get.</summary>
    public static string Write(FleetStatus status) => Format(new StatusDocument(
        Schema,
        status.Fleet,
        status.LastRun,
        status.Deferred,
        status.Hosts.ToDictionary(h => h.Inspection.Host.Name.Value, h => new Standing(
            h.Change, h.Drifted, h.Target, h.Inspection.State?.CurrentSystem, h.Inspection.State?.Generation, h.Inspection.State, h.Inspection.Problem ?? h.Evaluation))));

    /// <summary>What would keep the fleet from being deployed.</summary>
    public static string Write(FleetValidation validation) => Format(new ValidationDocument(
        Schema, validation.IsValid, validation.Files, validation.Problems.ToDictionary(p => p.Key.Value, p => p.Value), validation.Checks, validation.Warnings));

    /// <summary>The results of the health checks.</summary>
    public static string Write(FleetHealth health) => Format(new HealthDocument(
        Schema, health.Fleet, health.Outcome, health.Hosts.ToDictionary(h => h.Host.Value, h => new HostHealthDocument(h.Outcome, h.Checks))));

    /// <summary>Whether hosts could be rolled back.</summary>
    public static string Write(ImmutableArray<HostReadiness> hosts) => Format(new ReadinessDocument(
        Schema, hosts.All(h => h.Readiness is { IsReady: true }), hosts.ToDictionary(
            h => h.Host.Value, h => new Readiness(h.Readiness is { IsReady: true }, h.Readiness?.Target, h.Readiness?.Checks ?? [], h.Problem))));

    private static string Format(object document) => JsonFormat.Write(document, Formatting.Indented) + "\n";

    private sealed record StatusDocument(int Schema, string Fleet, RunSummary? LastRun, ImmutableArray<DeferredHost> Deferred, Dictionary<string, Standing> Hosts);

    private sealed record Standing(string Change, bool Drifted, StorePath? Target, StorePath? Running, int? Generation, HostState? State, Problem? Problem);

    private sealed record ValidationDocument(
        int Schema, bool Valid, ImmutableArray<string> Files, Dictionary<string, Problem> Problems, ImmutableArray<PreflightCheck> Checks, ImmutableArray<string> Warnings);

    private sealed record HealthDocument(int Schema, string Fleet, CheckOutcome Outcome, Dictionary<string, HostHealthDocument> Hosts);

    private sealed record HostHealthDocument(CheckOutcome Outcome, ImmutableArray<CheckReading> Checks);

    private sealed record ReadinessDocument(int Schema, bool Ready, Dictionary<string, Readiness> Hosts);

    private sealed record Readiness(bool Ready, Generation? Target, ImmutableArray<ReadinessCheck> Checks, Problem? Problem);
}
