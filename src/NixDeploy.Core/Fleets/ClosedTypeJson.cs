using System.Reflection;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace NixDeploy.Fleets;

/// <summary>A value of a closed set of records as JSON: its <c>type</c> is the nested record's name in kebab case, beside it are its members.</summary>
/// <typeparam name="T">The set: an abstract record whose cases are records nested in it.</typeparam>
internal abstract class ClosedTypeJson<T> : JsonConverter<T>
    where T : class
{
    private static readonly KebabCaseNamingStrategy Kebab = new();

    private static readonly Dictionary<string, (Type Type, ConstructorInfo New)> Cases = typeof(T).GetNestedTypes()
        .Where(t => t.IsSubclassOf(typeof(T))).ToDictionary(NameOf, t => (t, t.GetConstructors().Single()), StringComparer.Ordinal);

    public sealed override void WriteJson(JsonWriter writer, T? value, JsonSerializer serializer)
    {
        var type = value!.GetType();
        writer.WriteStartObject();
        writer.WritePropertyName("type");
        writer.WriteValue(NameOf(type));
        foreach (var parameter in Cases[NameOf(type)].New.GetParameters())
        {
            if (type.GetProperty(parameter.Name!)!.GetValue(value) is { } member)
            {
                writer.WritePropertyName(Kebab.GetPropertyName(parameter.Name!, hasSpecifiedName: false));
                serializer.Serialize(writer, member);
            }
        }

        writer.WriteEndObject();
    }

    public sealed override T ReadJson(JsonReader reader, Type objectType, T? existingValue, bool hasExistingValue, JsonSerializer serializer)
    {
        var path = reader.Path;
        if (reader.TokenType == JsonToken.String)
        {
            return OfWords((string)reader.Value!);
        }

        var json = JObject.Load(reader);
        return Cases.TryGetValue((string?)json["type"] ?? "", out var found)
            ? (T)found.New.Invoke([.. found.New.GetParameters().Select(p => json[Kebab.GetPropertyName(p.Name!, hasSpecifiedName: false)]?.ToObject(p.ParameterType, serializer))])
            : throw new JsonSerializationException($"{path}: expected one of {string.Join(", ", Cases.Keys)}, found {json["type"]}");
    }

    /// <summary>What an earlier version wrote as a sentence.</summary>
    protected abstract T OfWords(string words);

    private static string NameOf(Type type) => Kebab.GetPropertyName(type.Name, hasSpecifiedName: false);
}
