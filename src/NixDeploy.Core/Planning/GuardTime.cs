using System.Globalization;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>How long a host's guard waits for a verdict, and how long the checks take that lead to one.</summary>
/// <param name="Host">The host.</param>
/// <param name="Window">How long its checks must keep passing; zero without checks.</param>
/// <param name="Slowest">How long it may take until all have passed for the first time.</param>
/// <param name="Override">What the fleet says (<c>guard-timeout</c>); <see langword="null"/>: long enough for the checks.</param>
internal sealed record GuardTime(HostName Host, TimeSpan Window, TimeSpan Slowest, TimeSpan? Override)
{
    /// <summary>How long a copy-free activation may take before the guard steps in; NixOS activations take seconds to minutes.</summary>
    private static readonly TimeSpan ActivationAllowance = TimeSpan.FromMinutes(3);

    /// <summary>Checks wait for each other's looks, but many that all take their whole time and pass all the same are not to be expected.</summary>
    private static readonly TimeSpan MostWaiting = TimeSpan.FromMinutes(10);

    private const int MostNamed = 10;

    /// <summary>The setting is the fleet's, so hosts differ in their checks only: a reader needs no more kinds than this.</summary>
    private const int MostKinds = 5;

    /// <summary>How long the guard waits.</summary>
    public TimeSpan Value => Override ?? ActivationAllowance + Slowest + Window;

    /// <summary>A shorter one than the window is renewed while the checks are watched: it waits for word from the controller, not for the end.</summary>
    private bool MayBeTooShort => Override > Window && Override < Slowest + Window;

    /// <summary>The time of a host that is guarded.</summary>
    /// <param name="host">The host.</param>
    /// <param name="settings">The fleet's settings.</param>
    /// <param name="window">How long its checks must keep passing.</param>
    public static GuardTime Of(Host host, FleetSettings settings, TimeSpan window)
    {
        var startUp = host.HealthStartUp ?? settings.HealthStartUp ?? TimeSpan.Zero;

        // They are looked at one after the other; units and the load are answered together, and at once.
        var looks = TimeSpan.Zero;
        foreach (var check in host.AllChecks.Where(c => c is not (HealthCheck.Service or HealthCheck.Baseline)))
        {
            looks += Timeout(check);
        }

        // Within the start-up failed units do not count, on a host without checks too; they are looked at behind all checks.
        var slowest = host.AllChecks.Select(Slow).Append(startUp + Waiting(looks)).Max();
        return new GuardTime(host.Name, window, slowest, settings.GuardTimeout);

        TimeSpan Slow(HealthCheck check)
        {
            var timeout = Timeout(check);
            var up = check.StartUp ?? startUp;
            return (up > timeout ? up : timeout) + Waiting(check is HealthCheck.Service or HealthCheck.Baseline ? looks : looks - timeout);
        }

        TimeSpan Timeout(HealthCheck check) => check.Timeout ?? host.HealthCheckTimeout ?? settings.HealthCheckTimeout;

        static TimeSpan Waiting(TimeSpan looks) => looks < MostWaiting ? looks : MostWaiting;
    }

    /// <summary>What people should know of guards that are long enough for checks that pass early, and too short for others.</summary>
    public static IEnumerable<string> Warnings(IEnumerable<GuardTime> guards) => Sentences(
        guards.Where(g => g.MayBeTooShort),
        g => $"guard-timeout is {In(g.Value)}, but the checks may take {In(g.Slowest)} to pass for the first time"
            + (g.Window > TimeSpan.Zero ? $", and must then keep passing for {In(g.Window)} (health-window)" : "")
            + $": a system that comes up late is rolled back although it is good. Set it above {In(g.Slowest + g.Window)}, or remove it.");

    /// <summary>A sentence for each kind, with the first hosts of it.</summary>
    private static List<string> Sentences(IEnumerable<GuardTime> guards, Func<GuardTime, string> sentence)
    {
        var kinds = guards.GroupBy(g => g with { Host = default }).Select(g => (Guard: g.Key, Hosts: g.Select(o => o.Host).ToList())).ToList();
        var said = kinds.Take(MostKinds).Select(k => $"{HostList.Few(k.Hosts, MostNamed)}: {sentence(k.Guard)}").ToList();
        if (kinds.Count > MostKinds)
        {
            var others = kinds.Skip(MostKinds).Sum(k => k.Hosts.Count);
            said.Add($"The same holds for {others} more {(others == 1 ? "host" : "hosts")} with other checks.");
        }

        return said;
    }

    private static string In(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
