using Newtonsoft.Json;
using NixDeploy.Fleets;

namespace NixDeploy.Testing;

/// <summary>Where simulated hosts keep what they are between runs: one JSON file per host, replaced whole, readable by its owner only.</summary>
/// <remarks>Not made for two controllers at the same moment; the run store's lease sees to that.</remarks>
internal sealed class StateFolder(string folder)
{
    private static readonly JsonSerializerSettings Format = new() { Formatting = Formatting.Indented, Converters = { new StorePathConverter() } };

    private readonly string root = Path.Combine(folder, "simulated-hosts");

    /// <summary>What the host remembers, or <see langword="null"/> when it was never written down.</summary>
    public HostMemory? Load(HostName host)
    {
        var path = PathOf(host);
        try
        {
            return JsonConvert.DeserializeObject<HostMemory>(File.ReadAllText(path), Format)
                ?? throw new JsonSerializationException("it is empty");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or FleetException or IOException or UnauthorizedAccessException)
        {
            throw new StateException("ND0591", $"{host}: the simulated host's state in {path} cannot be read ({FirstLine(e)}); delete the file to reset the host.", e);
        }
    }

    /// <summary>Writes down what the host is.</summary>
    public void Save(HostName host, HostMemory memory)
    {
        var path = PathOf(host);
        var fresh = path + ".new";
        try
        {
            Directory.CreateDirectory(root);
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var writer = new StreamWriter(fresh, options))
            {
                writer.Write(JsonConvert.SerializeObject(memory, Format));
            }

            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateException("ND0591", $"{host}: the simulated host's state cannot be written to {path} ({FirstLine(e)}).", e);
        }
    }

    private static string FirstLine(Exception e) => e.Message.Split('\n')[0].TrimEnd('.', '\r');

    private string PathOf(HostName host) => Path.Combine(root, host.Value + ".json");

    private sealed class StorePathConverter : JsonConverter<StorePath>
    {
        public override StorePath? ReadJson(JsonReader reader, Type objectType, StorePath? existingValue, bool hasExistingValue, JsonSerializer serializer) =>
            reader.TokenType == JsonToken.Null ? null : StorePath.Parse(reader.Value as string ?? "");

        public override void WriteJson(JsonWriter writer, StorePath? value, JsonSerializer serializer) => writer.WriteValue(value?.Value);
    }
}
