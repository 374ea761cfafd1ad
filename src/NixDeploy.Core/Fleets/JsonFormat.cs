using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace NixDeploy.Fleets;

/// <summary>How our data looks as JSON: kebab case as in the fleet's own options, durations in seconds, paths and names as text.</summary>
internal static class JsonFormat
{
    /// <summary>The one serializer for plans, events and results.</summary>
    public static JsonSerializer Serializer { get; } = JsonSerializer.Create(new JsonSerializerSettings
    {
        ContractResolver = new StoredMembers { NamingStrategy = new KebabCaseNamingStrategy() },
        NullValueHandling = NullValueHandling.Ignore,

        // Records have no circles, and looking for them compares every value with all those around it.
        ReferenceLoopHandling = ReferenceLoopHandling.Serialize,
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

    /// <summary>A value of an enumeration in the word that the fleet's options and the arguments have for it, such as <c>dry-activate</c>.</summary>
    public static string Word(Enum value) => Write(value).Trim('"');

    /// <summary>The same without ever holding the text as a whole.</summary>
    /// <param name="value">The value.</param>
    /// <param name="writer">Where to; it stays open.</param>
    public static void Write(object value, JsonTextWriter writer)
    {
        Serializer.Serialize(writer, value);
        writer.Flush();
    }

    /// <summary>Reads what <see cref="Write(object, Formatting)"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static T Read<T>(string json)
    {
        using var reader = new JsonTextReader(new StringReader(json)) { DateParseHandling = DateParseHandling.None };
        return Serializer.Deserialize<T>(reader) ?? throw new JsonSerializationException("expected a value, found null");
    }

    /// <summary>What is derived from other members is not stored; what a constructor needs must be there.</summary>
    private sealed class StoredMembers : DefaultContractResolver
    {
        private static readonly JsonConverter[] Converters =
        [
            new StringEnumConverter(new KebabCaseNamingStrategy()),
            new ScalarConverter<HostName>(json => HostName.Parse(json as string ?? ""), name => name.Value),
            new ScalarConverter<StorePath>(json => StorePath.Parse(json as string ?? ""), path => path.Value),

            // To the nearest tick: TimeSpan.FromSeconds cuts, and what was written would not be read.
            new ScalarConverter<TimeSpan>(
                json => TimeSpan.FromTicks(checked((long)Math.Round(Convert.ToDouble(json, CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond))),
                time => time.TotalSeconds),
            new OrdinalNumbersConverter(),
            new ValueReferenceConverter(),
        ];

        /// <summary>Found once for each type: among the serializer's own they would be looked for with every value.</summary>
        protected override JsonConverter? ResolveContractConverter(Type objectType) =>
            Converters.FirstOrDefault(c => c.CanConvert(objectType)) ?? base.ResolveContractConverter(objectType);

        protected override JsonProperty CreateProperty(MemberInfo member, MemberSerialization memberSerialization)
        {
            var property = base.CreateProperty(member, memberSerialization);
            property.Ignored |= !property.Writable;
            if (!property.Ignored && IsNeeded(member))
            {
                property.Required = Required.Always;
            }

            if (property.PropertyType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            {
                property.ValueProvider = new ArrayProvider(property.ValueProvider!, type);
            }

            return property;
        }

        private static bool IsNeeded(MemberInfo member) =>
            member is PropertyInfo property
            && property.DeclaringType!.GetConstructors().Any(c => c.GetParameters().Any(p => p.Name == property.Name && !p.HasDefaultValue))
            && new NullabilityInfoContext().Create(property).ReadState == NullabilityState.NotNull;
    }

    /// <summary>An array that nobody has set is written as an empty one.</summary>
    private sealed class ArrayProvider(IValueProvider inner, Type type) : IValueProvider
    {
        private readonly object unset = Activator.CreateInstance(type)!;
        private readonly object empty = type.GetField(nameof(ImmutableArray<int>.Empty))!.GetValue(null)!;

        public object? GetValue(object target) => inner.GetValue(target) is { } value && !value.Equals(unset) ? value : empty;

        public void SetValue(object target, object? value) => inner.SetValue(target, value);
    }

    /// <summary>Numbers by name keep their ordinal order: the same value gives the same bytes, whatever the culture.</summary>
    private sealed class OrdinalNumbersConverter : JsonConverter<ImmutableSortedDictionary<string, int>>
    {
        public override bool CanWrite => false;

        public override ImmutableSortedDictionary<string, int> ReadJson(
            JsonReader reader, Type objectType, ImmutableSortedDictionary<string, int>? existingValue, bool hasExistingValue, JsonSerializer serializer) =>
            serializer.Deserialize<Dictionary<string, int>>(reader)?.ToImmutableSortedDictionary(StringComparer.Ordinal)
            ?? throw new JsonSerializationException($"{reader.Path}: expected an object with numbers, found null");

        public override void WriteJson(JsonWriter writer, ImmutableSortedDictionary<string, int>? value, JsonSerializer serializer) => throw new NotSupportedException();
    }

    /// <summary>A text as itself, a reference as an object with one member; a secret is never written.</summary>
    private sealed class ValueReferenceConverter : JsonConverter
    {
        public override bool CanConvert(Type objectType) => typeof(ValueReference).IsAssignableFrom(objectType);

        public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer) => JToken.Load(reader) switch
        {
            JValue { Type: JTokenType.Null } => null,
            JValue { Value: string text } => new ValueReference.Plain(text),
            JObject { Count: 1 } tree when tree.First is JProperty { Name: var name, Value: JValue { Value: string value } } => name switch
            {
                "file" => new ValueReference.File(value),
                "env" => new ValueReference.Environment(value),
                "masked" => new ValueReference.Masked(value),
                _ => throw Unexpected(reader),
            },
            _ => throw Unexpected(reader),
        };

        public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer)
        {
            var (name, text) = value switch
            {
                ValueReference.Plain plain => (null, plain.Value),
                ValueReference.File file => ("file", file.Path),
                ValueReference.Environment variable => ("env", variable.Name),
                ValueReference other => ("masked", other.Shown),
                _ => (null, (string?)null),
            };
            (name is null ? new JValue(text) : (JToken)new JObject(new JProperty(name, text))).WriteTo(writer);
        }

        private static JsonSerializationException Unexpected(JsonReader reader) =>
            new($"{reader.Path}: expected a text, {{ \"file\": … }} or {{ \"env\": … }}");
    }

    /// <summary>A value as one JSON scalar; JSON's null is the value's absence, where it may be absent.</summary>
    private sealed class ScalarConverter<T>(Func<object, T> parse, Func<T, object> scalar) : JsonConverter
    {
        public override bool CanConvert(Type objectType) => objectType == typeof(T) || Nullable.GetUnderlyingType(objectType) == typeof(T);

        public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer) =>
            reader.Value is { } value ? parse(value)
            : reader.TokenType != JsonToken.Null ? throw new JsonSerializationException($"{reader.Path}: expected one value, found {reader.TokenType}")
            : objectType.IsValueType && objectType == typeof(T) ? throw new JsonSerializationException($"{reader.Path}: expected a value, found null")
            : null;

        public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer) => writer.WriteValue(value is T some ? scalar(some) : null);
    }
}
