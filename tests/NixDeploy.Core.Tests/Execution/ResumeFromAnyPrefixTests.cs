using System.Globalization;
using NixDeploy.Events;

namespace NixDeploy.Tests.Execution;

/// <summary>
/// A process may end at any event, and hosts go on meanwhile: another process carries the run on from its log alone, and every host ends whole.
/// NIXDEPLOY_RESUME_RUNS says how many random runs are cut at every one of their events.
/// </summary>
[TestFixture]
internal sealed class ResumeFromAnyPrefixTests
{
    private static readonly int Runs = int.TryParse(Environment.GetEnvironmentVariable("NIXDEPLOY_RESUME_RUNS"), CultureInfo.InvariantCulture, out var runs) ? runs : 6;

    /// <summary>Nobody comes back for so long: at once, within the guard's time, or after it.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.Zero, TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(10)];

    [Test]
    public void Every_host_ends_whole_and_as_the_journal_says()
    {
        var (prefixes, wrong) = (0, new List<string>());
        for (var seed = 0; seed < Runs; seed++)
        {
            var whole = new ResumedRun(seed);
            wrong.AddRange(Check(whole, whole.Carry()).Select(w => $"run {seed}, not cut: {w}"));
            for (var cut = 1; cut < whole.Events.Length; cut++)
            {
                foreach (var late in new[] { false, true })
                {
                    var run = new ResumedRun(seed);
                    run.Carry(cut, late);
                    run.Wait(Pauses[(cut + (late ? 1 : 0)) % Pauses.Length]);
                    prefixes++;
                    wrong.AddRange(Describe(run, seed, cut, late));
                }
            }
        }

        TestContext.Out.WriteLine($"{Runs} runs were carried on from {prefixes} prefixes; {wrong.Count} went wrong");
        Assert.That(wrong, Is.Empty, string.Join('\n', wrong.Take(20)));
    }

    private static IEnumerable<string> Describe(ResumedRun run, int seed, int cut, bool late)
    {
        var before = run.Events.Length;
        string[] found;
        try
        {
            found = [.. Check(run, run.Carry())];
        }
        catch (Exception e)
        {
            found = [e.ToString()];
        }

        return found.Select(w =>
            $"run {seed}, cut {(late ? "before the event after" : "at")} {cut}: {w}\n    {string.Join("\n    ", run.Events.Select((e, i) => $"{(i == before ? "-- " : "")}{e.At:mm:ss} {Text(e.Event)}"))}");
    }

    private static string Text(DeploymentEvent happened) => happened is RunStarted ? "RunStarted" : happened.ToString();

    private static IEnumerable<string> Check(ResumedRun run, RunState state)
    {
        var plans = run.Plan.Hosts.ToDictionary(h => h.Host);
        foreach (var host in state.Hosts.Values.Where(h => plans.ContainsKey(h.Host)))
        {
            var (plan, machine) = (plans[host.Host], run.Simulated[host.Host.Value]);
            var runs = machine.CurrentSystem == plan.To ? "new" : machine.CurrentSystem == plan.From.System ? "old" : "other";
            var boots = machine.BootDefault == plan.To ? "new" : machine.BootDefault == plan.From.System ? "old" : "other";
            var expected = host.Status switch
            {
                HostStatus.Deployed when host.UntilNextBoot => "new old",
                HostStatus.Deployed when host.AtNextBoot => "old new",
                HostStatus.Deployed => "new new",
                HostStatus.NeedsReboot when host.Generation > 1 || !plan.AutoRollback => $"{runs} new",
                HostStatus.RollbackFailed when host.Left => $"new {boots}",
                HostStatus.RollbackFailed or HostStatus.Unknown when run.IsFaulty => $"{runs} {boots}",
                HostStatus.RollbackFailed or HostStatus.Unknown => $"no {host.Status}",
                _ => "old old",
            };
            if (!host.Ended)
            {
                yield return $"{host.Host} is {host.Status}, which is no end";
            }

            if ($"{runs} {boots}" != expected)
            {
                yield return $"{host.Host} is {host.Status} ({host.Problem}), so that it should run and boot {expected}, and it does {runs} {boots}";
            }

            if (machine.Lock is { } held && !run.IsFaulty)
            {
                yield return $"{host.Host} is {host.Status} and locked by {held}";
            }

            if (machine.Transaction is { Done: false } open)
            {
                yield return $"{host.Host} is {host.Status}, and its transaction is {open.Phase}";
            }

            if (machine.Activated.Count(s => s == plan.To) > 1 || machine.Activated.Length > 3)
            {
                yield return $"{host.Host} was activated {machine.Activated.Length} times: {string.Join(", ", machine.Activated.Select(s => s.Name))}";
            }
        }
    }
}
