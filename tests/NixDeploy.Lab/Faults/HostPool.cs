namespace NixDeploy.Labs.Faults;

/// <summary>The free hosts. Requests are served in order, each with all of its hosts at once.</summary>
internal sealed class HostPool(IEnumerable<LabHost> hosts)
{
    private readonly Lock gate = new();
    private readonly Stack<LabHost> free = new(hosts);
    private readonly Queue<(int Count, TaskCompletionSource<IReadOnlyList<LabHost>> Taken)> waiting = new();

    public Task<IReadOnlyList<LabHost>> TakeAsync(int count, CancellationToken ct)
    {
        var taken = new TaskCompletionSource<IReadOnlyList<LabHost>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting.Enqueue((count, taken));
            Serve();
        }

        return taken.Task.WaitAsync(ct);
    }

    public void Return(IEnumerable<LabHost> used)
    {
        lock (gate)
        {
            foreach (var host in used)
            {
                free.Push(host);
            }

            Serve();
        }
    }

    private void Serve()
    {
        while (waiting.TryPeek(out var first) && first.Count <= free.Count)
        {
            waiting.Dequeue();
            first.Taken.SetResult([.. Enumerable.Range(0, first.Count).Select(_ => free.Pop())]);
        }
    }
}
