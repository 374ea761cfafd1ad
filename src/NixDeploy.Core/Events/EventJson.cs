using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;
using NixDeploy.Fleets;

namespace NixDeploy.Events;

/// <summary>An event as JSON and back; its <c>type</c> is its name in kebab case.</summary>
public static class EventJson
{
    private static readonly KebabCaseNamingStrategy Kebab = new();

    private static readonly Dictionary<string, Type> Types = typeof(DeploymentEvent).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(DeploymentEvent)) && !t.IsAbstract)
        .ToDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>The names of every type of event, such as <c>try-started</c>.</summary>
    public static IReadOnlyCollection<string> TypeNames => Types.Keys;

    /// <summary>The event's type, such as <c>try-started</c>.</summary>
    public static string TypeOf(DeploymentEvent happened) => NameOf(happened.GetType());

    /// <summary>The event as one line of JSON.</summary>
    public static string Write(DeploymentEvent happened)
    {
        var json = JObject.FromObject(happened, JsonFormat.Serializer);
        json.AddFirst(new JProperty("type", TypeOf(happened)));
        return json.ToString(Newtonsoft.Json.Formatting.None);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="StateException"><c>ND0701</c>: an event that this version does not know, or no event at all.</exception>
    public static DeploymentEvent Read(string json)
    {
        try
        {
            var tree = JsonFormat.Read<JObject>(json);
            return Types.TryGetValue((string?)tree["type"] ?? "", out var type)
                ? (DeploymentEvent)tree.ToObject(type, JsonFormat.Serializer)!
                : throw new StateException("ND0701", $"The journal has an event of type {Text.Quote((string?)tree["type"])}, which this version does not know; use the version that wrote it.");
        }
        catch (Exception e) when (e is Newtonsoft.Json.JsonException or FleetException or ArgumentException or FormatException or OverflowException)
        {
            throw new StateException("ND0701", $"The journal has an entry that is no event: {e.Message}", e);
        }
    }

    private static string NameOf(Type type) => Kebab.GetPropertyName(type.Name, hasSpecifiedName: false);
}
