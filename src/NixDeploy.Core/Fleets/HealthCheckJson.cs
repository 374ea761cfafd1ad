using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets;

/// <summary>A check as JSON, with the member names of the fleet's own description, such as <c>{ "service": "web", "timeout": 30 }</c>.</summary>
internal sealed class HealthCheckJson : JsonConverter<HealthCheck>
{
    /// <inheritdoc/>
    public override void WriteJson(JsonWriter writer, HealthCheck? value, JsonSerializer serializer)
    {
        writer.WriteStartObject();
        switch (value)
        {
            case HealthCheck.Service service:
                Write("service", service.Unit);
                break;
            case HealthCheck.Http http:
                Write("http", http.Url);
                Write("status", http.Status);
                Write("contains", http.Contains);
                break;
            case HealthCheck.Tcp tcp:
                Write("tcp", string.Create(CultureInfo.InvariantCulture, $"{tcp.Host}:{tcp.Port}"));
                break;
            case HealthCheck.Dns dns:
                Write("dns", dns.Name);
                break;
            case HealthCheck.Ping ping:
                Write("ping", ping.Host);
                break;
            case HealthCheck.Command command:
                Write("command", command.Arguments);
                break;
            case HealthCheck.Baseline baseline:
                Write("max-load", baseline.MaxLoad);
                Write("min-memory", baseline.MinMemory);
                break;
        }

        Write("timeout", value!.Timeout);
        Write("interval", value.Interval);
        Write("start-up", value.StartUp);
        writer.WriteEndObject();

        void Write(string name, object? member)
        {
            if (member is not null)
            {
                writer.WritePropertyName(name);
                serializer.Serialize(writer, member);
            }
        }
    }

    /// <inheritdoc/>
    public override HealthCheck ReadJson(JsonReader reader, Type objectType, HealthCheck? existingValue, bool hasExistingValue, JsonSerializer serializer)
    {
        var path = reader.Path;
        var json = JObject.Load(reader);
        HealthCheck check = Text("service") is { } unit ? new HealthCheck.Service(unit)
            : json["http"]?.ToObject<ValueReference>(serializer) is { } url ? new HealthCheck.Http(url) { Status = (int?)json["status"], Contains = Text("contains") }
            : Text("tcp") is { } endpoint && endpoint.LastIndexOf(':') is > 0 and var colon
                ? new HealthCheck.Tcp(endpoint[..colon], int.Parse(endpoint.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture))
            : Text("dns") is { } name ? new HealthCheck.Dns(name)
            : Text("ping") is { } host ? new HealthCheck.Ping(host)
            : json["command"] is JArray arguments ? new HealthCheck.Command([.. arguments.Select(a => a.ToObject<ValueReference>(serializer)!)])
            : json["max-load"] is { } load && json["min-memory"] is { } memory ? new HealthCheck.Baseline { MaxLoad = (double)load, MinMemory = (double)memory }
            : throw new JsonSerializationException($"{path}: expected a health check");
        return check with
        {
            Timeout = json["timeout"]?.ToObject<TimeSpan>(serializer),
            Interval = json["interval"]?.ToObject<TimeSpan>(serializer) ?? check.Interval,
            StartUp = json["start-up"]?.ToObject<TimeSpan>(serializer),
        };

        string? Text(string member) => json[member] is JValue { Value: string text } ? text : null;
    }
}
