using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>What a deployment is going to need on a host.</summary>
/// <param name="StoreBytes">What is going to be copied to /nix/store, as far as it is known.</param>
/// <param name="BootBytes">The kernel and initrd that are new, as far as they are known.</param>
/// <param name="ReserveBytes">What must stay free on /nix/store besides.</param>
internal sealed record PreflightNeeds(long StoreBytes, long BootBytes, long ReserveBytes)
{
    /// <summary>Nothing that is known: every deployment writes something all the same.</summary>
    public static PreflightNeeds Unknown { get; } = new(0, 0, 0);
}

/// <summary>Whether a host may be touched at all, judged by what it says of itself. Pure; each answer has everything that is wrong.</summary>
internal static class Preflight
{
    /// <summary>A boot entry, its kernel and initrd aside.</summary>
    private const long BootEntryBytes = 1 << 20;

    /// <summary>What no deployment gets past: the host has no systemd, no Nix, or is locked.</summary>
    /// <param name="state">What the host says.</param>
    /// <param name="host">The host.</param>
    /// <param name="run">The run that wants to deploy; its own lock is no obstacle.</param>
    /// <param name="breakLock">Whether a lock of another run is going to be broken.</param>
    public static ImmutableArray<Problem> Obstacles(HostState state, Host host, string run, bool breakLock = false)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(host);
        return [.. new[] { Obstacles(state, host), breakLock ? null : Lock(state, host, run) }.OfType<Problem>()];
    }

    /// <summary>What speaks against deploying to it now: services that are down, and space that is short.</summary>
    /// <param name="state">What the host says; asked with its critical services as units.</param>
    /// <param name="host">The host.</param>
    /// <param name="needs">What the deployment needs.</param>
    public static ImmutableArray<Problem> Validation(HostState state, Host host, PreflightNeeds needs)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(needs);

        // Services of a host that was left in the middle of an activation may be down for just that reason.
        var services = state.Transaction is { Unguarded: true } ? null : CriticalServices(state, host);
        return [.. new[] { services, Store(state, host, needs), Boot(state, host, needs) }.OfType<Problem>()];
    }

    /// <summary>A warning when the host's clock is further off than it may be; <see langword="null"/>: it is not.</summary>
    /// <remarks>No reason to refuse: nothing in a deployment depends on the host's clock, and what is deployed may be what sets it right.</remarks>
    /// <param name="state">What the host says.</param>
    /// <param name="host">The host.</param>
    /// <param name="asked">When it was asked, by the controller's clock.</param>
    /// <param name="answered">When its answer was there, by the controller's clock.</param>
    /// <param name="most">How far the clock may be off.</param>
    public static string? Clock(HostState state, Host host, DateTimeOffset asked, DateTimeOffset answered, TimeSpan most)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(host);

        // The host tells whole seconds, at some moment between question and answer.
        var behind = asked - (state.Clock + TimeSpan.FromSeconds(1));
        var ahead = state.Clock - answered;
        return behind > most ? Sentence(behind, "behind")
            : ahead > most ? Sentence(ahead, "ahead of")
            : null;

        string Sentence(TimeSpan off, string where) =>
            $"{host.Name}: its clock is {Duration.Of(off)} {where} this machine's (at most {Duration.Of(most)} is normal): certificates and logs may not be what they seem; look at the host's time synchronisation.";
    }

    private static Problem? Obstacles(HostState state, Host host) => state.Obstacles.IsEmpty ? null
        : new("ND0810", $"{host.Name}: nothing can be deployed to this host: {string.Join("; ", state.Obstacles)}.");

    private static Problem? Lock(HostState state, Host host, string run) => state.Lock is not { } held || held.Run == run ? null
        : new("ND0811", $"{host.Name}: it is locked by {held.Describe(state.Clock)}; wait for it with --wait-lock=SECONDS{(held.Guarded ? "" : ", or break it with --break-lock when that controller is gone")}.");

    /// <summary>A service that the host does not have yet comes with the new system, and is watched after it was tried.</summary>
    private static Problem? CriticalServices(HostState state, Host host)
    {
        var down = host.CriticalServices
            .Select(UnitName.Full)
            .Select(name => (Name: name, State: state.Units.FirstOrDefault(u => u.Unit == name)))
            .Where(u => u.State is not ({ Active: "active" or "reloading" } or { Load: "not-found" }))
            .Select(u => $"{u.Name} ({u.State?.Active ?? "not asked"})")
            .ToList();
        return down.Count == 0 ? null
            : new("ND0812", $"{host.Name}: before anything was deployed, {(down.Count == 1 ? "a critical service is" : "critical services are")} not active: {string.Join(", ", down)}.");
    }

    /// <summary>A full store is an obstacle even when it is not known what will be copied: every deployment writes something.</summary>
    private static Problem? Store(HostState state, Host host, PreflightNeeds needs) => state.StoreFreeBytes > needs.StoreBytes + needs.ReserveBytes ? null
        : new("ND0813", $"{host.Name}: /nix/store has {Bytes.Of(state.StoreFreeBytes)} free; {Bytes.Of(needs.StoreBytes)} to copy and {Bytes.Of(needs.ReserveBytes)} in reserve (disk-reserve) need more.")
        {
            Command = RepairCommand.AsRoot(host, ["nix-collect-garbage", "--delete-older-than", "30d"]),
        };

    private static Problem? Boot(HostState state, Host host, PreflightNeeds needs) => state.BootFreeBytes is not { } free || free >= needs.BootBytes + BootEntryBytes ? null
        : new("ND0814", $"{host.Name}: /boot has {Bytes.Of(free)} free; the new system's boot entry needs {Bytes.Of(needs.BootBytes + BootEntryBytes)}: remove old generations, or set boot.loader.systemd-boot.configurationLimit.");
}
