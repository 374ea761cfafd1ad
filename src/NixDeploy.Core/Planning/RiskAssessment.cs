using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>Judges what may go wrong, by what changes, by who watches, and by how it went before.</summary>
internal static class RiskAssessment
{
    /// <summary>From so many hosts on, "all at once" is a thing to say.</summary>
    private const int Many = 10;

    private const int MostNamed = 5;

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> ReachUnits = FrozenSet.Create(StringComparer.Ordinal,
        ["sshd", "ssh", "network", "systemd-networkd", "NetworkManager", "dhcpcd", "firewall", "nftables", "iptables", "wpa_supplicant", "iwd", "wireguard", "wg-quick", "tailscaled"]).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly SearchValues<char> NameEnds = SearchValues.Create(".-@");

    private static readonly string[] ReachFiles = ["ssh/", "systemd/network/", "NetworkManager/", "nftables", "dhcpcd.conf", "resolv.conf", "wireguard/"];

    private static readonly string[] BootLoaders = ["grub", "systemd-boot", "lanzaboote", "refind", "limine"];

    /// <summary>The risk of one host: one grave thing or two that deserve a look make it high.</summary>
    public static Risk OfHost(HostChange change, bool guarded, DurationHistory history)
    {
        List<(RiskLevel Level, string Text)> factors = [.. change.Changes is { } changes ? OfChanges(changes) : []];
        void Add(bool applies, string text)
        {
            if (applies)
            {
                factors.Add((RiskLevel.Medium, text));
            }
        }

        Add(!guarded, "no guard rolls it back");
        Add(!change.HasEarlier, "there is no earlier generation to roll back to");
        Add(history.Hosts.GetValueOrDefault(change.Host.Name)?.LastFailed == true, "its last deployment failed");
        if (factors.Count == 0)
        {
            return Risk.Low;
        }

        var level = factors.Count(f => f.Level == RiskLevel.Medium) >= 2 ? RiskLevel.High : factors.Max(f => f.Level);
        return new Risk(level, [.. factors.OrderByDescending(f => f.Level).Select(f => f.Text)]);
    }

    /// <summary>The risk of a whole plan: that of its gravest host, and what only many hosts bring.</summary>
    public static Risk OfPlan(StrategyInput input, PlanShape shape, int limit)
    {
        var level = input.Hosts.Select(h => h.Risk.Level).DefaultIfEmpty(RiskLevel.Low).Max();
        var reasons = input.Hosts
            .SelectMany(h => h.Risk.Reasons.Select((text, rank) => (h.Name, h.Risk.Level, Text: text, Rank: rank)))
            .GroupBy(r => r.Text, StringComparer.Ordinal)
            .OrderByDescending(g => g.Max(r => r.Level)).ThenBy(g => g.Min(r => r.Rank)).ThenBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{HostList.Few([.. g.Select(r => r.Name).Order()], MostNamed)}: {g.Key}").ToList();

        if (!shape.KeepsDependencies && input.Hosts.Any(h => input.Waits.After(h.Name).Length > 0))
        {
            reasons.Add("hosts do not wait for those that they depend on");
            level = Max(level, RiskLevel.Medium);
        }

        if (shape.Stages is [{ MaxInFlight: null }] && input.Hosts.Length >= Many && limit * 2 >= input.Hosts.Length)
        {
            reasons.Add($"{Math.Min(limit, input.Hosts.Length)} of {input.Hosts.Length} hosts are activated at once, none of them first");
            level = Max(level, RiskLevel.Medium);
        }

        return new Risk(level, [.. reasons]);
    }

    private static IEnumerable<(RiskLevel Level, string Text)> OfChanges(SystemChanges changes)
    {
        if (Reach(changes) is { } reach)
        {
            yield return (RiskLevel.High, $"the way to the host changes ({reach})");
        }

        if (changes.Kernel is { } kernel)
        {
            yield return (RiskLevel.Medium, $"the kernel changes ({kernel.Before} → {kernel.After}), which shows at the next boot only");
        }
        else if (changes.Initrd)
        {
            yield return (RiskLevel.Medium, "the initrd changes, which shows at the next boot only");
        }

        if (changes.KernelParams is not null)
        {
            yield return (RiskLevel.Medium, "the kernel's parameters change, which shows at the next boot only");
        }

        if (changes.Packages.Any(p => BootLoaders.Contains(p.Name, StringComparer.Ordinal)))
        {
            yield return (RiskLevel.Medium, "the boot loader changes");
        }

        var dry = changes.DryActivation ?? new DryActivation();
        if (dry.FailedCheck.Length > 0)
        {
            yield return (RiskLevel.High, $"its own check before a switch fails: {dry.FailedCheck.Split('\n')[^1]}");
        }

        if (dry.RestartsSystemd || changes.Packages.Any(p => p.Name == "systemd"))
        {
            yield return (RiskLevel.Medium, dry.RestartsSystemd ? "systemd itself changes and is restarted" : "systemd itself changes");
        }

        if (!dry.SwapOff.IsEmpty)
        {
            yield return (RiskLevel.Medium, $"swap is turned off ({string.Join(", ", dry.SwapOff)}), and what is in it needs memory");
        }
    }

    private static string? Reach(SystemChanges changes) =>
        changes.Units.All.FirstOrDefault(IsReach) ?? changes.Etc.All.FirstOrDefault(f => Array.Exists(ReachFiles, r => f.StartsWith(r, StringComparison.Ordinal)));

    /// <summary>A name of the list, or one of its instances and parts: <c>sshd@.service</c>, <c>network-setup.service</c>.</summary>
    private static bool IsReach(string unit)
    {
        for (var end = unit.AsSpan().IndexOfAny(NameEnds); end >= 0;)
        {
            if (ReachUnits.Contains(unit.AsSpan(0, end)))
            {
                return true;
            }

            var next = unit.AsSpan(end + 1).IndexOfAny(NameEnds);
            end = next < 0 ? -1 : end + 1 + next;
        }

        return ReachUnits.Contains(unit);
    }

    private static RiskLevel Max(RiskLevel a, RiskLevel b) => a > b ? a : b;
}
