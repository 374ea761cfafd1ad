namespace NixDeploy.Topology;

/// <summary>Edges between numbered things: for each, the numbers that it leads to.</summary>
internal static class Edges
{
    /// <summary>The same edges from their other ends, in ascending order.</summary>
    public static int[][] Backwards(int[][] edges)
    {
        var counts = new int[edges.Length];
        foreach (var to in edges.SelectMany(e => e))
        {
            counts[to]++;
        }

        var backwards = Array.ConvertAll(counts, c => c == 0 ? [] : new int[c]);
        for (var from = edges.Length - 1; from >= 0; from--)
        {
            foreach (var to in edges[from])
            {
                backwards[to][--counts[to]] = from;
            }
        }

        return backwards;
    }
}
