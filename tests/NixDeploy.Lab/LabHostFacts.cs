using Newtonsoft.Json;

namespace NixDeploy.Labs;

/// <summary>A host as lab.json has it. The process ids are kept up to date by the lab over reboots; 0 means off.</summary>
/// <remarks>The name comes first: the lab finds a host's lines by it when it updates them.</remarks>
public sealed record LabHostFacts
{
    [JsonProperty("name")]
    public required string Name { get; init; }

    [JsonProperty("address")]
    public required string Address { get; init; }

    [JsonProperty("port")]
    public int Port { get; init; } = 22;

    [JsonProperty("user")]
    public string User { get; init; } = "root";

    [JsonProperty("identity-file")]
    public required string IdentityFile { get; init; }

    [JsonProperty("known-hosts")]
    public required string KnownHosts { get; init; }

    /// <summary>The init of the host, seen from this machine.</summary>
    [JsonProperty("process-id")]
    public int ProcessId { get; init; }

    /// <summary>The systemd-nspawn that runs the host.</summary>
    [JsonProperty("supervisor-process-id")]
    public int SupervisorProcessId { get; init; }

    /// <summary>The name to use with <c>ip netns exec</c>.</summary>
    [JsonProperty("network-namespace")]
    public required string NetworkNamespace { get; init; }

    /// <summary>This machine's end of the host's cable.</summary>
    [JsonProperty("link")]
    public required string Link { get; init; }

    /// <summary>This machine's address on that cable.</summary>
    [JsonProperty("gateway")]
    public required string Gateway { get; init; }

    /// <summary>The host's root folder, seen from this machine.</summary>
    [JsonProperty("root")]
    public required string Root { get; init; }

    /// <summary>What the host printed on its console.</summary>
    [JsonProperty("console")]
    public required string Console { get; init; }
}
