using NixDeploy.Fleets;

namespace NixDeploy.Planning.Strategies;

/// <summary>A few hosts first, watched for a while; then the others, all at once or in growing waves.</summary>
internal sealed class CanaryStrategy : IDeploymentStrategy
{
    public string Name => "canary";

    public PlanShape Shape(StrategyInput input)
    {
        if (input.Hosts.IsEmpty)
        {
            return new PlanShape([], ["Nothing that can be deployed has changed."]);
        }

        if (input.Settings.Canary.Tag is { } tag && CanaryOrder.MissingCanary(input, tag) is { } missing)
        {
            var why = missing.Host is null
                ? $"no other host carries the tag {tag}, and {missing.Name}, whose tags are not known,"
                : $"{missing.Name}, which is to go first (the tag {tag} says so),";
            var cannot = input.Absent.Any(a => a.Name == missing.Name) ? "cannot be reached" : "cannot be deployed";
            return new PlanShape([], [$"No host is started because {why} {cannot}."]) { HeldUpBy = missing.Name };
        }

        if (input.Settings.Canary.Tag is { } passed && CanaryOrder.IsPassed(input, passed))
        {
            return Shape(CanaryOrder.WithoutTag(input)) with { Warnings = [$"Every host that carries the canary's tag {Text.Quote(passed)} runs its system already; another one was chosen."] };
        }

        var order = CanaryOrder.Of(input);
        var stages = Waves.Stages(order, input);
        return stages.Length == 1
            ? new PlanShape(stages, ["All changed hosts are canaries: no other host waits for them."])
            : new PlanShape(stages, [Reason(input, stages)]);
    }

    /// <summary>Who goes first, and why these.</summary>
    internal static string Reason(StrategyInput input, IReadOnlyList<Stage> stages)
    {
        var canaries = stages[0].Hosts;
        var names = canaries.Length <= 5 ? string.Join(", ", canaries) : $"{canaries.Length} hosts";
        var verb = canaries.Length == 1 ? "goes" : "go";
        var why = input.Settings.Canary.Tag is { } tag
            ? $"the tag {tag} says so{(canaries.All(c => input.Hosts.First(h => h.Name == c).Change.Host.Tags.Contains(tag)) ? "" : " (with what they depend on)")}"
            : "low risk, no dependencies to wait for, and the most common change";
        var watched = stages[0].Bake is { } bake ? $" and {(canaries.Length == 1 ? "is" : "are")} watched for {bake.TotalSeconds:0.#} s" : "";
        return $"{names} {verb} first ({why}){watched}; then {Others(stages)}.";
    }

    private static string Others(IReadOnlyList<Stage> stages) => stages.Count == 2
        ? $"the other {(stages[1].Hosts.Length == 1 ? "host" : $"{stages[1].Hosts.Length} hosts")}"
        : $"waves of {string.Join(", ", stages.Skip(1).Select(s => s.Hosts.Length))}";
}
