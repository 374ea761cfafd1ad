using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Systems;

/// <summary>Reads and writes <c>fleet/hosts/NAME.nix</c>. Reading evaluates, so an edited file is read as Nix reads it.</summary>
internal static class SystemFile
{
    private static readonly JsonSerializer Serializer = JsonSerializer.Create(new JsonSerializerSettings
    {
        ContractResolver = new DefaultContractResolver
        {
            NamingStrategy = new KebabCaseNamingStrategy(processDictionaryKeys: false, overrideSpecifiedNames: true),
        },
        NullValueHandling = NullValueHandling.Ignore,
        ObjectCreationHandling = ObjectCreationHandling.Replace,
    });

    public static void Write(string path, LabSystem system)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = path + ".new";
        File.WriteAllText(temporary, ToNix(Path.GetFileNameWithoutExtension(path), system));
        File.Move(temporary, path, overwrite: true);
    }

    public static string ToNix(string name, LabSystem system) =>
        $"""
         # What {name} runs. Change something here (the version, a unit, a package) and deploy again.

         """ + NixText.From(JObject.FromObject(system, Serializer)) + "\n";

    public static async Task<LabSystem> ReadAsync(string path, CancellationToken ct)
    {
        var json = await Tool.RunAsync("nix-instantiate", ["--eval", "--strict", "--json", path], ct);
        return JObject.Parse(json).ToObject<LabSystem>(Serializer)
            ?? throw new InvalidDataException($"{path} is not an attribute set.");
    }
}
