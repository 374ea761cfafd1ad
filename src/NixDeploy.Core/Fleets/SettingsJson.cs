using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NixDeploy.Fleets.Description;

namespace NixDeploy.Fleets;

/// <summary>Settings as JSON for plans and digests: those that are given, with their own names, so that a new setting changes no digest.</summary>
internal sealed class SettingsJson : JsonConverter
{
    /// <inheritdoc/>
    public override bool CanConvert(Type objectType) => objectType == typeof(Host) || objectType == typeof(FleetSettings);

    /// <inheritdoc/>
    public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer)
    {
        var json = value is Host host ? new JObject { ["name"] = host.Name.Value } : [];
        foreach (var (setting, given) in (value as Host)?.Values ?? ((FleetSettings)value!).Values)
        {
            var path = setting.Name.Split('.');
            var group = path[..^1].Aggregate(json, (at, key) => (JObject)(at[key] ??= new JObject()));
            group[path[^1]] = JToken.FromObject(given, serializer);
        }

        json.WriteTo(writer);
    }

    /// <inheritdoc/>
    public override object ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer)
    {
        var json = JObject.Load(reader);
        var isHost = objectType == typeof(Host);
        var values = Settings.Of(isHost ? Scopes.Host : Scopes.Fleet).Aggregate(SettingValues.Empty, (values, setting) =>
            setting.Name.Split('.').Aggregate((JToken?)json, (at, key) => at?[key]) is { } token ? values.With(setting, token.ToObject(setting.Type, serializer)) : values);
        return isHost ? new Host(HostName.Parse((string?)json["name"] ?? "")) { Values = values } : new FleetSettings { Values = values };
    }
}
