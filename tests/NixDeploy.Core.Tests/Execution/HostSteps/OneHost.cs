using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Planning;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>One simulated host, <c>web</c>, and what a class of host steps needs to work on it.</summary>
internal sealed class OneHost
{
    public OneHost(Func<HostPlan, HostPlan>? plan = null)
    {
        Fleet = new SimulatedFleet(Time).Add("web");
        var old = new SystemRef(Fleet["web"].CurrentSystem, 1);
        var bare = new HostPlan(Fleet["web"].Description.Name, old, New, [], TimeSpan.Zero, TimeSpan.FromSeconds(30)) { Described = Fleet["web"].Description };
        Plan = plan?.Invoke(bare) ?? bare;
        Sessions = new HostSessions(_ => Fleet.Transport, Time);
        Link = new HostLink(Sessions, Fleet["web"].Description);
        Run = new RunContext
        {
            Run = "run",
            Controller = "test:1",
            Sessions = Sessions,
            Store = Fleet.Transport.Store,
            RootsFolder = "",
            Emit = Emit,
            Log = (_, _) => { },
            Time = Time,
        };
        Driver = new TransactionDriver(Run, Plan, Link);
        Preparation = new HostPreparation(Run, Plan, Link, Driver);
    }

    public static StorePath New { get; } = SimulatedSystem.Path("web-new");

    public VirtualTime Time { get; } = new();

    public SimulatedFleet Fleet { get; }

    public SimulatedHost Web => Fleet["web"];

    public HostPlan Plan { get; }

    public HostSessions Sessions { get; }

    public HostLink Link { get; }

    public RunContext Run { get; init; }

    public TransactionDriver Driver { get; }

    public HostPreparation Preparation { get; }

    /// <summary>What was recorded.</summary>
    public List<DeploymentEvent> Told { get; } = [];

    /// <summary>Called with each event.</summary>
    public Action<HostEvent> Observe { get; set; } = _ => { };

    public ImmutableArray<HostStep> Steps => [.. Fleet.Transport.Steps.Select(s => s.Step)];

    /// <summary>Does something on the host as another process would, over a connection of its own.</summary>
    public async Task<T> ElsewhereAsync<T>(Func<IHostSession, Task<T>> work)
    {
        await using var session = await Fleet.Transport.ConnectAsync(Web.Description, default);
        return await work(session);
    }

    /// <summary>Locks the host for another run.</summary>
    public Task<Transaction> LockAsync(string run) => ElsewhereAsync(async session =>
        (await session.PrepareAsync(new PrepareRequest(run, "other:2", New, Web.Description.Target.Profile), [], default)).Transaction!);

    private Task Emit(DeploymentEvent happened)
    {
        Told.Add(happened);
        if (happened is HostEvent e)
        {
            Observe(e);
        }

        return Task.CompletedTask;
    }
}
