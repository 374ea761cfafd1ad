using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Faults;

/// <summary>What a host runs and would boot, and what is not of one piece there.</summary>
/// <param name="Current">The system that runs.</param>
/// <param name="Generations">The generations that there are, such as <c>1,2</c>.</param>
/// <param name="BootId">The boot that it is in.</param>
/// <param name="Findings">What does not fit together, a sentence each.</param>
internal sealed record HostWholeness(string Current, string Generations, string BootId, IReadOnlyList<string> Findings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private const string Look =
        """
        current=$(readlink -f /run/current-system)
        profile=$(readlink -f /nix/var/nix/profiles/system)
        boot=$(readlink -f /boot/default)
        echo "current $current"
        echo "generations $(cd /nix/var/nix/profiles && ls -d system-*-link | tr -dc '0-9\n' | sort -n | paste -sd,)"
        echo "boot-id $(cat /proc/sys/kernel/random/boot_id)"
        [ "$profile" = "$current" ] || echo "finding runs $current, but its profile has $profile"
        [ "$boot" = "$current" ] || echo "finding runs $current, but would boot $boot"
        for unit in "$current"/etc/systemd/system/*.service; do
          name=${unit##*/}
          text=$(sed -n s/^Description=//p "$unit")
          [ "$(systemctl show -P Description "$name")" = "${text:-$name}" ] || echo "finding the unit $name is not that of the system that runs"
          systemctl is-active --quiet "$name" || echo "finding the unit $name is $(systemctl is-active "$name")"
        done
        systemctl list-units --type=service --no-legend --plain | while read -r name loaded rest; do
          [ "$loaded" != not-found ] || echo "finding the unit $name is left over from another system"
        done
        systemctl list-units --state=failed --no-legend --plain | while read -r name rest; do echo "finding the unit $name is failed"; done
        systemctl is-active --quiet default.target || echo "finding default.target is not reached"
        [ ! -e /run/nixdeploy/lock ] || echo "finding the lock is left: $(tr '\n\t' ', ' </run/nixdeploy/lock)"
        [ ! -e /nix/var/nix/gcroots/nixdeploy ] || echo "finding roots are left: $(ls /nix/var/nix/gcroots/nixdeploy | paste -sd,)"
        nix-store --check-validity "$current" $(nix-store -qR "$current") || echo "finding $current is not whole in the store"
        """;

    // A boot ends a transaction, whatever its record says.
    private const string Settled =
        """
        systemctl is-active --quiet nixdeploy-guard.service && exit 1
        systemctl is-active --quiet nixdeploy-activation.service && exit 1
        [ -e /nix/var/nixdeploy/txn/record ] && [ ! -e /nix/var/nixdeploy/txn/done ] && [ ! -e /run/nixdeploy/txn/done ] || exit 0
        ! grep -q "$(cat /proc/sys/kernel/random/boot_id)" /nix/var/nixdeploy/txn/record
        """;

    /// <summary>Waits until the host answers and nothing of a deployment is at work there.</summary>
    public static async Task SettleAsync(LabHost host, CancellationToken ct)
    {
        await Wait.UntilAsync(
            async token => await host.AnswersAsync(token) && (await host.ExecAsync(Settled, token)).Succeeded,
            $"{host.Name} to answer and to be done", Patience, ct);
        await host.WaitUntilReadyAsync(Patience, ct);
    }

    public static async Task<HostWholeness> LookAsync(LabHost host, CancellationToken ct)
    {
        var lines = (await host.ReadAsync(Look, ct)).Split('\n').Select(line => line.Split(' ', 2)).ToLookup(pair => pair[0], pair => pair[^1]);
        return new HostWholeness(lines["current"].Single(), lines["generations"].Single(), lines["boot-id"].Single(), [.. lines["finding"]]);
    }
}
