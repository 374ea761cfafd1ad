using System.Security.Cryptography;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>A plan as JSON and back: the identity, with a hash that tells whether anybody touched it between.</summary>
public static class PlanJson
{
    /// <summary>The plan as indented JSON with its hash.</summary>
    public static string Write(DeploymentPlan plan)
    {
        var json = JObject.FromObject(plan, JsonFormat.Serializer);
        json.AddFirst(new JProperty("hash", plan.Hash));
        return json.ToString(Formatting.Indented) + "\n";
    }

    /// <summary>Reads a plan.</summary>
    /// <param name="json">What <see cref="Write"/> wrote.</param>
    /// <param name="origin">Where it was read, for errors.</param>
    /// <exception cref="UsageException"><c>ND0250</c>: not a plan, of another version, or changed since it was written.</exception>
    public static DeploymentPlan Read(string json, string origin)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(json)) { DateParseHandling = DateParseHandling.None, MaxDepth = 64 };
            var tree = JObject.Load(reader);
            var schema = (int?)tree["schema"];
            if (schema != DeploymentPlan.CurrentSchema)
            {
                throw new UsageException("ND0250",
                    $"{origin}: the plan has schema {schema?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, expected {DeploymentPlan.CurrentSchema}; make it again with this version.");
            }

            var hash = (string?)tree["hash"];
            tree.Remove("hash");
            var plan = tree.ToObject<DeploymentPlan>(JsonFormat.Serializer)!;
            return plan.Hash == hash
                ? plan
                : throw new UsageException("ND0250", $"{origin}: the plan was changed after it was written (its hash does not match); make it again.");
        }
        catch (Exception e) when (e is JsonException or FleetException or ArgumentException or FormatException or OverflowException)
        {
            throw new UsageException("ND0250", $"{origin}: this is not a plan: {e.Message}", e);
        }
    }

    /// <summary>SHA-256 over the plan's JSON without the hash.</summary>
    internal static string HashOf(DeploymentPlan plan) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonFormat.Write(plan))));
}
