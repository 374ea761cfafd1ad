namespace NixDeploy.Testing;

/// <summary>Counts what goes on at once.</summary>
public sealed class Gauge
{
    private readonly Lock gate = new();

    /// <summary>How many go on now.</summary>
    public int Current { get; private set; }

    /// <summary>How many went on at most.</summary>
    public int Max { get; private set; }

    /// <summary>How many began in all.</summary>
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
