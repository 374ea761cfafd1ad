using System.Text;
using System.Text.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NixDeploy.Fleets;

namespace NixDeploy.Nix;

/// <summary>Reads a file as JSON with line numbers; bounded for any file.</summary>
internal static class JsonFile
{
    /// <summary>Room for some hundred thousand hosts.</summary>
    private const int MostBytes = 256 << 20;

    /// <summary>Keys and values take some hundred bytes each once they are read, so their number bounds the memory that a file can take.</summary>
    private const int MostTokens = 10_000_000;

    private const int MostNested = 64;
    private const int LongestMessage = 400;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonLoadSettings Loading = new() { DuplicatePropertyNameHandling = DuplicatePropertyNameHandling.Error };

    /// <summary>The document in the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="origin">The same, as the user named it.</param>
    /// <param name="handOver">
    /// A key at the top and what takes the properties of the object there, one after the other, so that a large one is never in memory
    /// as a whole: in the document that object is empty then. <see langword="null"/>: none.
    /// </param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="FleetException"><c>ND0104</c>: it cannot be read; <c>ND0105</c>: it is no JSON.</exception>
    public static async Task<JToken> ReadAsync(string path, string origin, (string Key, Action<JProperty> Take)? handOver, CancellationToken cancellationToken)
    {
        try
        {
            return Parse(await Task.Run(() => GivenFile.Read(path, MostBytes), cancellationToken).ConfigureAwait(false), origin, handOver);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            throw new FleetException("ND0104", $"{origin} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The document in some bytes.</summary>
    /// <exception cref="FleetException"><c>ND0105</c>.</exception>
    public static JToken Parse(ArraySegment<byte> bytes, string origin, (string Key, Action<JProperty> Take)? handOver = null)
    {
        if (bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble))
        {
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        }

        try
        {
            Utf8.GetCharCount(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new FleetException("ND0105", $"{origin} is not JSON: it is not text in UTF-8 (byte {e.Index} does not fit).", e);
        }

        if (!bytes.AsSpan().ContainsAnyExcept(" \t\r\n"u8))
        {
            throw new FleetException("ND0105", $"{origin} is empty: expected a JSON object with 'hosts'.");
        }

        Check(bytes, origin);
        try
        {
            using var text = new StreamReader(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count), Utf8);
            using var reader = new JsonTextReader(text) { DateParseHandling = DateParseHandling.None, MaxDepth = MostNested + 1 };
            reader.Read();
            return handOver is { } over && reader.TokenType == JsonToken.StartObject ? ReadOuter(reader, over.Key, over.Take) : JToken.ReadFrom(reader, Loading);
        }
        catch (JsonReaderException e)
        {
            // Everything else was found before, so it is a key that is there twice; the first sentence names it.
            var what = e.Message.Contains("already exists", StringComparison.Ordinal)
                ? $"{e.Message.Split("already exists")[0].Replace("Property with the name", "the key", StringComparison.Ordinal).Trim()} is there twice (at {e.Path})."
                : e.Message;
            throw new FleetException("ND0105", $"{origin}:{e.LineNumber}:{e.LinePosition}: {(what.Length <= LongestMessage ? what : what[..LongestMessage] + "…")}", e);
        }
    }

    /// <summary>The outermost object; the object at one of its keys goes to the callback. (JProperty.Load leaves the reader on what follows.)</summary>
    private static JObject ReadOuter(JsonTextReader reader, string key, Action<JProperty> take)
    {
        var root = new JObject();
        reader.Read();
        while (reader.TokenType == JsonToken.PropertyName)
        {
            Once(reader, root.ContainsKey((string)reader.Value!));
            if ((string)reader.Value! != key)
            {
                root.Add(JProperty.Load(reader, Loading));
                continue;
            }

            reader.Read();
            root.Add(key, reader.TokenType == JsonToken.StartObject ? HandOver(reader, take) : JToken.ReadFrom(reader, Loading));
            reader.Read();
        }

        return root;
    }

    private static JObject HandOver(JsonTextReader reader, Action<JProperty> take)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        reader.Read();
        while (reader.TokenType == JsonToken.PropertyName)
        {
            Once(reader, !names.Add((string)reader.Value!));
            take(JProperty.Load(reader, Loading));
        }

        return [];
    }

    /// <summary>In the words of <see cref="JsonLoadSettings"/>.</summary>
    private static void Once(JsonTextReader reader, bool again)
    {
        if (again)
        {
            throw new JsonReaderException($"Property with the name '{reader.Value}' already exists", reader.Path, reader.LineNumber, reader.LinePosition, null);
        }
    }

    /// <summary>The reader that makes the document also takes what is nearly JSON, and other tools would then refuse the file; this one does not.</summary>
    private static void Check(ReadOnlySpan<byte> bytes, string origin)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MostNested });
        try
        {
            for (var tokens = 0; reader.Read(); tokens++)
            {
                if (tokens == MostTokens)
                {
                    throw new FleetException("ND0104", $"{origin} cannot be read: it has more than {MostTokens / 1_000_000} million keys and values, so it is hardly the description of a fleet.");
                }
            }
        }
        catch (System.Text.Json.JsonException e)
        {
            var what = e.Message.Split(" LineNumber:")[0].Split(" Path:")[0].Split(" Change the reader options")[0];
            throw new FleetException("ND0105", $"{origin}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: not JSON: {Text.Quote(what)[1..^1]}", e);
        }
    }
}
