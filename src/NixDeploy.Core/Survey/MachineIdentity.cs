using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Nix;

namespace NixDeploy.Survey;

/// <summary>Whether the machine that answers for a host is the one that is meant. Pure. Local and simulated hosts are what they are.</summary>
/// <param name="fleet">The fleet.</param>
/// <param name="known">The machine-ids of earlier runs.</param>
/// <param name="accepted">The hosts whose machine a person has accepted.</param>
internal sealed class MachineIdentity(LoadedFleet fleet, ImmutableDictionary<HostName, string> known, ImmutableArray<HostName> accepted)
{
    private readonly ILookup<StorePath, HostName> systems = fleet.Systems.ToLookup(s => s.Value.Toplevel, s => s.Key);
    private readonly ILookup<string, HostName> hostsOfMachines = known.ToLookup(k => k.Value, k => k.Key);
    private readonly ILookup<(string Host, int Port), HostName> addresses = fleet.Fleet.Hosts.Values.Where(IsRemote).ToLookup(AddressOf, h => h.Name);

    /// <summary>The inspections, where every answer of a wrong machine is a problem.</summary>
    public ImmutableArray<HostInspection> Verify(ImmutableArray<HostInspection> inspections)
    {
        var machines = inspections
            .Where(i => IsRemote(i.Host) && i.State is { MachineId.Length: > 0, BootId.Length: > 0 })
            .ToLookup(i => (i.State!.MachineId, i.State.BootId, i.State.HostName), i => i.Host.Name);
        return [.. inspections.Select(i => IsRemote(i.Host) && !accepted.Contains(i.Host.Name) && Wrong(i, machines) is { } problem ? i with { State = null, Problem = problem } : i)];
    }

    /// <summary>A sentence for each host whose machine-id alone has changed.</summary>
    public IEnumerable<string> Changes(IEnumerable<HostInspection> inspections) => inspections
        .Where(i => i.State is { } state && IsRemote(i.Host) && !accepted.Contains(i.Host.Name) && HasChanged(i.Host.Name, state))
        .Select(i => $"{i.Host.Name}: its machine-id has changed since the last run; its host key and its name have not. machine-id = \"strict\" refuses such a host.");

    private Problem? Wrong(HostInspection inspection, ILookup<(string, string, string), HostName> machines)
    {
        var name = inspection.Host.Name;
        if (addresses[AddressOf(inspection.Host)].FirstOrDefault(h => h != name) is { Value.Length: > 0 } twin)
        {
            return new Problem("ND0820", $"{name} and {twin} have the same address, {AddressOf(inspection.Host).Host}: two hosts cannot be one machine. Correct target.host or target.port of one of them.");
        }

        if (inspection.State is not { } state)
        {
            return null;
        }

        if (NameOf(state) is { } other && other != name && other != TargetNameOf(name))
        {
            return new Problem("ND0821", $"The machine that answers for {name} calls itself {state.HostName}, which is another host of this fleet; it runs {state.CurrentSystem?.Name ?? "no system"}. Nothing was changed on it. Correct {name}'s target.host, or accept it with --accept-machine={name}.");
        }

        if (SystemOf(name, state) is { } owner)
        {
            return new Problem("ND0821", $"The machine that answers for {name} runs the system of {owner}, {state.CurrentSystem}. Nothing was changed on it. Correct {name}'s target.host, or accept it with --accept-machine={name}.");
        }

        var others = machines[(state.MachineId, state.BootId, state.HostName)].Where(h => h != name).ToList();
        if (others.Count > 0 && NameOf(state) != name)
        {
            return new Problem("ND0820", $"{name} and {HostList.Few([.. others])} are one machine: both names lead to machine-id {state.MachineId}. Correct target.host of one of them.");
        }

        var before = hostsOfMachines[state.MachineId].Where(fleet.Fleet.Hosts.ContainsKey).ToList();
        if (before.Count > 0 && !before.Contains(name))
        {
            return new Problem("ND0822", $"The machine that answers for {name} was {HostList.Few([.. before])} in an earlier run (machine-id {state.MachineId}). Nothing was changed on it. Correct {name}'s target.host, or accept it with --accept-machine={name}.");
        }

        return HasChanged(name, state) && (inspection.Host.MachineId ?? fleet.Fleet.Settings.MachineId) == MachineIdPolicy.Strict
            ? new Problem("ND0823", $"The machine-id of {name} has changed since the last run, and machine-id is \"strict\". Nothing was changed on it. Accept it with --accept-machine={name}.")
            : null;
    }

    /// <summary>The host of the fleet whose name the machine has, with or without its domain.</summary>
    private HostName? NameOf(HostState state) => new[] { state.HostName, state.HostName.Split('.')[0] }
        .Select(text => HostName.TryParse(text, out var name) && fleet.Fleet.Hosts.ContainsKey(name) ? name : (HostName?)null)
        .FirstOrDefault(name => name is not null);

    /// <summary>The host whose system the machine runs, where that is another one's.</summary>
    private HostName? SystemOf(HostName host, HostState state)
    {
        if (state.CurrentSystem is not { } running || fleet.Systems.GetValueOrDefault(host)?.Toplevel == running)
        {
            return null;
        }

        var owners = systems[running].Append(NamedBy(running) ?? host).ToList();
        return owners.Contains(host) || owners.Contains(TargetNameOf(host) ?? host) ? null : owners[0];
    }

    /// <summary>The host in the name of the system that this host is to get, where that is another one's: a machine may have another name than its host in the fleet.</summary>
    private HostName? TargetNameOf(HostName host) => fleet.Systems.GetValueOrDefault(host)?.Toplevel is { } target && NamedBy(target) is { } named && named != host ? named : null;

    /// <summary>The host of the fleet in the name of a system: NixOS calls it <c>nixos-system-NAME-VERSION</c>.</summary>
    private HostName? NamedBy(StorePath system)
    {
        const string Prefix = "nixos-system-";
        var rest = system.Name.StartsWith(Prefix, StringComparison.Ordinal) ? system.Name[Prefix.Length..] : "";
        for (var end = rest.LastIndexOf('-'); end > 0; end = rest.LastIndexOf('-', end - 1))
        {
            if (HostName.TryParse(rest[..end], out var name) && fleet.Fleet.Hosts.ContainsKey(name))
            {
                return name;
            }
        }

        return null;
    }

    private bool HasChanged(HostName host, HostState state) => known.TryGetValue(host, out var before) && state.MachineId.Length > 0 && before != state.MachineId;

    private static bool IsRemote(Host host) => !host.Target.IsSimulated && host.Target.Transport != "local";

    private static (string Host, int Port) AddressOf(Host host) => ((host.Target.Host ?? host.Name.Value).ToLowerInvariant(), host.Target.Port ?? 22);
}
