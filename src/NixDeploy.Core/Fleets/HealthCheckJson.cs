using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NixDeploy.Fleets.Description;

namespace NixDeploy.Fleets;

/// <summary>A check as JSON, with the member names of the fleet's own description, such as <c>{ "service": "web", "timeout": 30 }</c>.</summary>
internal sealed class HealthCheckJson : JsonConverter<HealthCheck>
{
    public override void WriteJson(JsonWriter writer, HealthCheck? value, JsonSerializer serializer) =>
        SettingsJson.Write([], HealthCheckValues.Of(value!), serializer).WriteTo(writer);

    public override HealthCheck ReadJson(JsonReader reader, Type objectType, HealthCheck? existingValue, bool hasExistingValue, JsonSerializer serializer)
    {
        var path = reader.Path;
        var json = JObject.Load(reader);
        return HealthCheckValues.ToCheck(HealthCheckReader.Kinds.FirstOrDefault(json.ContainsKey), SettingsJson.Read(json, Scopes.Check, serializer))
            ?? throw new JsonSerializationException($"{path}: expected a health check");
    }
}
