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

    public static Gen<DeploymentPlan> Plans { get; } =
        from names in Hosts.Array[0, 8].Select(a => a.Distinct().Order().ToImmutableArray())
        from roles in Gen.Int[0, 3].Array[names.Length]
        from hosts in HostPlans(names).Array[names.Length]
        from systems in Systems.Array[names.Length]
        from problems in Problems.Array[names.Length]
        from texts in Texts.Array[0, 3]
        from width in Optional(Gen.Int[1, 4])
        from onFailure in Gen.Enum<OnFailure>()
        from budget in Gen.OneOf(Gen.Int[0, 5].Select(n => new FailureBudget(n, null)), Gen.Double[0, 100].Select(p => new FailureBudget(null, p)))
        let changed = names.Where((_, i) => roles[i] < 2).ToImmutableArray()
        select new DeploymentPlan(
            DeploymentPlan.CurrentSchema,
            "smart",
            [.. texts],
            new Limits(4, 4),
            budget,
            [.. names.Select((n, i) => hosts[i] with { Host = n, After = [.. changed.Where(c => c < n && hosts[i].After.Contains(c))] }).Where((_, i) => roles[i] < 2)],
            [.. names.Select((n, i) => new SkippedHost(n, systems[i])).Where((_, i) => roles[i] == 2)],
            [.. names.Select((n, i) => new BlockedHost(n, problems[i], i > 0 ? names[i - 1] : null)).Where((_, i) => roles[i] == 3)],
            changed.IsEmpty ? [] : [new Stage("all", changed, Milestone.Committed, width, RollbackScope.Host, false)])
        {
            OnFailure = onFailure,
            Warnings = [.. texts],
        };

    /// <summary>Some plan with hosts that change.</summary>
    public static DeploymentPlan One() => Plans.Where(p => p.Hosts.Length > 0).Single();

    public static Gen<T?> Optional<T>(Gen<T> some)
        where T : struct => Gen.Select(Gen.Bool, some, (none, value) => none ? (T?)null : value);

    private static Gen<UnitFailure> Units() => Gen.Select(Texts, Texts, Texts.Array[0, 3], (unit, result, log) => new UnitFailure(unit, result, [.. log]));

    private static Gen<HostPlan> HostPlans(ImmutableArray<HostName> names) =>
        from host in Hosts
        from @from in Systems
        from to in Paths
        from after in Gen.Bool.Array[names.Length]
        from window in Spans
        from guard in Optional(Spans)
        from derivation in Paths.Null()
        from generation in Numbers
        select new HostPlan(host, @from, to, [.. names.Where((_, i) => after[i])], window, guard) { Derivation = derivation, Generation = generation };

    /// <summary>Lone halves of surrogate pairs cannot be written as UTF-8, by anybody.</summary>
    private static string WellFormed(string text) => string.Concat(text.EnumerateRunes().Select(r => r.ToString()));
}
