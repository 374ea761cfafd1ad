using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Terminal;
using NixDeploy.Testing;
using Spectre.Console.Testing;

namespace NixDeploy.Tests;

/// <summary>SPEC's four hosts, simulated: p510 and razer depend on p620, samsung stands alone.</summary>
internal abstract class FourHosts
{
    /// <summary>Where the fleet and the state of this test are.</summary>
    protected string Folder { get; private set; } = "";

    /// <summary>The fleet, to be changed before it is used.</summary>
    protected JObject Fleet { get; private set; } = [];

    /// <summary>The state folder, which the hosts remember in too.</summary>
    protected string State => Path.Combine(Folder, "state");

    [SetUp]
    public void A_fleet_of_four()
    {
        Folder = Directory.CreateTempSubdirectory("nixdeploy-test-").FullName;
        Fleet = new JObject
        {
            ["deployment-coordinator"] = new JObject { ["health-window"] = 0, ["health-check-timeout"] = 1, ["parallel-limit"] = 4 },
            ["hosts"] = new JObject
            {
                ["p620"] = Host("p620", "infrastructure"),
                ["p510"] = Host("p510", "client", "p620"),
                ["razer"] = Host("razer", "client", "p620"),
                ["samsung"] = Host("samsung", "client"),
            },
        };
    }

    [TearDown]
    public void Remove() => Directory.Delete(Folder, recursive: true);

    protected static HostProgress Of(DeploymentResult result, string host) => result.State.Hosts[HostName.Parse(host)];

    private static JObject Host(string name, string role, params string[] dependencies) => new()
    {
        ["role"] = role,
        ["dependencies"] = new JArray(dependencies.Cast<object>().ToArray()),
        ["toplevel"] = RandomFleets.Toplevel(name).Value,
        ["target"] = new JObject { ["transport"] = "simulated" },
        ["simulation"] = new JObject { ["running"] = RandomFleets.Toplevel($"{name}-old").Value, ["generation"] = 1 },
    };

    protected JObject Simulation(string host) => (JObject)Fleet["hosts"]![host]!["simulation"]!;

    protected DeploymentCoordinator Coordinator()
    {
        var file = Path.Combine(Folder, "fleet.json");
        File.WriteAllText(file, Fleet.ToString());
        return DeploymentCoordinator.Create(new NixDeployOptions
        {
            Fleet = file,
            StateFolder = State,
            Transports = [new SimulatedTransport(State, TimeProvider.System)],
        });
    }

    /// <summary>Has a command carried out in front of somebody, and tells its exit code and what it said.</summary>
    protected async Task<(int Code, string Said)> TellAsync(Func<DeploymentConsole, Task<int>> command, ConsoleOptions? options = null)
    {
        using var terminal = new TestConsole();
        terminal.Profile.Width = 400;
        await using var coordinator = Coordinator();
        return (await command(new DeploymentConsole(coordinator, terminal, options ?? new ConsoleOptions(), TimeProvider.System)), terminal.Output);
    }

    protected async Task<(StorePath? System, int? Generation)> StandingAsync(string host)
    {
        await using var coordinator = Coordinator();
        var state = (await coordinator.StatusAsync(host, CancellationToken.None)).Hosts.Single().Inspection.State!;
        return (state.CurrentSystem, state.Generation);
    }

    /// <summary>The hosts that wait for the next run, as Status lists them.</summary>
    protected async Task<IEnumerable<string>> DeferredAsync()
    {
        await using var coordinator = Coordinator();
        return (await coordinator.StatusAsync(null, CancellationToken.None)).Deferred.Select(d => d.Host.Value);
    }

    protected async Task<DeploymentResult> DeployAsync(DeploymentRequest? request = null)
    {
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(request ?? new DeploymentRequest(), CancellationToken.None);
        var run = await coordinator.StartAsync(plan, CancellationToken.None);
        return await run.Completion;
    }
}
