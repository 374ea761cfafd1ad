using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>What a deployment needs on a host.</summary>
/// <param name="StoreBytes">The bytes to copy to /nix/store, as far as they are known.</param>
/// <param name="BootBytes">The kernel and initrd that are new, as far as they are known.</param>
/// <param name="ReserveBytes">What must stay free on /nix/store besides.</param>
internal sealed record PreflightNeeds(long StoreBytes, long BootBytes, long ReserveBytes)
{
    /// <summary>No known needs; every deployment still writes something.</summary>
    public static PreflightNeeds Unknown { get; } = new(0, 0, 0);
}

/// <summary>Whether a host may be changed at all, judged by its state. Pure; each result lists every problem.</summary>
internal static class Preflight
{
    /// <summary>The size of a boot entry without kernel and initrd.</summary>
    private const long BootEntryBytes = 1 << 20;

    /// <summary>What blocks every deployment: no systemd, no Nix, or a lock.</summary>
    public static ImmutableArray<Problem> Obstacles(HostState state, Host host) => [.. new[] { Obstacle(state, host), Lock(state, host) }.OfType<Problem>()];

    /// <summary>What blocks a deployment now: services that are down, and too little space. The host was asked with its critical services as units.</summary>
    public static ImmutableArray<Problem> Validation(HostState state, Host host, PreflightNeeds needs)
    {
        // After an interrupted activation services may be down because of it, and deploying again is the repair.
        var services = state.Transaction is { Unguarded: true } ? null : CriticalServices(state, host);
        return [.. new[] { services, Store(state, host, needs), Boot(state, host, needs) }.OfType<Problem>()];
    }

    /// <summary>A warning when the host's clock differs too much; <see langword="null"/> otherwise.</summary>
    /// <remarks>It does not block: a deployment does not depend on the host's clock, and may be what corrects it.</remarks>
    public static string? Clock(HostState state, Host host, DateTimeOffset asked, DateTimeOffset answered, TimeSpan most)
    {
        // The host reports whole seconds, at some moment between request and answer.
        var behind = asked - (state.Clock + TimeSpan.FromSeconds(1));
        var ahead = state.Clock - answered;
        return behind > most ? Sentence(behind, "behind")
            : ahead > most ? Sentence(ahead, "ahead of")
            : null;

        string Sentence(TimeSpan off, string where) =>
            $"{host.Name}: its clock is {Duration.Of(off)} {where} this machine's (at most {Duration.Of(most)} is normal): certificates may fail and log times are wrong; check the host's time synchronisation.";
    }

    private static Problem? Obstacle(HostState state, Host host) => state.Obstacles.IsEmpty ? null
        : new("ND0810", $"{host.Name}: nothing can be deployed to this host: {string.Join("; ", state.Obstacles)}.");

    private static Problem? Lock(HostState state, Host host) => state.Lock is not { } held ? null
        : new("ND0811", $"{host.Name}: it is locked by {held.Describe(state.Clock)}; wait for it with --wait-lock=SECONDS{(held.Guarded ? "" : ", or break it with --break-lock when it is orphaned")}.");

    /// <summary>A service that the host does not have yet comes with the new system, and is checked after the activation.</summary>
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

    /// <summary>A full store blocks even when the bytes to copy are unknown: every deployment writes something.</summary>
    private static Problem? Store(HostState state, Host host, PreflightNeeds needs) => state.StoreFreeBytes > needs.StoreBytes + needs.ReserveBytes ? null
        : new("ND0813", $"{host.Name}: /nix/store has {Bytes.Of(state.StoreFreeBytes)} free; {Bytes.Of(needs.StoreBytes)} to copy and {Bytes.Of(needs.ReserveBytes)} in reserve (disk-reserve) need more.")
        {
            Command = RepairCommand.AsRoot(host, ["nix-collect-garbage", "--delete-older-than", "30d"]),
        };

    private static Problem? Boot(HostState state, Host host, PreflightNeeds needs) => state.BootFreeBytes is not { } free || free >= needs.BootBytes + BootEntryBytes ? null
        : new("ND0814", $"{host.Name}: /boot has {Bytes.Of(free)} free; the new system's boot entry needs {Bytes.Of(needs.BootBytes + BootEntryBytes)}: remove old generations, or set boot.loader.systemd-boot.configurationLimit.");
}
