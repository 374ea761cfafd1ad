using System.Collections.Immutable;
using Newtonsoft.Json.Linq;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Events;

/// <summary>Brings the JSON of an event that an earlier version wrote into the shape of today. The stored text stays as it is.</summary>
/// <remarks>A new version of the format raises <see cref="Current"/> and adds a step here; what an earlier step does never changes.</remarks>
internal static class Upcasters
{
    /// <summary>The version that this program writes into each event (<c>v</c>); events without one are of version 1.</summary>
    public const int Current = 2;

    /// <summary>What the types of version 1 are called since version 2, where they were renamed.</summary>
    public static readonly ImmutableDictionary<string, string> RenamedTypes = new Dictionary<string, string>
    {
        ["try-started"] = "activation-started",
        ["host-tried"] = "host-activated",
        ["restore-started"] = "rollback-started",
        ["host-restored"] = "host-rolled-back",
        ["restore-failed"] = "rollback-failed",
        ["host-off-line"] = "host-unreachable",
    }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>For each version and type, what changed in its members.</summary>
    private static readonly ImmutableDictionary<(int Version, string Type), Action<JObject>> Steps = new Dictionary<(int, string), Action<JObject>>
    {
        [(1, "run-started")] = e => Plan(e["plan"] as JObject),
        [(1, "host-dry-activated")] = e => Rename(e, "would", "dry-run"),
        [(1, "host-failed")] = e => Rename(e, "touched", "activated"),
        [(1, "host-unreachable")] = e => Rename(e, "later", "deferred"),
        [(1, "host-rolled-back")] = e => Rename(e, "by-itself", "by-guard"),
        [(1, "host-concluded")] = Conclusion,
        [(1, "run-finished")] = e => Replace(e, "outcome", ("needs-attention", "manual-intervention-required")),
    }.ToImmutableDictionary();

    /// <summary>The version of an event's JSON.</summary>
    public static int VersionOf(JObject tree) => (int?)tree["v"] ?? 1;

    /// <summary>The tree in today's shape; changes the tree that is given.</summary>
    public static JObject Upcast(JObject tree)
    {
        for (var version = VersionOf(tree); version < Current; version++)
        {
            if (version == 1 && RenamedTypes.TryGetValue((string?)tree["type"] ?? "", out var renamed))
            {
                tree["type"] = renamed;
            }

            if (Steps.TryGetValue((version, (string?)tree["type"] ?? ""), out var step))
            {
                step(tree);
            }
        }

        return tree;
    }

    /// <summary>The reason was the host's own word, whatever that was.</summary>
    private static void Conclusion(JObject concluded)
    {
        Replace(concluded, "end", ("restored", "rolled-back"), ("restore-failed", "rollback-failed"));
        concluded["reason"] = JsonFormat.Word(HostAnswerReading.Reason((string?)concluded["reason"] ?? ""));
    }

    /// <summary>A plan inside of an event is of the version of the event: it was valid when it was written.</summary>
    private static void Plan(JObject? plan)
    {
        if (plan is null)
        {
            return;
        }

        plan["schema"] = DeploymentPlan.CurrentSchema;
        Rename(plan, "off-line", "unreachable");
        foreach (var host in plan["hosts"]?.OfType<JObject>() ?? [])
        {
            Rename(host, "off-line", "unreachable");
            Rename(host, "description", "digest");
        }

        foreach (var host in plan["skipped"]?.OfType<JObject>() ?? [])
        {
            Rename(host, "description", "digest");
        }

        foreach (var host in plan["unreachable"]?.OfType<JObject>() ?? [])
        {
            Rename(host, "later", "deferred");
        }
    }

    private static void Rename(JObject tree, string from, string to)
    {
        if (tree.Property(from, StringComparison.Ordinal) is { } property)
        {
            property.Replace(new JProperty(to, property.Value));
        }
    }

    private static void Replace(JObject tree, string member, params ReadOnlySpan<(string From, string To)> words)
    {
        foreach (var (from, to) in words)
        {
            if ((string?)tree[member] == from)
            {
                tree[member] = to;
                return;
            }
        }
    }
}
