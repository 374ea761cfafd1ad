using System.Collections.Immutable;
using CsCheck;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;
using NixDeploy.Testing;
using NixDeploy.Tests.Journal;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Execution;

/// <summary>Whole runs in virtual time, with connections that break and hosts that lose their power at any step.</summary>
[TestFixture]
internal sealed class ExecutorFaultTests
{
    private static readonly HostStep[] Steps = [HostStep.Prepare, HostStep.Import, HostStep.Try, HostStep.Commit, HostStep.Restore, HostStep.Connect, HostStep.Inspect, HostStep.Units];

    private static readonly Gen<(int Host, HostStep Step, SimulatedFault Fault, int Occurrence)[]> Faults =
        (from host in Gen.Int[0, 3]
         from step in Gen.OneOf(Steps.Select(s => Gen.Const(s)).ToArray())
         from fault in Gen.Enum<SimulatedFault>()
         from occurrence in Gen.Int[1, 3]
         select (host, step, fault, occurrence)).Array[1, 3];

    /// <summary>Now and then one fails, and all are rolled back.</summary>
    [Test]
    public void What_the_journal_says_of_a_host_is_what_the_host_runs() => Faults.Select(Gen.Bool).Sample(
        (faults, fails) =>
        {
            var (state, fleet) = Deploy(faults, fails);
            foreach (var host in state.Hosts.Values)
            {
                var running = fleet[host.Host.Value].CurrentSystem;
                Assert.That(host.Ended, Is.True, $"{host.Host} is {host.Status}");
                switch (host.Status)
                {
                    case HostStatus.Deployed:
                        Assert.That(running, Is.EqualTo(host.To));
                        break;
                    case HostStatus.RolledBack or HostStatus.Failed or HostStatus.Blocked or HostStatus.Cancelled:
                        Assert.That(running, Is.EqualTo(host.From.System), $"{host.Host} is {host.Status}");
                        break;
                    case HostStatus.RollbackFailed when host.Problem!.Code == "ND0609":
                        Assert.That(running, Is.EqualTo(host.To), $"{host.Host}: {host.Problem}");
                        break;
                    case HostStatus.RollbackFailed or HostStatus.Unknown:
                        break;
                    default:
                        Assert.Fail($"{host.Host} is {host.Status}");
                        break;
                }
            }
        },
        iter: 300);

    [Test]
    public void A_connection_that_breaks_before_the_try_began_is_made_once_more_and_costs_seconds()
    {
        var (once, _) = Deploy([(0, HostStep.Try, SimulatedFault.LoseConnection, 1)]);
        var (twice, fleet) = Deploy([(0, HostStep.Try, SimulatedFault.LoseConnection, 1), (0, HostStep.Try, SimulatedFault.LoseConnection, 2)]);
        Assert.Multiple(() =>
        {
            Assert.That(once.Hosts[HostName.Parse("host0")].Status, Is.EqualTo(HostStatus.Deployed));
            Assert.That(once.Failures, Is.Zero);
            Assert.That(twice.Hosts[HostName.Parse("host0")].Status, Is.EqualTo(HostStatus.RolledBack));
            Assert.That(twice.Elapsed, Is.LessThan(TimeSpan.FromMinutes(1)));
            Assert.That(fleet["host0"].Lock, Is.Null, "the lock is given back");
        });
    }

    [Test]
    public void A_lost_answer_to_a_commit_is_asked_for_again()
    {
        var (state, _) = Deploy([(0, HostStep.Commit, SimulatedFault.LoseAnswer, 1)]);
        Assert.That(state.Hosts[HostName.Parse("host0")].Status, Is.EqualTo(HostStatus.Deployed));
    }

    [TestCase(HostStep.Try, SimulatedFault.LoseAnswer)]
    [TestCase(HostStep.Try, SimulatedFault.LoseConnection)]
    [TestCase(HostStep.Commit, SimulatedFault.LoseAnswer)]
    [TestCase(HostStep.Commit, SimulatedFault.LoseConnection)]
    [TestCase(HostStep.Prepare, SimulatedFault.LoseAnswer)]
    public void A_rollback_outlives_a_connection_that_breaks(HostStep step, SimulatedFault fault)
    {
        var (state, fleet) = Deploy([(0, step, fault, 2)], fails: true);
        var host = state.Hosts[HostName.Parse("host0")];
        Assert.Multiple(() =>
        {
            Assert.That(host.Status, Is.EqualTo(HostStatus.RolledBack), host.Problem?.ToString());
            Assert.That(fleet["host0"].CurrentSystem, Is.EqualTo(host.From.System));
            Assert.That(fleet["host0"].Lock, Is.Null);
        });
    }

    /// <param name="faults">What goes wrong with whom, and when.</param>
    /// <param name="fails">Whether the last host fails, and all are rolled back.</param>
    private static (RunState State, SimulatedFleet Fleet) Deploy((int Host, HostStep Step, SimulatedFault Fault, int Occurrence)[] faults, bool fails = false)
    {
        var time = new VirtualTime();
        var simulated = new SimulatedFleet(time).Add("host0").Add("host1", "host0").Add("host2").Add("host3", "host2");
        var described = simulated.ToFleet();
        var fleet = described with { Settings = described.Settings with { MaxFailures = new FailureBudget(fails ? 0 : 1, null) } };
        var systems = simulated.Systems("new");
        var changes = fleet.Hosts.Values.Select(h => new HostChange(h, new SystemRef(simulated[h.Name.Value].CurrentSystem, 1), systems[h.Name]));
        var input = new PlanningInput(fleet.Settings, DependencyGraph.Of(fleet), [.. changes], [], ImmutableSortedDictionary<HostName, Problem>.Empty);
        var plan = Planner.Plan(input, new SmartStrategy());
        if (fails)
        {
            simulated.Transport.Describe(systems[HostName.Parse("host3")].Toplevel, new SimulatedSystem { FailToStart = ["web.service"] });
        }

        foreach (var (host, step, fault, occurrence) in faults)
        {
            simulated[$"host{host}"].FailAt(step, fault, occurrence);
        }

        return (PlanExecution.Run(plan, simulated, new MemoryStore(), time), simulated);
    }
}
