using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>New systems that break the host: its network, its sshd, its systemd, its file systems.</summary>
internal static class HostBreakers
{
    private const string Family = "breaks-host";
    private const string LockOut = "systemctl mask --runtime --now ssh.service";

    // For ever in the way of an orderly reboot. Units have no PATH: without one of its own the loop would fail to sleep, and fill the journal.
    private const string Stubborn =
        "systemd-run --quiet --unit=stubborn -p TimeoutStopSec=infinity -p SendSIGKILL=no --setenv=PATH=/usr/bin sh -c 'trap : TERM HUP INT; while :; do sleep 1; done'";

    // As on NixOS, which waits until systemd answers again.
    private const string Again = "systemctl daemon-reload; systemctl daemon-reexec; until systemctl show-environment >/dev/null 2>&1; do sleep 0.1; done";

    private static readonly Ending RolledBack = new(Old) { ByGuard = true };

    public static IEnumerable<Fault> All =>
    [
        Activating("the activation takes the interface down", "ip link set host0 down", RolledBack with { Rebooted = true }),
        Deploying(
            "the network's unit takes the interface down",
            system => system.WithUnit("network", new LabUnit
            {
                Exec = "ip link set host0 down",
                Type = "oneshot",
                Service = LabUnit.Lines(("RemainAfterExit", "yes")),
            }),
            RolledBack with { Rebooted = false }),
        Activating("the activation takes the interface down, and a unit refuses to stop", $"{Stubborn}; ip link set host0 down", RolledBack with { Rebooted = true }),
        Activating("sshd is stopped and masked", LockOut, RolledBack with { Rebooted = true }),
        Deploying(
            "a unit stops sshd",
            system => system.WithUnit("no-ssh", "systemctl stop ssh.service; exec sleep infinity"),
            RolledBack with { Rebooted = false }),
        Activating("systemd is reloaded and re-executed", Again, new Ending(New)),
        Activating("systemd is reloaded and re-executed, and nobody gets in", $"{Again}; {LockOut}", RolledBack),
        Activating("dbus is restarted", "systemctl restart dbus.service", new Ending(New)),
        Activating("dbus is restarted, and nobody gets in", $"systemctl restart dbus.service; {LockOut}", RolledBack),
        Deploying(
            "a mount of local-fs fails into emergency mode",
            system => system.WithUnit("data.mount", new LabUnit
            {
                Text = """
                       [Unit]
                       Before=local-fs.target
                       OnFailure=emergency.target
                       OnFailureJobMode=replace-irreversibly
                       [Mount]
                       What=data
                       Where=/data
                       Type=nosuchfs
                       """,
                WantedBy = ["local-fs.target"],
            }),
            new Ending(Old)),
        Activating("the guard is killed, and nobody gets in", $"systemctl kill --signal=SIGKILL nixdeploy-guard.service; {LockOut}", RolledBack),
        Activating("the guard is told to end, and nobody gets in", $"systemctl kill --signal=SIGTERM nixdeploy-guard.service; {LockOut}", RolledBack),
        Activating("the guard is stopped for good", "systemctl stop nixdeploy-guard.service", new Ending(Old) { ByGuard = false }) with { Guard = 10 },
        Deploying("the activation hangs and ignores SIGTERM", system => system with { Faults = new LabFaults { Hang = true } }, RolledBack),
    ];

    private static Fault Activating(string name, string script, Ending end) =>
        Deploying(name, system => system with { Faults = new LabFaults { Activation = script } }, end);

    private static Fault Deploying(string name, Func<LabSystem, LabSystem> system, Ending end) => new(Family, name, end, scene =>
    {
        scene.Change(scene.Host, system);
        return scene.DeployAsync();
    })
    { Soak = 20 };
}
