using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;
using NixDeploy.Fleets;

namespace NixDeploy.Events;

/// <summary>
/// An event as JSON and back: its <c>type</c> is its name in kebab case, its <c>v</c> the version of the format. Events of earlier versions are
/// read into today's shape.
/// </summary>
public static class EventJson
{
    private static readonly KebabCaseNamingStrategy Kebab = new();

    private static readonly Dictionary<string, Type> Types = typeof(DeploymentEvent).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(DeploymentEvent)) && !t.IsAbstract && t != typeof(UnknownEvent))
        .ToDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>The names of every type of event, such as <c>activation-started</c>.</summary>
    public static IReadOnlyCollection<string> TypeNames => Types.Keys;

    /// <summary>The event's type, such as <c>activation-started</c>.</summary>
    public static string TypeOf(DeploymentEvent happened) => happened is UnknownEvent unknown ? unknown.Type : NameOf(happened.GetType());

    /// <summary>The event as one line of JSON.</summary>
    public static string Write(DeploymentEvent happened)
    {
        if (happened is UnknownEvent unknown)
        {
            return unknown.Json;
        }

        var json = JObject.FromObject(happened, JsonFormat.Serializer);
        json.AddFirst(new JProperty("v", Upcasters.Current));
        json.AddFirst(new JProperty("type", TypeOf(happened)));
        return json.ToString(Newtonsoft.Json.Formatting.None);
    }

    /// <summary>Reads what <see cref="Write"/> of this or an earlier version wrote; what a newer one wrote is an <see cref="UnknownEvent"/>.</summary>
    /// <exception cref="StateException"><c>ND0701</c>: this is no event.</exception>
    public static DeploymentEvent Read(string json)
    {
        try
        {
            var tree = Upcasters.Upcast(JsonFormat.Read<JObject>(json));
            var (name, version) = ((string?)tree["type"], Upcasters.VersionOf(tree));
            return string.IsNullOrEmpty(name) ? throw new StateException("ND0701", "The journal has an entry that is no event: it has no type.")
                : version <= Upcasters.Current && Types.TryGetValue(name, out var type) ? (DeploymentEvent)tree.ToObject(type, JsonFormat.Serializer)!
                : new UnknownEvent(name, version, json);
        }
        catch (Exception e) when (e is Newtonsoft.Json.JsonException or FleetException or ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            throw new StateException("ND0701", $"The journal has an entry that is no event: {e.Message}", e);
        }
    }

    private static string NameOf(Type type) => Kebab.GetPropertyName(type.Name, hasSpecifiedName: false);
}
