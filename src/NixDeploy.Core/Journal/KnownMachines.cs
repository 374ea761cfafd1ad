using System.Collections.Immutable;
using Newtonsoft.Json;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Journal;

/// <summary>Which machine each host of a fleet was when a run began last: <c>machines.json</c> in the state folder, machine-ids by fleet and host.</summary>
internal static class KnownMachines
{
    private const int LargestFile = 64 * 1024 * 1024;

    /// <summary>The machines of a fleet; none when nothing was ever deployed, or the file cannot be read: it only adds to what hosts say of themselves.</summary>
    public static ImmutableDictionary<HostName, string> Read(string folder, string fleet) =>
        All(folder).GetValueOrDefault(fleet, []).Where(m => HostName.TryParse(m.Key, out _)).ToImmutableDictionary(m => HostName.Parse(m.Key), m => m.Value);

    /// <summary>Remembers the machines of a plan that is carried out.</summary>
    public static Task RememberAsync(string folder, DeploymentPlan plan, CancellationToken cancellationToken)
    {
        var all = All(folder);
        var known = all.TryGetValue(plan.Origin.Fleet, out var machines) ? machines : all[plan.Origin.Fleet] = new(StringComparer.Ordinal);
        foreach (var (host, machine) in plan.Hosts.Select(h => (h.Host, h.MachineId)).Concat(plan.Skipped.Select(s => (s.Host, s.MachineId))).Where(m => m.MachineId.Length > 0))
        {
            known[host.Value] = machine;
        }

        return PrivateFiles.ReplaceAsync(FileOf(folder), JsonConvert.SerializeObject(all), cancellationToken);
    }

    private static string FileOf(string folder) => Path.Combine(folder, "machines.json");

    private static SortedDictionary<string, SortedDictionary<string, string>> All(string folder)
    {
        try
        {
            var file = new FileInfo(FileOf(folder));
            return (file is { Exists: true, Length: < LargestFile } ? JsonConvert.DeserializeObject<SortedDictionary<string, SortedDictionary<string, string>>>(File.ReadAllText(file.FullName)) : null) ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }
}
