using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Newtonsoft.Json;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>A plan as JSON and back: the identity, with a hash that tells whether anybody touched it between.</summary>
/// <remarks>A plan has up to 100,000 hosts: it is written and read as a stream, never held as a tree.</remarks>
public static class PlanJson
{
    private const int Buffer = 1 << 16;

    /// <summary>A plan never changes, and its hash is asked for with every status that is written.</summary>
    private static readonly ConditionalWeakTable<DeploymentPlan, string> Hashes = [];

    /// <summary>The plan as indented JSON with its hash.</summary>
    public static string Write(DeploymentPlan plan)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Write(plan, text);
        return text.ToString();
    }

    /// <summary>The same without ever holding the text as a whole.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="text">Where to; it stays open, with <c>\n</c> as its line end.</param>
    public static void Write(DeploymentPlan plan, TextWriter text)
    {
        text.NewLine = "\n";
        using (var writer = new HashedWriter(text, plan.Hash) { Formatting = Formatting.Indented, CloseOutput = false })
        {
            JsonFormat.Write(plan, writer);
        }

        text.WriteLine();
    }

    /// <summary>Reads a plan.</summary>
    /// <param name="json">What <see cref="Write(DeploymentPlan)"/> wrote.</param>
    /// <param name="origin">Where it was read, for errors.</param>
    /// <exception cref="UsageException"><c>ND0250</c>: not a plan, of another version, or changed since it was written.</exception>
    public static DeploymentPlan Read(string json, string origin)
    {
        using var text = new StringReader(json);
        return Read(text, origin);
    }

    /// <summary>The same from a stream.</summary>
    /// <param name="json">What <see cref="Write(DeploymentPlan, TextWriter)"/> wrote; it stays open.</param>
    /// <param name="origin">Where it was read, for errors.</param>
    /// <exception cref="UsageException"><c>ND0250</c>: not a plan, of another version, or changed since it was written.</exception>
    public static DeploymentPlan Read(TextReader json, string origin)
    {
        try
        {
            using var reader = new HashedReader(json, origin) { DateParseHandling = DateParseHandling.None, MaxDepth = 64, CloseInput = false };
            var plan = JsonFormat.Serializer.Deserialize<DeploymentPlan>(reader) ?? throw new JsonSerializationException("the file is empty");
            return plan.Schema != DeploymentPlan.CurrentSchema ? throw OtherVersion(origin, plan.Schema)
                : reader.Read() ? throw new JsonSerializationException($"something stands behind it in line {reader.LineNumber}")
                : plan.Hash != reader.Hash ? throw new UsageException("ND0250", $"{origin}: the plan was changed after it was written (its hash does not match); make it again.")
                : plan;
        }
        catch (Exception e) when (e is JsonException or FleetException or ArgumentException or FormatException or OverflowException)
        {
            throw new UsageException("ND0250", $"{origin}: this is not a plan: {e.Message}", e);
        }
    }

    /// <summary>SHA-256 over the plan's JSON without the hash.</summary>
    internal static string HashOf(DeploymentPlan plan) => Hashes.GetValue(plan, static p =>
    {
        using var sha = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, sha, CryptoStreamMode.Write))
        using (var text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Buffer))
        using (var writer = new JsonTextWriter(text))
        {
            JsonFormat.Write(p, writer);
        }

        return Convert.ToHexStringLower(sha.Hash!);
    });

    private static UsageException OtherVersion(string origin, object? schema) =>
        new("ND0250", $"{origin}: the plan has schema {Convert.ToString(schema, CultureInfo.InvariantCulture)}, expected {DeploymentPlan.CurrentSchema}; make it again with this version.");

    /// <summary>Puts the hash before everything else.</summary>
    private sealed class HashedWriter(TextWriter text, string hash) : JsonTextWriter(text)
    {
        public override void WriteStartObject()
        {
            var outermost = WriteState == WriteState.Start;
            base.WriteStartObject();
            if (outermost)
            {
                WritePropertyName("hash");
                WriteValue(hash);
            }
        }
    }

    /// <summary>Keeps the hash as it passes, and refuses another version before its members are read.</summary>
    private sealed class HashedReader(TextReader text, string origin) : JsonTextReader(text)
    {
        public string? Hash { get; private set; }

        public override bool Read() => Passed(Awaited, base.Read());

        public override int? ReadAsInt32() => Passed(Awaited, base.ReadAsInt32());

        /// <summary>The outermost member whose value comes next.</summary>
        private string? Awaited => Depth == 1 && TokenType == JsonToken.PropertyName ? Value as string : null;

        private T Passed<T>(string? member, T read)
        {
            switch (member)
            {
                case "hash":
                    Hash = Value as string;
                    break;
                case "schema" when Value is (long or int) and not ((long)DeploymentPlan.CurrentSchema or DeploymentPlan.CurrentSchema):
                    throw OtherVersion(origin, Value);
                default:
                    break;
            }

            return read;
        }
    }
}
