using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.Hosts;

namespace NixDeploy.Health;

/// <summary>Whether a host may be touched at all, judged by what it says of itself.</summary>
public static class Preflight
{
    /// <summary>The first thing that stands in the way, or <see langword="null"/>.</summary>
    /// <param name="state">What the host says; asked with its critical services as units.</param>
    /// <param name="host">The host.</param>
    /// <param name="run">The run that wants to deploy; its own lock is no obstacle.</param>
    /// <param name="bytesToCopy">What is going to be copied, as far as it is known.</param>
    /// <param name="reserveBytes">What must stay free besides.</param>
    /// <param name="breakLock">Whether a lock of another run is going to be broken.</param>
    public static Problem? Check(HostState state, Host host, string run, long bytesToCopy = 0, long reserveBytes = 0, bool breakLock = false)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(host);
        return Obstacles(state, host)
            ?? (breakLock ? null : Lock(state, host, run))
            ?? CriticalServices(state, host)
            ?? Space(state, host, bytesToCopy, reserveBytes);
    }

    private static Problem? Obstacles(HostState state, Host host) => state.Obstacles.IsEmpty ? null
        : new("ND0810", $"{host.Name}: nothing can be deployed to this host: {string.Join("; ", state.Obstacles)}.");

    private static Problem? Lock(HostState state, Host host, string run) => state.Lock is not { } held || held.Run == run ? null
        : new("ND0811", $"{host.Name}: it is locked by {held.Describe(state.Clock)}; wait for it with --wait-lock=SECONDS{(held.Guarded ? "" : ", or break it with --break-lock when that controller is gone")}.");

    private static Problem? CriticalServices(HostState state, Host host)
    {
        var down = host.CriticalServices
            .Select(UnitName.Full)
            .Select(name => (Name: name, State: state.Units.FirstOrDefault(u => u.Unit == name)))
            .Where(u => u.State is not { Active: "active" or "reloading" })
            .Select(u => $"{u.Name} ({(u.State is null ? "not asked" : u.State.Load == "not-found" ? "not found" : u.State.Active)})")
            .ToList();
        return down.Count == 0 ? null
            : new("ND0812", $"{host.Name}: before anything was deployed, {(down.Count == 1 ? "a critical service is" : "critical services are")} not active: {string.Join(", ", down)}.");
    }

    /// <summary>A full store is an obstacle even when it is not known what will be copied: every deployment writes something.</summary>
    private static Problem? Space(HostState state, Host host, long bytesToCopy, long reserveBytes) => state.StoreFreeBytes > bytesToCopy + reserveBytes ? null
        : new("ND0813", $"{host.Name}: /nix/store has {MebiBytes(state.StoreFreeBytes)} free; {MebiBytes(bytesToCopy)} to copy and {MebiBytes(reserveBytes)} in reserve need more.");

    private static string MebiBytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB");
}
