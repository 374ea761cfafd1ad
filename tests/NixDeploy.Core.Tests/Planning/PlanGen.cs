using System.Collections.Immutable;
using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Tests.Planning;

/// <summary>Plans as a strategy could make them, with texts as nobody should write them.</summary>
internal static class PlanGen
{
    private const string Base32 = "0123456789abcdfghijklmnpqrsvwxyz";

    public static Gen<string> Texts { get; } = Gen.OneOf(
        Gen.OneOf("", "plain", "`tick` *star* <b>", "\u001b[31mred\u001b[0m", "[red]markup[/]", "line\nline", "```", "2025-01-15T15:30:00Z", "ä😀", "\0"),
        Gen.String[0, 20].Select(WellFormed));

    public static Gen<HostName> Hosts { get; } = Gen.String[Gen.Char["abcxyz019_"], 1, 6].Select(HostName.Parse);

    public static Gen<StorePath> Paths { get; } = Gen.Select(
        Gen.String[Gen.Char[Base32], 32, 32], Gen.String[Gen.Char["abc-19+"], 1, 12], (hash, name) => StorePath.Parse($"/nix/store/{hash}-{name}"));

    public static Gen<TimeSpan> Spans { get; } = Gen.Long[0, TimeSpan.TicksPerDay * 30].Select(TimeSpan.FromTicks);

    public static Gen<int?> Numbers { get; } = Optional(Gen.Int[0, 5000]);

    public static Gen<SystemRef> Systems { get; } = Gen.Select(Paths.Null(), Numbers, (path, generation) => new SystemRef(path, generation));

    public static Gen<Problem> Problems { get; } = Gen.Select(Gen.Int[1, 9999], Texts, Texts.Null(), Units().Array[0, 2], (code, message, command, units) =>
        new Problem($"ND{code:d4}", message) { Command = command, Units = [.. units] });

    /// <summary>Checks of every kind.</summary>
    public static Gen<HealthCheck> Checks { get; } = Gen.Select(
        Gen.OneOf<HealthCheck>(
            Texts.Select(HealthCheck (t) => new HealthCheck.Service(t)),
            Gen.Select(Numbers, Texts.Null(), HealthCheck (status, contains) => new HealthCheck.Http(new Uri("http://localhost:9090/-/healthy?a=b")) { Status = status, Contains = contains }),
            Gen.Select(Gen.OneOf("10.0.0.1", "fe80::1", "web"), Gen.Int[1, 65535], HealthCheck (host, port) => new HealthCheck.Tcp(host, port)),
            Texts.Select(HealthCheck (t) => new HealthCheck.Dns(t)),
            Texts.Select(HealthCheck (t) => new HealthCheck.Ping(t)),
            Texts.Array[1, 3].Select(HealthCheck (a) => new HealthCheck.Command([.. a])),
            Gen.Select(Gen.Double[0.1, 9], Gen.Double[0, 100], HealthCheck (load, memory) => new HealthCheck.Baseline { MaxLoad = load, MinMemory = memory })),
        Optional(Spans), Spans, (check, timeout, interval) => check with { Timeout = timeout, StartUp = timeout, Interval = interval });

    /// <summary>Of a fleet's names some change (0, 1), some need nothing (2), some are blocked (3), and some are not meant (4).</summary>
    public static Gen<DeploymentPlan> Plans { get; } =
        from names in Hosts.Array[0, 8].Select(a => a.Distinct().Order().ToImmutableArray())
        from kinds in Gen.Int[0, 4].Array[names.Length]
        from hosts in HostPlans(names).Array[names.Length]
        from systems in Systems.Array[names.Length]
        from problems in Problems.Array[names.Length]
        from waits in Gen.Bool.Array[names.Length * names.Length]
        from more in Rest()
        let changed = names.Where((_, i) => kinds[i] < 2).ToImmutableArray()
        let bridges = Bridges(names, kinds, waits)
        let mayWait = changed.Concat(bridges.Select(b => b.Host)).ToImmutableSortedSet()
        select more with
        {
            Hosts = [.. names.Select((n, i) => hosts[i] with { Host = n, After = [.. mayWait.Where(c => c < n && hosts[i].After.Contains(c))] }).Where((_, i) => kinds[i] < 2)],
            Skipped =
            [
                .. names.Select((n, i) => new SkippedHost(n, systems[i]) { Boots = i % 2 == 0 ? hosts[i].To : null, DependsOn = [.. changed.Where(c => c < n)], Digest = hosts[i].Digest }).Where((_, i) => kinds[i] == 2),
            ],
            Blocked = [.. names.Select((n, i) => new BlockedHost(n, problems[i], i > 0 ? names[i - 1] : null)).Where((_, i) => kinds[i] == 3)],
            Bridges = bridges,
            Stages = Stages(changed, more.Stages[0]),
        };

    /// <summary>Some plan with hosts that change.</summary>
    public static DeploymentPlan One() => Plans.Where(p => p.Hosts.Length > 0).Single();

    public static Gen<T?> Optional<T>(Gen<T> some)
        where T : struct => Gen.Select(Gen.Bool, some, (none, value) => none ? (T?)null : value);

    private static Gen<UnitFailure> Units() => Gen.Select(Texts, Texts, Texts.Array[0, 3], (unit, result, log) => new UnitFailure(unit, result, [.. log]));

    /// <summary>What does not depend on the hosts; its one stage tells how theirs are.</summary>
    private static Gen<DeploymentPlan> Rest() =>
        from texts in Texts.Array[0, 3]
        from width in Optional(Gen.Int[1, 4])
        from bake in Optional(Spans)
        from onFailure in Gen.Enum<OnFailure>()
        from onBuildFailure in Gen.Enum<OnBuildFailure>()
        from scope in Gen.Enum<RollbackScope>()
        from budget in Gen.OneOf(Gen.Int[0, 5].Select(n => new FailureBudget(n, null)), Gen.Double[0, 100].Select(p => new FailureBudget(null, p)))
        from tags in Gen.Select(Texts.Where(t => t.Length > 0), Gen.Int[1, 9], (tag, limit) => (tag, limit)).Array[0, 4]
        from locks in Gen.Select(Gen.Bool, Spans, (broken, wait) => new LockPolicy { Break = broken, Wait = wait })
        from risk in ChangeGen.Risks
        from preflight in Gen.Select(Texts, Gen.Int[0, 9], Hosts.Array[0, 2], (name, passed, failed) => new PreflightCheck(name, passed, [.. failed])).Array[0, 2]
        from spans in Spans.Array[2]
        from origin in Gen.Select(Texts, Texts.Null(), Texts, Gen.Bool, (fleet, selection, settings, included) => new PlanOrigin(fleet, selection, settings) { IncludesDependencies = included })
        select new DeploymentPlan(
            DeploymentPlan.CurrentSchema,
            "smart",
            [.. texts],
            new Limits(4, 4) { Tags = tags.DistinctBy(t => t.tag).ToImmutableSortedDictionary(t => t.tag, t => t.limit, StringComparer.Ordinal) },
            budget,
            [],
            [],
            [],
            [new Stage("all", [], Milestone.Committed, width, scope, false) { After = bake is { } time ? [new Gate.Bake(time), new Gate.Approval("Go on?", time + TimeSpan.FromSeconds(1))] : [] }])
        {
            OnFailure = onFailure,
            OnBuildFailure = onBuildFailure,
            Locks = locks,
            Warnings = [.. texts],
            Preflight = [.. preflight],
            Risk = risk,
            Estimate = new PlanEstimate(spans[0], spans[1]),
            Origin = origin,
        };

    /// <summary>Hosts to which nothing happens, behind changed ones and bridges before them.</summary>
    private static ImmutableArray<BridgeHost> Bridges(ImmutableArray<HostName> names, int[] kinds, bool[] waits)
    {
        var bridges = ImmutableArray.CreateBuilder<BridgeHost>();
        for (var i = 0; i < names.Length; i++)
        {
            ImmutableArray<HostName> after =
                [.. names.Where((n, j) => j < i && waits[(i * names.Length) + j] && (kinds[j] < 2 || bridges.Any(b => b.Host == n)))];
            if (kinds[i] is 2 or 4 && !after.IsEmpty)
            {
                bridges.Add(new BridgeHost(names[i], after));
            }
        }

        return bridges.ToImmutable();
    }

    /// <summary>One stage, or two where the first is watched: hosts wait for those before them in order only.</summary>
    private static ImmutableArray<Stage> Stages(ImmutableArray<HostName> changed, Stage stage) =>
        changed.IsEmpty ? []
        : stage.Bake is null || changed.Length < 2 ? [stage with { Hosts = changed }]
        : [stage with { Name = "canary", Hosts = changed[..1] }, stage with { Hosts = changed[1..], After = [] }];

    private static Gen<HostPlan> HostPlans(ImmutableArray<HostName> names) =>
        from host in Hosts
        from @from in Systems
        from to in Paths
        from after in Gen.Bool.Array[names.Length]
        from window in Spans
        from guard in Optional(Spans)
        from derivation in Paths.Null()
        from generation in Numbers
        from changes in ChangeGen.Changes.Null()
        from estimate in ChangeGen.Estimates
        from risk in ChangeGen.Risks
        from tags in Texts.Array[0, 2]
        from limit in Optional(Gen.Int[1, 9])
        from failed in Texts.Array[0, 2]
        from before in Gen.Select(Gen.Double[0, 99], Gen.Long[0, 1L << 40], (load, memory) => new HostBaseline(load, memory)).Null()
        from mode in Gen.Enum<ActivationMode>()
        from reboot in Gen.Select(Gen.OneOf(Gen.Const(RebootPolicy.IfNeeded), Gen.Const(RebootPolicy.Always)), Spans, (when, timeout) => new RebootPlan(when, timeout)).Null()
        from unreachable in Gen.Enum<UnreachablePolicy>()
        from checks in Checks.Array[0, 3]
        from words in Texts.Array[0, 2]
        select new HostPlan(host, @from, to, [.. names.Where((_, i) => after[i])], window, guard)
        {
            Described = new Host(host)
            {
                Role = words.FirstOrDefault(),
                Tags = [.. words],
                HealthChecks = [.. checks],
                HealthWindow = guard,
                Target = new TargetSettings { User = words.FirstOrDefault(), Elevation = [.. words], ConnectTimeout = window },
                Simulation = generation is { } number ? new SimulationSettings { Generation = number, Build = window, Fail = SimulatedFailure.Copy } : null,
            },
            GuardReboot = reboot is null,
            Mode = mode,
            Reboot = reboot,
            Derivation = derivation,
            Generation = generation,
            Changes = changes,
            Estimate = estimate,
            Risk = risk,
            Tags = [.. tags],
            ParallelLimit = limit,
            Unreachable = unreachable,
            FailedBefore = [.. failed],
            Before = before,
            Digest = "digest",
        };

    /// <summary>Lone halves of surrogate pairs cannot be written as UTF-8, by anybody.</summary>
    private static string WellFormed(string text) => string.Concat(text.EnumerateRunes().Select(r => r.ToString()));
}
