using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>What a mode leaves of stages and their gates: no trial, bake or approval is planned that cannot take place.</summary>
internal sealed class ModeGates(StrategyInput input)
{
    /// <summary>In mode boot these run their new system within the run.</summary>
    private readonly HashSet<HostName> rebooted = input.Mode == ActivationMode.Boot ? [.. input.Hosts.Where(h => h.Reboots).Select(h => h.Name)] : [];

    /// <summary>Whether hosts run their new system as soon as they are deployed.</summary>
    public static bool Activates(ActivationMode mode) => mode is ActivationMode.Switch or ActivationMode.Test;

    /// <summary>Whether some of the hosts run their new system once they are deployed, so that there is something to watch.</summary>
    public bool Watches(IEnumerable<HostName> hosts) => Activates(input.Mode) || hosts.Any(rebooted.Contains);

    /// <summary>Whether there is anything to approve: not where nothing is changed.</summary>
    public bool Asks => input.Mode != ActivationMode.DryActivate;

    /// <summary>The stages as the mode has them.</summary>
    public IEnumerable<Stage> Of(IEnumerable<Stage> stages) => stages
        .Where(s => Activates(input.Mode) || s.To != Milestone.Healthy)
        .Select(s => s.After.IsEmpty ? s : s with { After = [.. s.After.Where(g => g is Gate.Bake ? Watches(s.Hosts) : Asks)] });
}
