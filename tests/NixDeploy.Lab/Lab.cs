using System.Collections.Immutable;
using NixDeploy.Labs.Setup;
using NixDeploy.Labs.Support;
using NixDeploy.Labs.Systems;

namespace NixDeploy.Labs;

/// <summary>
/// Real hosts on one Debian machine: each boots systemd, sshd and Nix of its own, behaves as a NixOS host towards a deployer, and
/// can be broken. A lab outlives the process that brought it up.
/// </summary>
public sealed class Lab
{
    private readonly LabFolder folder;

    private Lab(LabFolder folder)
    {
        this.folder = folder;
        var facts = folder.ReadFacts();
        Name = facts.Name;
        Hosts = [.. facts.Hosts.Values.Select(host => new LabHost(facts, host))];
    }

    public string Name { get; }

    public string Directory => folder.Path;

    /// <summary>The folder with the flake, to be given to --fleet.</summary>
    public string Fleet => folder.Fleet;

    public ImmutableArray<LabHost> Hosts { get; }

    public LabHost this[string name] => Hosts.FirstOrDefault(host => host.Name == name)
        ?? throw new ArgumentException($"This lab has no host named {name}, only {string.Join(", ", Hosts.Select(host => host.Name))}.");

    /// <returns>Why a lab cannot run on this machine, in one sentence, or null when it can.</returns>
    public static string? WhyNot() => Prerequisites.WhyNot();

    /// <summary>Installs what the tests use beside the lab: a real sshd, other shells, shellcheck, Graphviz. Where no lab can run, nothing.</summary>
    public static async Task EnsureTestToolsAsync(Action<string> log, CancellationToken ct)
    {
        if (WhyNot() is null)
        {
            await Prerequisites.EnsureAsync(log, ct);
            await Packages.EnsureAsync("The test run", TestTools, log, ct);
        }
    }

    private static readonly (string Program, string Package)[] TestTools =
    [
        ("sshd", "openssh-server"),
        ("sudo", "sudo"),
        ("dash", "dash"),
        ("busybox", "busybox"),
        ("shellcheck", "shellcheck"),
        ("dot", "graphviz"),
    ];

    /// <summary>
    /// Brings a lab up, or what of it is down: installs what the machine lacks, makes hosts that do not exist yet, starts those that
    /// are off, and returns when all are ready. What runs is left alone, and so are edited files of the fleet. The log gets a line for
    /// everything that its user should know.
    /// </summary>
    /// <exception cref="LabUnavailableException">The lab cannot run here.</exception>
    public static Task<Lab> UpAsync(LabOptions options, Action<string> log, CancellationToken ct) =>
        new LabBuilder(options.Validated(), log).UpAsync(ct);

    /// <summary>A lab that is there already.</summary>
    /// <exception cref="FileNotFoundException">There is none in this directory.</exception>
    public static Lab Open(string directory) => new(new LabFolder(Path.GetFullPath(directory)));

    public static bool Exists(string directory) => File.Exists(new LabFolder(Path.GetFullPath(directory)).Facts);

    /// <summary>The directories of all labs on this machine.</summary>
    public static IReadOnlyList<string> All() => [.. Subnet.Claimed()];

    /// <summary>Takes a lab down, a half-made one too: no process, mount, network or file of it stays.</summary>
    public static async Task DownAsync(string directory, Action<string> log, CancellationToken ct)
    {
        var folder = new LabFolder(Path.GetFullPath(directory));
        if (!File.Exists(folder.Machine))
        {
            log($"There is no lab in {folder.Path}.");
            return;
        }

        using var held = await folder.LockAsync(ct);
        await Parallel.ForEachAsync(folder.HostNames(), ct, async (host, token) =>
        {
            if (File.Exists($"{folder.Host(host)}/machine.env"))
            {
                await Tool.RunAsync("sh", [folder.Machine, "remove", host], token);
            }
        });
        await Tool.RunAsync("rm", ["-rf", "--one-file-system", folder.Path], ct);
        Subnet.Release(folder.Path);
        if (!Subnet.AnyClaimed())
        {
            await Tool.RunAsync("sh", ["-s"], ct, Resource.Read("clean-up.sh"));
        }

        held.Forget();
        log($"The lab in {folder.Path} is gone.");
    }

    public Task DownAsync(CancellationToken ct) => DownAsync(Directory, _ => { }, ct);

    public async Task<LabStatus> StatusAsync(CancellationToken ct) =>
        new(Name, Directory, Fleet, [.. await Task.WhenAll(Hosts.Select(host => host.StatusAsync(ct)))]);

    /// <summary>What the fleet says that a host should run (not what it runs).</summary>
    public Task<LabSystem> ReadSystemAsync(string host, CancellationToken ct) => SystemFile.ReadAsync(folder.SystemFile(this[host].Name), ct);

    /// <summary>Resets the fleet's files to those of a new lab.</summary>
    public void ResetSystems()
    {
        for (var i = 0; i < Hosts.Length; i++)
        {
            Change(Hosts[i].Name, InitialSystems.Of(i));
        }
    }

    /// <summary>Writes what a host should run from the next deployment on.</summary>
    public void Change(string host, LabSystem system) => SystemFile.Write(folder.SystemFile(this[host].Name), system);

    /// <summary>Changes what a host should run from the next deployment on.</summary>
    public async Task<LabSystem> ChangeAsync(string host, Func<LabSystem, LabSystem> change, CancellationToken ct)
    {
        var system = change(await ReadSystemAsync(host, ct));
        Change(host, system);
        return system;
    }

    /// <summary>Builds the systems of hosts on this machine, as the fleet says now.</summary>
    /// <returns>Their store paths, in the order of <paramref name="hosts"/>.</returns>
    public async Task<IReadOnlyList<string>> BuildAsync(IReadOnlyList<string> hosts, CancellationToken ct)
    {
        var paths = await Tool.RunAsync(
            "nix-build",
            ["--no-out-link", $"{Fleet}/fleet.nix", .. hosts.SelectMany(host => new[] { "-A", $"{host}.config.system.build.toplevel" })],
            ct);
        return paths.Split('\n');
    }
}
