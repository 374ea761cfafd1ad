using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NixDeploy.Fleets.Description;

namespace NixDeploy.Fleets;

/// <summary>Settings as JSON for plans and digests: those that are given, with their own names, so that a new setting changes no digest.</summary>
internal sealed class SettingsJson : JsonConverter
{
    public override bool CanConvert(Type objectType) => objectType == typeof(Host) || objectType == typeof(FleetSettings);

    public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer) => (value is Host host
        ? Write(new JObject { ["name"] = host.Name.Value }, host.Values, serializer)
        : Write([], ((FleetSettings)value!).Values, serializer)).WriteTo(writer);

    public override object ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer)
    {
        var json = JObject.Load(reader);
        return objectType == typeof(Host)
            ? new Host(HostName.Parse((string?)json["name"] ?? "")) { Values = Read(json, Scopes.Host, serializer) }
            : new FleetSettings { Values = Read(json, Scopes.Fleet, serializer) };
    }

    /// <summary>An object with values in it.</summary>
    public static JObject Write(JObject json, SettingValues values, JsonSerializer serializer)
    {
        foreach (var (setting, value) in values)
        {
            var path = setting.Name.Split('.');
            var group = path[..^1].Aggregate(json, (at, key) => (JObject)(at[key] ??= new JObject()));
            group[path[^1]] = JToken.FromObject(value, serializer);
        }

        return json;
    }

    /// <summary>The values of one place's settings that are in an object.</summary>
    public static SettingValues Read(JObject json, Scopes place, JsonSerializer serializer) => Settings.Of(place).Aggregate(SettingValues.Empty, (values, setting) =>
        setting.Name.Split('.').Aggregate((JToken?)json, (at, key) => at?[key]) is { } token ? values.With(setting, token.ToObject(setting.Type, serializer)) : values);
}
