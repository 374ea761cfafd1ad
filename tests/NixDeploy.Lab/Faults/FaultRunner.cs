using System.Collections.Concurrent;

namespace NixDeploy.Labs.Faults;

/// <summary>Lets faults happen to hosts of a lab, side by side, and finds out how each has ended.</summary>
/// <param name="lab">The lab.</param>
/// <param name="ended">Called with the result of each fault, one at a time.</param>
public sealed class FaultRunner(Lab lab, Action<FaultOutcome> ended)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    private readonly TimeProvider time = TimeProvider.System;
    private readonly Lock telling = new();

    // Hosts that came whole out of a fault, on their old system, need no reset before the next.
    private readonly ConcurrentDictionary<LabHost, bool> fresh = new();

    /// <summary>Runs each fault so often as it is asked for.</summary>
    /// <param name="faults">The faults.</param>
    /// <param name="times">How often each is run.</param>
    /// <param name="ct">Cancels the faults; the hosts stay as they are.</param>
    /// <returns>How each has ended, in the order of their ends.</returns>
    public async Task<IReadOnlyList<FaultOutcome>> RunAsync(IEnumerable<Fault> faults, Func<Fault, int> times, CancellationToken ct)
    {
        // In rounds, so that whoever ends it early has seen something of each; those that take many hosts first, for they wait longest for them.
        var queue = faults.SelectMany(fault => Enumerable.Range(0, times(fault)).Select(round => (Round: round, Fault: fault)))
            .OrderBy(run => run.Round).ThenByDescending(run => run.Fault.Hosts).Select(run => run.Fault).ToList();
        var pool = new HostPool(lab.Hosts);
        var outcomes = new ConcurrentQueue<FaultOutcome>();
        await Task.WhenAll(queue.Select(async fault =>
        {
            var hosts = await pool.TakeAsync(fault.Hosts, ct);
            var outcome = await RunAsync(fault, hosts, ct);
            pool.Return(hosts);
            outcomes.Enqueue(outcome);
            lock (telling)
            {
                ended(outcome);
            }
        }));
        return [.. outcomes];
    }

    private async Task<FaultOutcome> RunAsync(Fault fault, IReadOnlyList<LabHost> hosts, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Patience);
        var folder = Directory.CreateTempSubdirectory("nixdeploy-fault-").FullName;
        var findings = new List<string>();
        var end = "was not begun";
        var start = time.GetTimestamp();
        try
        {
            await Task.WhenAll(hosts.Select(host => fresh.TryRemove(host, out _) ? Task.CompletedTask : host.ResetAsync(deadline.Token)));
            var scene = new FaultScene(fault, lab, hosts, folder, deadline.Token);
            var before = await Task.WhenAll(hosts.Select(host => HostWholeness.LookAsync(host, deadline.Token)));
            start = time.GetTimestamp();
            end = "did not end";
            await ActAsync(scene, findings);
            await Task.WhenAll(hosts.Select(host => HostWholeness.SettleAsync(host, deadline.Token)));
            var seconds = time.GetElapsedTime(start).TotalSeconds;
            var judgement = new FaultJudgement(scene, before);
            end = await judgement.JudgeAsync();
            findings.AddRange(scene.Findings);
            foreach (var host in judgement.Back.Where(_ => findings.Count == 0))
            {
                fresh[host] = true;
            }

            return new FaultOutcome(fault, [.. hosts.Select(host => host.Name)], end, seconds, findings);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            findings.Add(failure is OperationCanceledException ? $"It did not end within {Patience.TotalMinutes:0} min." : failure.ToString());
            return new FaultOutcome(fault, [.. hosts.Select(host => host.Name)], end, time.GetElapsedTime(start).TotalSeconds, findings);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>An exception of the fault is a finding too; the hosts are still judged.</summary>
    private static async Task ActAsync(FaultScene scene, List<string> findings)
    {
        try
        {
            await scene.Fault.Act(scene);
        }
        catch (Exception failure) when (failure is TimeoutException or InvalidOperationException or LabCommandException or NixDeployException)
        {
            findings.Add($"The fault did not go as it should: {failure.Message}");
        }
    }
}
