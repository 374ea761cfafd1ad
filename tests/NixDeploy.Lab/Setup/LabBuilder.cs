using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NixDeploy.Labs.Support;
using NixDeploy.Labs.Systems;

namespace NixDeploy.Labs.Setup;

/// <summary>Brings a lab up: makes what is not there yet, keeps what is, and powers on what is off.</summary>
internal sealed class LabBuilder(LabOptions options, Action<string> log)
{
    private readonly LabFolder folder = new(options.Directory);

    public async Task<Lab> UpAsync(CancellationToken ct)
    {
        await Prerequisites.EnsureAsync(log, ct);
        await KernelLimits.RaiseAsync(log, ct);
        await ControllerNix.EnsureAsync(log, ct);
        using var held = await folder.LockAsync(ct);
        var switchScript = await SwitchScriptAsync(ct);
        var baseImage = await BaseImage.EnsureAsync(options.CacheDirectory, switchScript is not null, log, ct);
        Directory.CreateDirectory(folder.Path);
        var subnet = await Subnet.ClaimAsync(folder.Path, ct);
        await WriteSharedFilesAsync(ct);
        if (switchScript is not null)
        {
            await File.WriteAllTextAsync(folder.SwitchScript, switchScript, ct);
        }

        var maker = new HostMaker(folder, options.Name, baseImage, subnet, options.DiskMegabytes);
        var names = Names();
        var hosts = names.Select((name, index) => maker.FactsOf(index, name)).ToImmutableArray();
        await MakeHostsAsync(maker, hosts, ct);
        await PowerOnAsync(hosts, ct);

        var lab = Lab.Open(folder.Path);
        await Parallel.ForEachAsync(lab.Hosts, ct, async (host, token) => await host.WaitUntilReadyAsync(options.StartDeadline, token));
        log($"{lab.Hosts.Length} hosts are up: {string.Join(", ", lab.Hosts.Select(host => $"{host.Name} {host.Address}"))}.");
        log($"The fleet is {lab.Fleet}; deploy it with --fleet={lab.Fleet}");
        return lab;
    }

    /// <summary>The text of NixOS's own script, for a new lab and for one that was made with it.</summary>
    private async Task<string?> SwitchScriptAsync(CancellationToken ct)
    {
        var kept = File.Exists(folder.SwitchScript);
        var given = options.SwitchScript ?? (kept ? folder.SwitchScript : null);
        var text = given is null ? null : await File.ReadAllTextAsync(given, ct);
        if (options.SwitchScript is not null && folder.HostNames().Any() && (!kept || text != await File.ReadAllTextAsync(folder.SwitchScript, ct)))
        {
            throw new ArgumentException($"The hosts of the lab in {folder.Path} were made with another switch-to-configuration; LabDown removes them.");
        }

        return text;
    }

    // A lab is never made smaller: hosts beyond the number asked for stay.
    private ImmutableArray<string> Names()
    {
        var existing = folder.HostNames().Count();
        if (existing > options.Hosts)
        {
            log($"This lab has {existing} hosts and keeps them; LabDown removes them.");
        }

        return [.. Enumerable.Range(0, Math.Max(options.Hosts, existing)).Select(InitialSystems.NameOf)];
    }

    private async Task WriteSharedFilesAsync(CancellationToken ct)
    {
        await File.WriteAllTextAsync(folder.Machine, Resource.Read("machine.sh"), ct);
        if (!File.Exists(folder.Identity))
        {
            await Tool.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", $"lab-{options.Name}", "-f", folder.Identity], ct);
        }

        var settings = $"{folder.Fleet}/settings.nix";
        var edited = File.Exists(settings) ? await File.ReadAllTextAsync(settings, ct) : null;
        Resource.WriteFolder("fleet", folder.Fleet);
        if (edited is not null)
        {
            await File.WriteAllTextAsync(settings, edited, ct);
        }
    }

    private async Task MakeHostsAsync(HostMaker maker, ImmutableArray<LabHostFacts> hosts, CancellationToken ct)
    {
        // The profile is the last thing that a host gets, so a host without it is incomplete and is made again.
        var fresh = hosts.Index().Where(host => !File.Exists($"{folder.Host(host.Item.Name)}/made")).ToArray();
        var hostsFile = "127.0.0.1 localhost\n" + string.Concat(hosts.Select(host => $"{host.Address} {host.Name}\n"));
        foreach (var (_, host) in fresh)
        {
            if (File.Exists($"{folder.Host(host.Name)}/machine.env"))
            {
                await Tool.RunAsync("sh", [folder.Machine, "remove", host.Name], ct);
            }
        }

        await Parallel.ForEachAsync(fresh, ct, async (host, token) => await maker.MakeAsync(host.Item, hostsFile, token));
        foreach (var (index, host) in fresh.Where(host => !File.Exists(folder.SystemFile(host.Item.Name))))
        {
            SystemFile.Write(folder.SystemFile(host.Name), InitialSystems.Of(index));
        }

        await File.WriteAllLinesAsync(folder.KnownHosts, hosts.Select(KnownHostsLine), ct);
        await folder.WriteFactsAsync(
            new LabFacts
            {
                Name = options.Name,
                Directory = folder.Path,
                Fleet = folder.Fleet,
                Machine = folder.Machine,
                System = NixSystem(),
                Hosts = hosts.ToDictionary(host => host.Name),
            },
            ct);
        await FactorySystems.InstallAsync(folder, fresh, ct);
        foreach (var (_, host) in fresh)
        {
            await File.WriteAllTextAsync($"{folder.Host(host.Name)}/made", "", ct);
        }
    }

    private async Task PowerOnAsync(ImmutableArray<LabHostFacts> hosts, CancellationToken ct)
    {
        log($"Starting {hosts.Length} hosts in {folder.Path}.");
        await Parallel.ForEachAsync(hosts, ct, async (host, token) => await Tool.RunAsync("sh", [folder.Machine, "on", host.Name], token));
    }

    private static string KnownHostsLine(LabHostFacts host)
    {
        var key = File.ReadAllText($"{host.Root}/etc/ssh/ssh_host_ed25519_key.pub").Split(' ');
        return $"{host.Address} {key[0]} {key[1]}";
    }

    private static string NixSystem() => RuntimeInformation.OSArchitecture switch
    {
        Architecture.Arm64 => "aarch64-linux",
        _ => "x86_64-linux",
    };
}
