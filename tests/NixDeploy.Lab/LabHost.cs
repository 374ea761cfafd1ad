using System.Globalization;
using System.Net.Sockets;
using System.Text;
using NixDeploy.Labs.Setup;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs;

/// <summary>A host of the lab: where it is, and how to look into it without SSH. The other half breaks it.</summary>
public sealed partial class LabHost
{
    private readonly LabHostFacts facts;
    private readonly LabFolder folder;

    // Whether anything but looks was done to the host, from here, since it was reset last.
    private volatile bool used = true;

    internal LabHost(LabFacts lab, LabHostFacts facts)
    {
        this.facts = facts;
        folder = new LabFolder(lab.Directory);
    }

    public string Name => facts.Name;

    public string Address => facts.Address;

    public int Port => facts.Port;

    public string User => facts.User;

    public string IdentityFile => facts.IdentityFile;

    public string KnownHosts => facts.KnownHosts;

    public string NetworkNamespace => facts.NetworkNamespace;

    /// <summary>This machine's end of the host's network cable.</summary>
    public string Link => facts.Link;

    /// <summary>The host's root folder, seen from this machine.</summary>
    public string Root => facts.Root;

    /// <summary>The file with all that the host has printed on its console.</summary>
    public string Console => facts.Console;

    /// <summary>The host's init now, seen from this machine; 0 when it is off.</summary>
    public int ProcessId => LabFolder.ReadNumber($"{folder.Host(Name)}/pid");

    /// <summary>The systemd-nspawn that runs the host now; 0 when it is off.</summary>
    public int SupervisorProcessId => ProcessId == 0 ? 0 : LabFolder.ReadNumber($"{folder.Host(Name)}/supervisor-pid");

    /// <summary>Runs a shell script inside the host, without SSH.</summary>
    public Task<CommandOutput> ExecAsync(string script, CancellationToken ct)
    {
        used = true;
        return LookAsync(script, ct);
    }

    /// <returns>What the script printed, without the last newline.</returns>
    /// <exception cref="LabCommandException">The script failed.</exception>
    public Task<string> ReadAsync(string script, CancellationToken ct)
    {
        used = true;
        return SeeAsync(script, ct);
    }

    /// <summary>Runs a command over SSH with the OpenSSH client.</summary>
    public Task<CommandOutput> SshAsync(string command, CancellationToken ct, string? user = null, string input = "")
    {
        used = true;
        return Tool.TryAsync("ssh", [.. SshArguments(user), command], ct, input);
    }

    /// <summary>What ssh needs to reach this host and no other: no configuration of the user, no agent, no question.</summary>
    public IReadOnlyList<string> SshArguments(string? user = null) =>
    [
        "-F", "none", "-i", IdentityFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
        "-o", $"UserKnownHostsFile={KnownHosts}", "-o", "GlobalKnownHostsFile=/dev/null", "-o", "ConnectTimeout=5",
        "-p", Port.ToString(CultureInfo.InvariantCulture), $"{user ?? User}@{Address}",
    ];

    /// <summary>Brings a system that this machine has built into the host's store, without SSH and without a garbage collector root.</summary>
    public Task ImportAsync(string storePath, CancellationToken ct)
    {
        used = true;
        return Tool.RunAsync(
            "sh",
            [
                "-c", "nix-store --export $(nix-store --query --requisites \"$1\") | sh \"$2\" exec \"$3\" nix-store --import",
                "sh", storePath, folder.Machine, Name,
            ],
            ct);
    }

    /// <summary>Runs a system's switch-to-configuration inside the host, without SSH.</summary>
    public Task<CommandOutput> SwitchAsync(string storePath, string action, CancellationToken ct)
    {
        used = true;
        return Tool.TryAsync("sh", [folder.Machine, "exec", Name, $"{storePath}/bin/switch-to-configuration", action], ct);
    }

    /// <summary>The store path that runs.</summary>
    public Task<string> CurrentSystemAsync(CancellationToken ct) => SeeAsync("readlink -f /run/current-system", ct);

    /// <summary>The store path that the host would boot.</summary>
    public Task<string> BootDefaultAsync(CancellationToken ct) => SeeAsync("readlink -f /boot/default", ct);

    /// <summary>The number of the current generation of the system profile.</summary>
    public async Task<int> GenerationAsync(CancellationToken ct) =>
        int.Parse(
            (await SeeAsync("readlink /nix/var/nix/profiles/system", ct)).Replace("system-", "", StringComparison.Ordinal)
                .Replace("-link", "", StringComparison.Ordinal),
            CultureInfo.InvariantCulture);

    public Task<string> BootIdAsync(CancellationToken ct) => SeeAsync("cat /proc/sys/kernel/random/boot_id", ct);

    /// <summary>Whether sshd greets on the host's address within a second.</summary>
    public async Task<bool> AnswersAsync(CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Address, Port, deadline.Token);
            var greeting = new byte[4];
            await client.GetStream().ReadExactlyAsync(greeting, deadline.Token);
            return Encoding.ASCII.GetString(greeting) == "SSH-";
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Waits until sshd answers and everything that boots has been started.</summary>
    /// <exception cref="TimeoutException">It was not ready in time; the end of its console is in the message.</exception>
    public async Task WaitUntilReadyAsync(TimeSpan within, CancellationToken ct)
    {
        try
        {
            await Wait.UntilAsync(AnswersAsync, $"sshd of {Name} ({Address})", within, ct);
            await Wait.UntilAsync(
                async token => (await LookAsync("timeout 20 systemctl is-system-running --wait", token)).Text is "running" or "degraded",
                $"{Name} to have booted", within, ct);
        }
        catch (TimeoutException late)
        {
            var said = File.Exists(Console) ? string.Join('\n', File.ReadLines(Console).TakeLast(10)) : "";
            throw new TimeoutException($"{late.Message} The end of its console:\n{said}", late);
        }
    }

    /// <summary>Waits until the host has booted again since it had this boot id.</summary>
    public async Task WaitForRebootAsync(string bootId, TimeSpan within, CancellationToken ct)
    {
        await Wait.UntilAsync(
            async token => await ExecAsync("cat /proc/sys/kernel/random/boot_id", token) is { Succeeded: true } now && now.Text != bootId,
            $"{Name} to reboot", within, ct);
        await WaitUntilReadyAsync(within, ct);
    }

    public async Task<LabHostStatus> StatusAsync(CancellationToken ct)
    {
        var power = await Tool.RunAsync("sh", [folder.Machine, "status", Name], ct);
        if (power is "off" or "frozen")
        {
            return new LabHostStatus(Name, Address, power, ProcessId, "");
        }

        var asked = await LookAsync("systemctl is-system-running; readlink -f /run/current-system", ct);
        var lines = asked.Text.Split('\n');
        return new LabHostStatus(Name, Address, lines[0].Length > 0 ? lines[0] : "starting", ProcessId, lines.Length > 1 ? lines[1] : "");
    }

    private Task<CommandOutput> LookAsync(string script, CancellationToken ct) =>
        Tool.TryAsync("sh", [folder.Machine, "exec", Name, "sh", "-c", script], ct);

    private Task<string> SeeAsync(string script, CancellationToken ct) =>
        Tool.RunAsync("sh", [folder.Machine, "exec", Name, "sh", "-c", script], ct);
}
