namespace Cake.Frosting.Compat.Tests.Support;

/// <summary>What happened in a run, in order.</summary>
internal sealed class Steps
{
    private readonly List<string> _names = [];

    public IReadOnlyList<string> Names => _names;

    public void Add(string name) => _names.Add(name);
}
