using System.Globalization;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Setup;

/// <summary>Makes a new host: its settings, its disk, and what is its own in its root (name, keys, who may log in).</summary>
internal sealed class HostMaker(LabFolder folder, string lab, string baseImage, Subnet subnet, int diskMegabytes)
{
    public LabHostFacts FactsOf(int index, string name) => new()
    {
        Name = name,
        Address = subnet.Address(index),
        Gateway = subnet.Gateway(index),
        IdentityFile = folder.Identity,
        KnownHosts = folder.KnownHosts,
        NetworkNamespace = subnet.Link(name),
        Link = subnet.Link(name),
        Root = folder.Root(name),
        Console = $"{folder.Host(name)}/console.log",
    };

    public async Task MakeAsync(LabHostFacts host, string allHosts, CancellationToken ct)
    {
        Directory.CreateDirectory(folder.Host(host.Name));
        await File.WriteAllTextAsync(
            $"{folder.Host(host.Name)}/machine.env",
            $"""
             lab_name='{lab}'
             link='{host.Link}'
             gateway='{host.Gateway}'
             base='{baseImage}'
             disk_mb={diskMegabytes.ToString(CultureInfo.InvariantCulture)}

             """,
            ct);
        await Tool.RunAsync("sh", [folder.Machine, "attach", host.Name], ct);

        await WriteAsync(host, "etc/hostname", host.Name + "\n", ct);
        await WriteAsync(host, "etc/hosts", allHosts, ct);
        await WriteAsync(host, "etc/machine-id", Guid.NewGuid().ToString("N") + "\n", ct);
        await MakeHostKeyAsync(host.Root, host.Name, ct);
        var key = await File.ReadAllTextAsync(folder.Identity + ".pub", ct);
        await AuthorizeAsync(host, "root", key, ct);
        await AuthorizeAsync(host, "home/deployer", key, ct);
    }

    public static Task<string> MakeHostKeyAsync(string root, string name, CancellationToken ct) => Tool.RunAsync(
        "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", $"{root}/etc/ssh/ssh_host_ed25519_key"], ct);

    private static async Task AuthorizeAsync(LabHostFacts host, string home, string key, CancellationToken ct)
    {
        var folder = $"{host.Root}/{home}/.ssh";
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync($"{folder}/authorized_keys", key, ct);
        await Tool.RunAsync("chown", ["-R", $"--reference={host.Root}/{home}", folder], ct);
        await Tool.RunAsync("chmod", ["-R", "go-rwx", folder], ct);
    }

    private static Task WriteAsync(LabHostFacts host, string path, string text, CancellationToken ct) =>
        File.WriteAllTextAsync($"{host.Root}/{path}", text, ct);
}
