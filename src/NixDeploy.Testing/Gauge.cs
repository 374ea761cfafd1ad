namespace NixDeploy.Testing;

/// <summary>Counts what runs at once.</summary>
public sealed class Gauge
{
    private readonly Lock gate = new();

    /// <summary>How many run now.</summary>
    public int Current { get; private set; }

    /// <summary>The most that ran at once.</summary>
    public int Max { get; private set; }

    /// <summary>How many started in all.</summary>
    public int Total { get; private set; }

    internal void Enter()
    {
        lock (gate)
        {
            Total++;
            Max = Math.Max(Max, ++Current);
        }
    }

    internal void Leave()
    {
        lock (gate)
        {
            Current--;
        }
    }
}
