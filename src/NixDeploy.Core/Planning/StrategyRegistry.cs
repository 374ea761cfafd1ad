using NixDeploy.Fleets;
using NixDeploy.Planning.Strategies;

namespace NixDeploy.Planning;

/// <summary>The strategies by name: ours, and those that a library user has registered.</summary>
/// <param name="registered">Strategies of the user; one of the same name as ours takes its place.</param>
internal sealed class StrategyRegistry(IEnumerable<IDeploymentStrategy> registered)
{
    private readonly Dictionary<string, IDeploymentStrategy> strategies = new IDeploymentStrategy[]
        {
            new SmartStrategy(), new ParallelStrategy(), new SequentialStrategy("sequential"), new SequentialStrategy("rolling"),
            new CanaryStrategy(), new BlueGreenStrategy(),
        }
        .Concat(registered)
        .GroupBy(s => s.Name, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);

    /// <summary>Every name.</summary>
    public IEnumerable<string> Names => strategies.Keys.Order(StringComparer.Ordinal);

    /// <summary>The strategy of this name.</summary>
    /// <exception cref="UsageException"><c>ND0240</c>: there is none.</exception>
    public IDeploymentStrategy Find(string name) => strategies.TryGetValue(name, out var strategy)
        ? strategy
        : throw new UsageException("ND0240",
            $"There is no strategy {Text.Quote(name)}{Text.DidYouMean(name, Names)}; the strategies are {string.Join(", ", Names)}.");
}
