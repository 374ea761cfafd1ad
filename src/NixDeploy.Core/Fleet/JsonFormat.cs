using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Serialization;

namespace NixDeploy.Fleets;

/// <summary>How our data looks as JSON: kebab case as in the fleet's own options, durations in seconds, paths and names as text.</summary>
internal static class JsonFormat
{
    /// <summary>The one serializer for plans, events and results.</summary>
    public static JsonSerializer Serializer { get; } = JsonSerializer.Create(new JsonSerializerSettings
    {
        ContractResolver = new StoredMembers { NamingStrategy = new KebabCaseNamingStrategy() },
        Converters =
        {
            new StringEnumConverter(new KebabCaseNamingStrategy()), new HostNameConverter(), new StorePathConverter(), new SecondsConverter(),
        },
        NullValueHandling = NullValueHandling.Ignore,
        DateParseHandling = DateParseHandling.None,
        DateFormatHandling = DateFormatHandling.IsoDateFormat,
        Culture = CultureInfo.InvariantCulture,
        MaxDepth = 64,
    });

    /// <summary>The value as JSON text: the same value gives the same bytes.</summary>
    public static string Write(object value, Formatting formatting = Formatting.None)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using var writer = new JsonTextWriter(text) { Formatting = formatting };
        Serializer.Serialize(writer, value);
        return text.ToString();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static T Read<T>(string json)
    {
        using var reader = new JsonTextReader(new StringReader(json)) { DateParseHandling = DateParseHandling.None };
        return Serializer.Deserialize<T>(reader) ?? throw new JsonSerializationException("expected a value, found null");
    }

    /// <summary>What is derived from other members is not stored.</summary>
    private sealed class StoredMembers : DefaultContractResolver
    {
        protected override JsonProperty CreateProperty(System.Reflection.MemberInfo member, MemberSerialization memberSerialization)
        {
            var property = base.CreateProperty(member, memberSerialization);
            property.Ignored |= !property.Writable;
            return property;
        }
    }

    private sealed class HostNameConverter : JsonConverter<HostName>
    {
        public override HostName ReadJson(JsonReader reader, Type objectType, HostName existingValue, bool hasExistingValue, JsonSerializer serializer) =>
            HostName.Parse(reader.Value as string ?? "");

        public override void WriteJson(JsonWriter writer, HostName value, JsonSerializer serializer) => writer.WriteValue(value.Value);
    }

    private sealed class StorePathConverter : JsonConverter<StorePath>
    {
        public override StorePath? ReadJson(JsonReader reader, Type objectType, StorePath? existingValue, bool hasExistingValue, JsonSerializer serializer) =>
            reader.TokenType == JsonToken.Null ? null : StorePath.Parse(reader.Value as string ?? "");

        public override void WriteJson(JsonWriter writer, StorePath? value, JsonSerializer serializer) => writer.WriteValue(value?.Value);
    }

    private sealed class SecondsConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan ReadJson(JsonReader reader, Type objectType, TimeSpan existingValue, bool hasExistingValue, JsonSerializer serializer) =>
            TimeSpan.FromSeconds(Convert.ToDouble(reader.Value, CultureInfo.InvariantCulture));

        public override void WriteJson(JsonWriter writer, TimeSpan value, JsonSerializer serializer) => writer.WriteValue(value.TotalSeconds);
    }
}
