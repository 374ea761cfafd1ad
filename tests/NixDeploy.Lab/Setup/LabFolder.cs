using Newtonsoft.Json;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Setup;

/// <summary>Where things are in a lab's directory, and the one file that tells others: fleet/lab.json.</summary>
internal sealed record LabFolder(string Path)
{
    public string Fleet => $"{Path}/fleet";

    /// <summary>NixOS's own switch-to-configuration.pl, in a lab that runs it.</summary>
    public string SwitchScript => $"{Fleet}/lib/switch-to-configuration.pl";

    public string Facts => $"{Fleet}/lab.json";

    public string Factory => $"{Path}/factory";

    public string Machine => $"{Path}/machine.sh";

    public string Identity => $"{Path}/id_ed25519";

    public string KnownHosts => $"{Path}/known_hosts";

    public string Host(string name) => $"{Path}/hosts/{name}";

    public string Root(string name) => $"{Host(name)}/root";

    public string SystemFile(string name) => $"{Fleet}/hosts/{name}.nix";

    public IEnumerable<string> HostNames() =>
        Directory.Exists($"{Path}/hosts") ? Directory.GetDirectories($"{Path}/hosts").Select(folder => System.IO.Path.GetFileName(folder)) : [];

    /// <summary>Outside of the directory, so that it can be held while the directory goes.</summary>
    public Task<FileLock> LockAsync(CancellationToken ct) =>
        FileLock.AcquireAsync($"/run/lock/nixdeploy-lab{Path.Replace('/', '-')}", TimeSpan.FromMinutes(15), ct);

    public LabFacts ReadFacts() =>
        !File.Exists(Facts)
            ? throw new FileNotFoundException($"There is no lab in {Path}; LabUp makes one.")
            : JsonConvert.DeserializeObject<LabFacts>(File.ReadAllText(Facts))
                ?? throw new InvalidDataException($"{Facts} is empty.");

    public async Task WriteFactsAsync(LabFacts facts, CancellationToken ct)
    {
        // The keepers of the hosts write process ids into the same file.
        using var held = await FileLock.AcquireAsync($"{Path}/lab.json.lock", TimeSpan.FromSeconds(10), ct);
        var current = facts with { Hosts = facts.Hosts.ToDictionary(pair => pair.Key, pair => WithProcessIds(pair.Value)) };
        await File.WriteAllTextAsync(Facts + ".new", JsonConvert.SerializeObject(current, Formatting.Indented) + "\n", ct);
        File.Move(Facts + ".new", Facts, overwrite: true);
    }

    private LabHostFacts WithProcessIds(LabHostFacts host) => host with
    {
        ProcessId = ReadNumber($"{Host(host.Name)}/pid"),
        SupervisorProcessId = ReadNumber($"{Host(host.Name)}/supervisor-pid"),
    };

    /// <returns>0 where there is no such file.</returns>
    public static int ReadNumber(string path) =>
        File.Exists(path) && int.TryParse(File.ReadAllText(path), out var number) ? number : 0;
}
