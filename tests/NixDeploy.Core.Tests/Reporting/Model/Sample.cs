using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Tests.Journal;

namespace NixDeploy.Tests.Reporting.Model;

/// <summary>SPEC's four hosts: p620 first, razer and samsung after it, p510 unchanged.</summary>
internal static class Sample
{
    public const string Run = "20250115-120000-1a2b";

    public static readonly HostName P620 = HostName.Parse("p620");
    public static readonly HostName P510 = HostName.Parse("p510");
    public static readonly HostName Razer = HostName.Parse("razer");
    public static readonly HostName Samsung = HostName.Parse("samsung");

    public static readonly IReadOnlyDictionary<HostName, string?> Roles = new Dictionary<HostName, string?>
    {
        [P620] = "monitoring server",
        [P510] = "media server",
        [Razer] = "mobile",
    };

    public static StorePath System(string name) => StorePath.Parse($"/nix/store/{new string('a', 32)}-nixos-system-{name}");

    public static DeploymentPlan Plan { get; } = PlanOf(Change(P620, 245), Change(Razer, 155, P620), Change(Samsung, 189, P620)) with
    {
        Skipped = [new SkippedHost(P510, new SystemRef(System("p510"), 77)) { DependsOn = [P620] }],
    };

    /// <summary>The same with estimates and a risk: 3.5 minutes, 65% less than one after the other.</summary>
    public static DeploymentPlan Estimated { get; } = Plan with
    {
        Hosts =
        [
            .. Plan.Hosts.Select(h => h with
            {
                Estimate = new HostEstimate(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5), Measured: true),
            }),
        ],
        Estimate = new PlanEstimate(TimeSpan.FromSeconds(210), TimeSpan.FromSeconds(600)),
        Risk = new Risk(RiskLevel.Medium, ["p620 gets another kernel"]),
    };

    public static DeploymentPlan PlanOf(params HostPlan[] hosts) => new(
        DeploymentPlan.CurrentSchema,
        "smart",
        ["the hosts are few and the change is small"],
        new Limits(4, 4),
        FailureBudget.Default,
        [.. hosts],
        [],
        [],
        hosts.Length == 0 ? [] : [new Stage("all", [.. hosts.Select(h => h.Host)], Milestone.Committed, null, RollbackScope.Host, false)]);

    public static HostPlan Change(HostName host, int? generation, params HostName[] after) => new(
        host, new SystemRef(System($"{host}-old"), generation), System($"{host}-new"), [.. after], TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(300));

    /// <summary>Each host depends on the one at half its index, with changes, estimates and risks: as large a plan as there is.</summary>
    public static DeploymentPlan Large(int count)
    {
        var names = Enumerable.Range(0, count).Select(i => HostName.Parse($"host{i:d6}")).ToArray();
        var system = System("large");
        var changes = new SystemChanges
        {
            Counts = new ChangeCounts { PackagesUpgraded = 3, Etc = 1 },
            Packages = [.. new[] { "curl", "nginx", "openssl" }.Select(n => new PackageChange(n, PackageChangeKind.Upgraded, ["1.0"], ["1.1"]))],
        };
        return PlanOf([.. names.Select((name, i) => new HostPlan(name, new SystemRef(system, 1), system, i == 0 ? [] : [names[i / 2]], TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(300))
        {
            Changes = changes,
            Estimate = new HostEstimate(TimeSpan.Zero, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1), Measured: true),
        })]);
    }

    public static RunStarted Begin(DeploymentPlan? plan = null) => new(Run, "controller:1", "./fleet", plan ?? Plan);

    /// <summary>A host's deployment: 6 seconds and some ticks in <see cref="Chain"/>'s time.</summary>
    public static IEnumerable<DeploymentEvent> Deploy(HostName host, int generation) =>
    [
        new CopyStarted(host),
        new HostCopied(host, 12, 3_400_000, 1),
        new ActivationStarted(host, new SystemRef(System($"{host}-old"), generation - 1), System($"{host}-new")),
        new HostActivated(host),
        new CheckObserved(host, "service prometheus", true, "active"),
        new HostHealthy(host),
        new CommitStarted(host),
        new HostCommitted(host, generation),
        new TrafficCounted(host, 2, 5),
    ];

    /// <summary>A host whose unit fails, and which is rolled back.</summary>
    public static IEnumerable<DeploymentEvent> Fail(HostName host, Problem problem) =>
    [
        new CopyStarted(host),
        new HostCopied(host, 12, 3_400_000, 1),
        new ActivationStarted(host, SystemRef.Unknown, System($"{host}-new")),
        new HostFailed(host, problem, Activated: true),
        new RollbackStarted(host, "its unit failed"),
        new HostRolledBack(host, System($"{host}-old"), 155, ByGuard: false),
    ];

    public static Problem Broken { get; } = new("ND0504", "The activation left a unit failed.")
    {
        Units = [new UnitFailure("nginx.service", "exit-code", ["starting", "bind: address in use"])],
        Command = "ssh razer journalctl -u nginx",
    };

    public static ImmutableArray<RecordedEvent> Succeeded { get; } = Chain.Of(
    [
        Begin(), new BuildStarted([P620, Razer, Samsung]), new HostBuilt(P620), new HostBuilt(Razer), new HostBuilt(Samsung),
        .. Deploy(P620, 246), .. Deploy(Razer, 156), .. Deploy(Samsung, 190), new TrafficCounted(P510, 1, 1), new RunFinished(RunOutcome.Succeeded),
    ]);

    public static ImmutableArray<RecordedEvent> OneFailed { get; } = Chain.Of(
    [
        Begin(), .. Deploy(P620, 246), .. Fail(Razer, Broken), .. Deploy(Samsung, 190), new RunFinished(RunOutcome.Failed),
    ]);

    /// <summary>A run as it is followed: a frame for each event, then the last one.</summary>
    public static async IAsyncEnumerable<RunFrame> Frames(IEnumerable<RecordedEvent> events)
    {
        await Task.Yield();
        var state = RunState.Empty;
        foreach (var recorded in events)
        {
            yield return new RunFrame(state = Reducer.Apply(state, recorded), [recorded], Ended: false);
        }

        yield return new RunFrame(state, [], Ended: true);
    }

    /// <summary>Text with everything that could become markup or control a terminal.</summary>
    public const string Hostile =
        "[red]x[/] [/] \u001b[2J\u001b]0;owned\u0007\u009b31m`code` ```` # <script>alert(1)</script> | *b* _i_ \u202egnp.exe\r\nsecond\tline \0end";
}
