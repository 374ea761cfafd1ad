using NixDeploy.Labs.Support;
using NixDeploy.Labs.Systems;

namespace NixDeploy.Labs.Setup;

/// <summary>
/// Gives new hosts the system that they "left the factory" with: generation 1 of their profile, valid in their Nix database, and the
/// boot default.
/// </summary>
internal static class FactorySystems
{
    public static async Task InstallAsync(LabFolder folder, IReadOnlyList<(int Index, LabHostFacts Facts)> hosts, CancellationToken ct)
    {
        if (hosts.Count == 0)
        {
            return;
        }

        Resource.WriteFolder("fleet", folder.Factory);
        File.Copy(folder.Facts, $"{folder.Factory}/lab.json", overwrite: true);
        if (File.Exists(folder.SwitchScript))
        {
            File.Copy(folder.SwitchScript, folder.SwitchScript.Replace(folder.Fleet, folder.Factory, StringComparison.Ordinal), overwrite: true);
        }

        foreach (var (index, facts) in hosts)
        {
            SystemFile.Write($"{folder.Factory}/hosts/{facts.Name}.nix", InitialSystems.Factory(index));
        }

        var systems = await Tool.RunAsync(
            "nix-build",
            ["--no-out-link", $"{folder.Factory}/fleet.nix",
                .. hosts.SelectMany(host => new[] { "-A", $"{host.Facts.Name}.config.system.build.toplevel" })],
            ct);
        foreach (var (host, system) in hosts.Zip(systems.Split('\n')))
        {
            await Tool.RunAsync("unshare", ["--mount", "sh", "-eu", "-s", host.Facts.Root, system], ct, Resource.Read("install-system.sh"));
            await Tool.RunAsync("sh", [folder.Machine, "snapshot", host.Facts.Name], ct);
        }
    }
}
