using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>The JSON schema of fleet.json, made of the settings' declarations.</summary>
internal static partial class FleetSchema
{
    /// <summary>The schema's text, as docs/schema/fleet.schema.json has it.</summary>
    public static string Text => new JObject
    {
        ["$schema"] = "http://json-schema.org/draft-07/schema#",
        ["title"] = "NixDeploy fleet",
        ["description"] = "fleet.json: the hosts of a NixOS fleet and how they are deployed. The same names are the NixOS options claude.deployment (a host) and gemini.deployment-coordinator (the fleet).",
        ["type"] = "object",
        ["additionalProperties"] = false,
        ["required"] = new JArray(FleetReader.HostsKey),
        ["properties"] = new JObject
        {
            ["$schema"] = new JObject { ["type"] = "string", ["description"] = "Where this schema is; for editors." },
            ["deployment-coordinator"] = Reference("coordinator"),
            [FleetReader.HostsKey] = new JObject
            {
                ["type"] = "object",
                ["description"] = "A key per host: letters, digits, '-', '_' and '.', beginning and ending with a letter, a digit or '_'.",
                ["minProperties"] = 1,
                ["additionalProperties"] = Reference("host"),
            },
        },
        ["definitions"] = new JObject
        {
            ["coordinator"] = Of(Settings.Fleet, "Settings of the whole fleet."),
            ["host"] = With(
                Of(Settings.HostAndSystem, "A host; exactly one of toplevel and installable says which system it is to have."),
                new JProperty("oneOf", OneOf([Settings.Toplevel.Name, Settings.Installable.Name]))),
            ["healthCheck"] = With(
                Of(Settings.Check, "A health check; exactly one key says what it looks at."),
                new JProperty("oneOf", OneOf(HealthCheckReader.Kinds)),
                new JProperty("anyOf", new JArray(
                    Required("http"),
                    new JObject { ["not"] = new JObject { ["anyOf"] = OneOf([Settings.CheckStatus.Name, Settings.CheckContains.Name]) } }))),
        },
    }.ToString(Formatting.Indented).ReplaceLineEndings("\n") + "\n";

    private static JObject Of(SettingTable table, string description)
    {
        var properties = new JObject();
        foreach (var (key, setting, group) in table.Entries)
        {
            properties[key] = group is not null ? Of(group, Settings.Groups[group.Path[..^1]]) : Of(setting!);
            if (setting?.FormerName is { } former)
            {
                properties[former] = With(Of(setting), new JProperty("description", $"The earlier name of {key}."), new JProperty("deprecated", true));
            }
        }

        return new JObject { ["type"] = "object", ["description"] = description, ["additionalProperties"] = false, ["properties"] = properties };
    }

    private static JObject Of(Setting setting)
    {
        var schema = With(setting.Kind.Schema, new JProperty("description", Sentence(setting)));
        if (setting is { DefaultValue: { } value, Unset.Length: 0, IsInherited: false })
        {
            schema["default"] = value is string or Enum || (string?)schema["type"] == "string" ? setting.Kind.Shown(value) : JToken.Parse(setting.Kind.Shown(value));
        }

        return schema;
    }

    private static string Sentence(Setting setting)
    {
        var says = setting.Unset.Length > 0 ? $"{setting.Says}; not given: {setting.Unset}" : setting.Says;
        return MarkdownLink().Replace($"{char.ToUpperInvariant(says[0])}{says[1..]}.", "$1").Replace("`", "", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]+\)")]
    private static partial Regex MarkdownLink();

    private static JObject With(JObject schema, params JProperty[] more)
    {
        var copy = (JObject)schema.DeepClone();
        foreach (var property in more)
        {
            copy[property.Name] = property.Value;
        }

        return copy;
    }

    private static JArray OneOf(IEnumerable<string> keys) => new(keys.Select(Required));

    private static JObject Required(string key) => new() { ["required"] = new JArray(key) };

    private static JObject Reference(string definition) => new() { ["$ref"] = $"#/definitions/{definition}" };
}
