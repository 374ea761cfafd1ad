using System.Collections.Immutable;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Labs;

/// <summary>A host's <c>claude.deployment</c>; its target (address, keys) is added by the fleet itself.</summary>
public sealed record LabDeployment
{
    public string Role { get; init; } = "client";

    public ImmutableArray<string> Dependencies { get; init; } = [];

    public ImmutableArray<JObject> HealthChecks { get; init; } = [];

    public ImmutableArray<string> CriticalServices { get; init; } = [];

    public ImmutableArray<string> Tags { get; init; } = [];

    public bool RollbackOnFailure { get; init; } = true;

    /// <summary>Seconds.</summary>
    public int HealthWindow { get; init; } = 1;

    /// <summary>Put over the target that the fleet makes: another user, transport, port …</summary>
    public JObject? Target { get; init; }

    /// <summary>Every other setting, by its name in the fleet.</summary>
    [JsonExtensionData]
    public IDictionary<string, JToken> More { get; init; } = new Dictionary<string, JToken>();

    public static JObject ServiceCheck(string service) => new() { ["service"] = service };
}
