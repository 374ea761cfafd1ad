using System.Globalization;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Labs.Support;
using NixDeploy.Labs.Systems;

namespace NixDeploy.Labs.Faults;

/// <summary>Where a fault happens: its hosts, a fleet of these alone, and a folder for its runs.</summary>
public sealed class FaultScene
{
    private static int scenes;

    private readonly List<string> findings = [];

    // Of this scene alone, so that no host has anything of it already.
    private readonly string version = $"new-{Interlocked.Increment(ref scenes)}";
    private DeploymentRun? run;

    internal FaultScene(Fault fault, Lab lab, IReadOnlyList<LabHost> hosts, string folder, CancellationToken ct)
    {
        (Fault, Lab, Hosts, Folder, Ct) = (fault, lab, hosts, folder, ct);
        Fleet = Path.Combine(folder, "fleet.nix");
        WriteFleet();
        foreach (var host in hosts)
        {
            Change(host, system => system);
        }
    }

    public Fault Fault { get; }

    public Lab Lab { get; }

    public IReadOnlyList<LabHost> Hosts { get; }

    public LabHost Host => Hosts[0];

    public CancellationToken Ct { get; }

    /// <summary>The fleet of these hosts.</summary>
    public string Fleet { get; }

    /// <summary>What was deployed last; <see langword="null"/> when another process did it.</summary>
    public DeploymentResult? Result { get; private set; }

    /// <summary>What was not as it must be.</summary>
    public IReadOnlyList<string> Findings => findings;

    /// <summary>Whether the run has ended.</summary>
    public bool HasEnded => run!.Completion.IsCompleted;

    /// <summary>For what the fault writes on this machine.</summary>
    public string Folder { get; }

    /// <summary>Writes down what was not as it must be.</summary>
    public void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            findings.Add(otherwise);
        }
    }

    /// <summary>Says what a host is to run: a new version of what every new host of the lab is to run, changed.</summary>
    public void Change(LabHost host, Func<LabSystem, LabSystem> change)
    {
        var system = InitialSystems.Of(Lab.Hosts.IndexOf(host));
        Lab.Change(host.Name, change(system with { Version = version, Deployment = system.Deployment with { Dependencies = [] } }));
    }

    /// <summary>Deploys the fleet; what goes wrong meanwhile begins when the run does.</summary>
    public Task<DeploymentResult> DeployAsync(Func<FaultScene, Task>? meanwhile = null) => DeployAsync(new DeploymentRequest(), meanwhile);

    /// <inheritdoc cref="DeployAsync(Func{FaultScene, Task})"/>
    public async Task<DeploymentResult> DeployAsync(DeploymentRequest request, Func<FaultScene, Task>? meanwhile = null)
    {
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(request, Ct);
        run = await coordinator.StartAsync(plan, Ct);
        var fault = meanwhile?.Invoke(this) ?? Task.CompletedTask;
        Result = await run.Completion.WaitAsync(Ct);
        await fault;
        return Result;
    }

    /// <summary>Starts a controller of the fleet in a process of its own.</summary>
    /// <param name="gate">A file that it waits for once it has planned; <see langword="null"/>: it goes on at once.</param>
    /// <param name="state">Its folder of runs in the scene's own.</param>
    public ControllerProcess StartController(string? gate = null, string state = "state") =>
        ControllerProcess.Start(Fleet, Path.Combine(Folder, state), gate ?? Fleet);

    /// <summary>Waits until something has happened in the run.</summary>
    public async Task HappenedAsync<TEvent>()
        where TEvent : DeploymentEvent
    {
        await foreach (var recorded in run!.EventsAsync(0, Ct))
        {
            if (recorded.Event is TEvent)
            {
                return;
            }
        }

        throw new InvalidOperationException($"{typeof(TEvent).Name} did not happen.");
    }

    /// <summary>Builds a system that is neither the old nor the new one, and brings it into the host's store.</summary>
    public async Task<string> ImportTheirsAsync()
    {
        Change(Host, system => system.WithPackage("theirs", version));
        var theirs = (await Lab.BuildAsync([Host.Name], Ct))[0];
        await Host.ImportAsync(theirs, Ct);
        Change(Host, system => system);
        return theirs;
    }

    /// <summary>All that has happened in the run.</summary>
    public async Task<IReadOnlyList<DeploymentEvent>> EventsAsync() => [.. (await RecordedAsync()).Select(recorded => recorded.Event)];

    /// <summary>All that has happened in the run, with the time of each.</summary>
    public async Task<IReadOnlyList<RecordedEvent>> RecordedAsync()
    {
        var events = new List<RecordedEvent>();
        await foreach (var recorded in run!.EventsAsync(0, Ct))
        {
            events.Add(recorded);
        }

        return events;
    }

    /// <summary>Waits until the host's guard must have decided without a verdict.</summary>
    public Task DeadlineAsync() => Wait.UntilAsync(
        async token =>
        {
            var file = $"{Host.Root}/nix/var/nixdeploy/txn/deadline";
            return !File.Exists(file) || Uptime() > int.Parse(await File.ReadAllTextAsync(file, token), CultureInfo.InvariantCulture);
        },
        $"the deadline of {Host.Name}'s guard", TimeSpan.FromSeconds(Fault.Guard + 60), Ct);

    /// <summary>Waits until the host does not answer.</summary>
    public Task SilenceAsync() =>
        Wait.UntilAsync(async token => !await Host.AnswersAsync(token), $"{Host.Name} to be silent", TimeSpan.FromMinutes(1), Ct);

    /// <summary>What became of a host in the last deployment.</summary>
    public HostProgress Of(LabHost host) => Result!.State.Hosts[HostName.Parse(host.Name)];

    internal DeploymentCoordinator Coordinator() => DeploymentCoordinator.Create(new NixDeployOptions { Fleet = Fleet, StateFolder = Path.Combine(Folder, "state") });

    private static double Uptime() => double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);

    private void WriteFleet()
    {
        var names = string.Join(' ', Hosts.Select(host => host.Name));
        File.WriteAllText(
            Fleet,
            $$"""
              let
                all = import {{Lab.Fleet}}/fleet.nix;
                hurry = host: host // {
                  config = host.config // {
                    gemini.deployment-coordinator = host.config.gemini.deployment-coordinator // { guard-timeout = {{Fault.Guard}}; };
                  };
                };
              in
              builtins.mapAttrs (_: hurry) { inherit (all) {{names}}; }

              """);
    }
}
