using System.Globalization;
using NixDeploy.Labs.Setup;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs;

/// <summary>What can be done to a host from outside. Nothing here goes through the host's network, so all of it works on a broken one.</summary>
public sealed partial class LabHost
{
    private static readonly TimeSpan Boot = TimeSpan.FromMinutes(2);

    /// <summary>Pulls the network cable: packets are dropped without notice to connections. A cut link outlasts reboots.</summary>
    public Task CutLinkAsync(CancellationToken ct) => MachineAsync("cut-link", ct);

    public Task RestoreLinkAsync(CancellationToken ct) => MachineAsync("restore-link", ct);

    /// <summary>Stops every process of the host where it is.</summary>
    public Task FreezeAsync(CancellationToken ct) => MachineAsync("freeze", ct);

    public Task ThawAsync(CancellationToken ct) => MachineAsync("thaw", ct);

    /// <summary>
    /// Every process is gone at once, nothing is shut down, and the peers of its connections hear nothing. What was written to files
    /// is there at the next start, synced or not, for this machine's page cache stays.
    /// </summary>
    public Task CutPowerAsync(CancellationToken ct) => MachineAsync("off", ct);

    /// <summary>Powers on and waits until the host is ready. Does nothing to a host that is on.</summary>
    public async Task PowerOnAsync(CancellationToken ct)
    {
        await StartAsync(ct);
        await WaitUntilReadyAsync(Boot, ct);
    }

    /// <summary>Powers on, without waiting.</summary>
    public Task StartAsync(CancellationToken ct) => MachineAsync("on", ct);

    /// <summary>A clean shutdown, until the host is off.</summary>
    public async Task ShutDownAsync(CancellationToken ct)
    {
        await MachineAsync("shutdown", ct);
        await Wait.UntilAsync(
            async token => await Tool.RunAsync("sh", [folder.Machine, "status", Name], token) == "off", $"{Name} to shut down", Boot, ct);
    }

    /// <summary>Reboots the host from inside and waits until it is ready again.</summary>
    public async Task RebootAsync(CancellationToken ct)
    {
        var before = await BootIdAsync(ct);
        await ExecAsync("systemctl reboot", ct);
        await WaitForRebootAsync(before, Boot, ct);
    }

    /// <summary>
    /// Makes the host again what it was when the lab was made: factory system, nothing broken, everything else forgotten. Ready on return.
    /// </summary>
    public async Task ResetAsync(CancellationToken ct)
    {
        await MachineAsync("reset", ct);
        await PowerOnAsync(ct);
        used = false;
    }

    /// <summary>The same, where anything was done to the host since: here, or by a deployment, which begins with the host's record.</summary>
    public async Task ResetIfUsedAsync(CancellationToken ct)
    {
        if (used || !(await LookAsync("[ ! -e /nix/var/nixdeploy ] && [ ! -e /run/nixdeploy ]", ct)).Succeeded)
        {
            await ResetAsync(ct);
        }
    }

    /// <summary>Gives the host another SSH key than known_hosts has.</summary>
    public async Task ChangeHostKeyAsync(CancellationToken ct)
    {
        await ReadAsync("cd /etc/ssh && for key in ssh_host_*; do mv \"$key\" \"known.$key\"; done", ct);
        await HostMaker.MakeHostKeyAsync(Root, Name, ct);
        await ReadAsync("systemctl restart ssh", ct);
    }

    /// <summary>Restores the host's known SSH key.</summary>
    public Task RestoreHostKeyAsync(CancellationToken ct) =>
        ReadAsync("cd /etc/ssh && for key in known.*; do mv -f \"$key\" \"${key#known.}\"; done && systemctl restart ssh", ct);

    /// <summary>Fills the host's disk until so much is left.</summary>
    public Task FillDiskAsync(CancellationToken ct, int leaveKilobytes = 0)
    {
        used = true;
        return Tool.RunAsync("sh", [folder.Machine, "fill-disk", Name, leaveKilobytes.ToString(CultureInfo.InvariantCulture)], ct);
    }

    public Task FreeDiskAsync(CancellationToken ct) => MachineAsync("free-disk", ct);

    /// <summary>Makes the folder of profiles and their generations read-only, until the next boot or <see cref="MakeProfilesWritableAsync"/>.</summary>
    public Task MakeProfilesReadOnlyAsync(CancellationToken ct) =>
        ReadAsync("mount --bind /nix/var/nix/profiles /nix/var/nix/profiles && mount -o remount,bind,ro /nix/var/nix/profiles", ct);

    public Task MakeProfilesWritableAsync(CancellationToken ct) => ReadAsync("umount /nix/var/nix/profiles", ct);

    /// <summary>
    /// Makes switch-to-configuration of every system on this host go wrong, also of those that run already; over reboots, until
    /// <see cref="ClearFaults"/>. This makes a rollback fail.
    /// </summary>
    public async Task SetFaultsAsync(LabFaults faults, CancellationToken ct)
    {
        used = true;
        var here = $"{Root}/var/lib/lab";
        Directory.CreateDirectory(here);
        await File.WriteAllTextAsync(
            $"{here}/faults",
            $"answer={faults.Answer ?? 0}\nanswer_boot={faults.AnswerBoot ?? 0}\nanswer_dry={faults.AnswerDry ?? 0}\nhang={Flag(faults.Hang)}\n"
            + $"half_way={Flag(faults.HalfWay)}\ninhibited={Flag(faults.Inhibited)}\nanswer_after={faults.AnswerAfter ?? 0}\ndaemon_reload={Flag(faults.DaemonReload)}\n",
            ct);
        foreach (var (name, script) in new[] { ("activation", faults.Activation), ("checks", faults.Checks) })
        {
            File.Delete($"{here}/{name}");
            if (script is not null)
            {
                await File.WriteAllTextAsync($"{here}/{name}", script, ct);
            }
        }
    }

    public void ClearFaults()
    {
        File.Delete($"{Root}/var/lib/lab/faults");
        File.Delete($"{Root}/var/lib/lab/activation");
        File.Delete($"{Root}/var/lib/lab/checks");
    }

    private static int Flag(bool? value) => value == true ? 1 : 0;

    private Task<string> MachineAsync(string verb, CancellationToken ct)
    {
        used = true;
        return Tool.RunAsync("sh", [folder.Machine, verb, Name], ct);
    }
}
