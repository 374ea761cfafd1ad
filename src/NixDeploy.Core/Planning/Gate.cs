using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Planning;

/// <summary>What must be passed before the next stage begins. Only after stages that commit.</summary>
[JsonConverter(typeof(Converter))]
public abstract record Gate
{
    private Gate()
    {
    }

    /// <summary>The stage's hosts are watched; one that fails is rolled back at once.</summary>
    /// <param name="For">For how long, 0 or more: 0 is one look.</param>
    public sealed record Bake(TimeSpan For) : Gate;

    /// <summary>A person says whether the next stage begins. Refused, or not answered in time, the run is rolled back.</summary>
    /// <param name="Prompt">What the person is asked, one line.</param>
    /// <param name="Timeout">How long an answer is waited for, more than 0.</param>
    public sealed record Approval(string Prompt, TimeSpan Timeout) : Gate;

    /// <summary>As <c>{ "bake": SECONDS }</c> or <c>{ "approval": PROMPT, "timeout": SECONDS }</c>.</summary>
    private sealed class Converter : JsonConverter<Gate>
    {
        public override Gate ReadJson(JsonReader reader, Type objectType, Gate? existingValue, bool hasExistingValue, JsonSerializer serializer)
        {
            var json = JObject.Load(reader);
            return json["bake"] is { } time ? new Bake(time.ToObject<TimeSpan>(serializer))
                : json["approval"]?.Value<string>() is { } prompt && json["timeout"] is { } timeout ? new Approval(prompt, timeout.ToObject<TimeSpan>(serializer))
                : throw new JsonSerializationException($"{reader.Path}: expected a gate, an object with bake, or with approval and timeout");
        }

        public override void WriteJson(JsonWriter writer, Gate? value, JsonSerializer serializer)
        {
            writer.WriteStartObject();
            switch (value)
            {
                case Bake bake:
                    writer.WritePropertyName("bake");
                    serializer.Serialize(writer, bake.For);
                    break;
                case Approval approval:
                    writer.WritePropertyName("approval");
                    writer.WriteValue(approval.Prompt);
                    writer.WritePropertyName("timeout");
                    serializer.Serialize(writer, approval.Timeout);
                    break;
            }

            writer.WriteEndObject();
        }
    }
}
