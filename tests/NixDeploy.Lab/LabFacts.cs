using Newtonsoft.Json;

namespace NixDeploy.Labs;

/// <summary>The content of <c>fleet/lab.json</c>, documented in docs/lab.md.</summary>
public sealed record LabFacts
{
    [JsonProperty("lab")]
    public required string Name { get; init; }

    [JsonProperty("directory")]
    public required string Directory { get; init; }

    /// <summary>The folder to give to --fleet.</summary>
    [JsonProperty("fleet")]
    public required string Fleet { get; init; }

    /// <summary>The script that breaks and repairs hosts from outside.</summary>
    [JsonProperty("machine")]
    public required string Machine { get; init; }

    /// <summary>The Nix system type of the hosts.</summary>
    [JsonProperty("system")]
    public required string System { get; init; }

    /// <summary>In the order in which they were made.</summary>
    [JsonProperty("hosts")]
    public required IReadOnlyDictionary<string, LabHostFacts> Hosts { get; init; }
}
