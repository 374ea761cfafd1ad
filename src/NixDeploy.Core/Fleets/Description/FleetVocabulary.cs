using System.Collections.Immutable;

namespace NixDeploy.Fleets.Description;

/// <summary>The names that a fleet's description may use: one list for fleet.json, the NixOS options and the published schema.</summary>
internal static class FleetVocabulary
{
    /// <summary>The name under which a simulated host asks for its transport.</summary>
    public const string Simulated = "simulated";

    /// <summary>The whole document. <c>$schema</c> is for editors.</summary>
    public static ImmutableArray<string> Document { get; } = ["$schema", "deployment-coordinator", "hosts"];

    /// <summary><c>deployment-coordinator</c>.</summary>
    public static ImmutableArray<string> Coordinator { get; } =
    [
        "enable", "strategy", "parallel-limit", "copy-limit", "tag-limits", "canary", "health-check-timeout", "health-start-up", "health-window", "disk-reserve", "max-clock-skew", "auto-rollback",
        "guard-timeout", "guard-reboot", "reboot", "reboot-timeout", "on-failure", "max-failures", "off-line", "notifications",
    ];

    /// <summary><c>deployment-coordinator.canary</c>.</summary>
    public static ImmutableArray<string> Canary { get; } = ["hosts", "tag", "waves", "bake", "approval", "approval-timeout"];

    /// <summary><c>deployment-coordinator.notifications</c>.</summary>
    public static ImmutableArray<string> Notifications { get; } = ["enable", "email", "slack-webhook"];

    /// <summary><c>claude.deployment</c>: a host whose system comes from its own configuration.</summary>
    public static ImmutableArray<string> Deployment { get; } =
    [
        "enable", "role", "dependencies", "tags", "critical-services", "health-checks", "rollback-on-failure",
        "health-window", "health-check-timeout", "health-start-up", "parallel-limit", "off-line", "reboot", "reboot-timeout", "target", "simulation",
    ];

    /// <summary><c>hosts.NAME</c> of fleet.json, which also says where the system comes from.</summary>
    public static ImmutableArray<string> Host { get; } = [.. Deployment, "toplevel", "installable", "test"];

    /// <summary><c>target</c>.</summary>
    public static ImmutableArray<string> Target { get; } =
    [
        "host", "port", "user", "identity-file", "known-hosts", "host-key", "accept-new", "transport", "elevation", "connect-timeout", "profile",
    ];

    /// <summary><c>simulation</c>.</summary>
    public static ImmutableArray<string> Simulation { get; } = ["running", "generation", "seconds", "fail"];

    /// <summary><c>simulation.seconds</c>.</summary>
    public static ImmutableArray<string> SimulationSeconds { get; } = ["build", "copy", "activate"];

    /// <summary>What a health check can look at; exactly one of them.</summary>
    public static ImmutableArray<string> HealthCheckKinds { get; } = ["service", "http", "tcp", "dns", "ping", "command", "baseline"];

    /// <summary>What only an <c>http</c> check may say besides.</summary>
    public static ImmutableArray<string> HttpOnly { get; } = ["status", "contains"];

    /// <summary><c>health-checks.baseline</c>.</summary>
    public static ImmutableArray<string> Baseline { get; } = ["max-load", "min-memory"];

    /// <summary>An element of <c>health-checks</c>.</summary>
    public static ImmutableArray<string> HealthCheck { get; } = [.. HealthCheckKinds, .. HttpOnly, "timeout", "interval", "start-up"];

    /// <summary>Our own words of <c>strategy</c>; a library user may have registered others, so any word is read.</summary>
    public static ImmutableArray<string> Strategies { get; } = ["smart", "parallel", "rolling", "sequential", "canary", "blue-green"];

    /// <summary>The words of <c>on-failure</c>.</summary>
    public static ImmutableArray<string> OnFailure { get; } = ["continue", "abort"];

    /// <summary>The words of <c>canary.approval</c>.</summary>
    public static ImmutableArray<string> Approvals { get; } = ["none", "required"];
    /// <summary>The words of <c>off-line</c>.</summary>
    public static ImmutableArray<string> Unreachable { get; } = ["fail", "skip", "defer"];

    /// <summary>The words of <c>reboot</c>.</summary>
    public static ImmutableArray<string> Reboot { get; } = ["never", "if-needed", "always"];

    /// <summary>The words of <c>simulation.fail</c>.</summary>
    public static ImmutableArray<string> Failures { get; } = ["build", "copy", "activate", "health", "unreachable"];
}
