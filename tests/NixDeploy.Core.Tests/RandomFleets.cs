using System.Collections.Immutable;
using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;
using NixDeploy.Topology;

namespace NixDeploy.Tests;

/// <summary>Generators of fleets that validate, and of what planning knows about them.</summary>
internal static class RandomFleets
{
    private static readonly string[] Tags = ["db", "web"];

    /// <summary>Any of our strategies.</summary>
    public static Gen<IDeploymentStrategy> Strategy { get; } = Gen.Int[0, 5].Select(i => new IDeploymentStrategy[]
    {
        new SmartStrategy(), new ParallelStrategy(), new SequentialStrategy("sequential"), new SequentialStrategy("rolling"), new CanaryStrategy(), new BlueGreenStrategy(),
    }[i]);

    public static StorePath Toplevel(string seed) => StorePath.Parse($"/nix/store/{Hash(seed)}-nixos-system-{seed}");

    public static HostName Name(int index) => HostName.Parse($"host{index}");

    /// <summary>Every host depends on some of those before it: no cycles by construction.</summary>
    public static Gen<Fleet> Fleet(int most = 12) =>
        from count in Gen.Int[1, most]
        from edges in Gen.Bool.Array[count * count]
        from sparse in Gen.Bool.Array[count * count]
        from roles in Gen.Int[0, 2].Select(i => new[] { "infrastructure", "client", null }[i]).Array[count]
        from tags in Gen.Int[0, 4].Array[count]
        from alone in Gen.Frequency((5, Gen.Const(0)), (1, Gen.Int[1, 3])).Array[count]
        let plain = Fleet(count, (host, dependency) => edges[(host * count) + dependency] && sparse[(host * count) + dependency], roles)
        select plain with
        {
            Hosts = plain.Hosts.Values.Select((h, i) => h with
            {
                Tags = [.. Tags.Where((_, t) => ((tags[i] >> t) & 1) == 1)],
                ParallelLimit = alone[i] == 0 ? null : alone[i],
            }).ToImmutableSortedDictionary(h => h.Name, h => h),
        };

    public static Fleet Fleet(int count, Func<int, int, bool> depends, IReadOnlyList<string?> roles) => new(
        "generated",
        new FleetSettings(),
        Enumerable.Range(0, count).Select(i => new Host(Name(i))
        {
            Role = roles[i],
            Dependencies = [.. Enumerable.Range(0, i).Where(j => depends(i, j)).Select(Name)],
        }).ToImmutableSortedDictionary(h => h.Name, h => h));

    /// <summary>Which hosts have changed (0), which not (1), and which cannot be asked (2).</summary>
    public static Gen<PlanningInput> Input(int most = 12) =>
        from fleet in Fleet(most)
        from kinds in Gen.Frequency((6, Gen.Const(0)), (2, Gen.Const(1)), (1, Gen.Const(2))).Array[fleet.Hosts.Count]
        from settings in Settings()
        from seconds in Gen.Int[0, 100].Array[fleet.Hosts.Count]
        select Input(fleet with { Settings = settings }, kinds, seconds);

    /// <summary>Settings that shape plans, all of them sensible.</summary>
    public static Gen<FleetSettings> Settings() =>
        from parallel in Gen.Int[1, 5]
        from copies in Gen.Int[0, 4]
        from failures in Gen.Int[0, 4]
        from abort in Gen.Bool
        from builds in Gen.Enum<OnBuildFailure>()
        from tags in Gen.Int[0, 3].Array[Tags.Length]
        from canaries in Gen.Int[0, 3]
        from waves in Gen.Int[0, 2]
        from asks in Gen.Bool
        select new FleetSettings
        {
            ParallelLimit = parallel,
            CopyLimit = copies == 0 ? null : copies,
            MaxFailures = new FailureBudget(failures, null),
            OnFailure = abort ? OnFailure.Abort : OnFailure.Continue,
            OnBuildFailure = builds,
            TagLimits = Tags.Zip(tags).Where(t => t.Second > 0).ToImmutableSortedDictionary(t => t.First, t => t.Second, StringComparer.Ordinal),
            Canary = new CanarySettings
            {
                Approval = asks ? Approval.Required : Approval.None,
                Hosts = canaries == 0 ? null : new HostShare(canaries, null),
                Waves = waves == 0 ? [] : waves == 1 ? [new(1, null), new(null, 10), new(null, 50), new(null, 100)] : [new(null, 30), new(null, 60)],
            },
        };

    private static PlanningInput Input(Fleet fleet, int[] kinds, int[] seconds)
    {
        var hosts = fleet.Hosts.Values.Zip(kinds).ToList();
        var settings = fleet.Settings;
        return new PlanningInput(
            settings,
            DependencyGraph.Of(fleet),
            [.. hosts.Where(h => h.Second == 0).Select(h => new HostChange(h.First, new SystemRef(Toplevel($"{h.First.Name}-old"), 1), new SystemBuild(Toplevel(h.First.Name.Value), null)) { Unreachable = (UnreachablePolicy)(h.First.Name.Value.Length % 3) })],
            [.. hosts.Where(h => h.Second == 1).Select(h => new SkippedHost(h.First.Name, new SystemRef(Toplevel(h.First.Name.Value), 1)))],
            hosts.Where(h => h.Second == 2).ToImmutableSortedDictionary(h => h.First.Name, _ => new Problem("ND0500", "It does not answer.")))
        {
            History = new DurationHistory(fleet.Hosts.Keys.Zip(seconds).Where(h => h.Second > 10).ToImmutableDictionary(
                h => h.First, h => new HostHistory(new StepDurations { Activate = TimeSpan.FromSeconds(h.Second) }, LastFailed: h.Second % 7 == 0))),
        };
    }

    private static string Hash(string seed)
    {
        const string base32 = "0123456789abcdfghijklmnpqrsvwxyz";
        var random = new Random(seed.Aggregate(17, (h, c) => unchecked((h * 31) + c)));
        return string.Concat(Enumerable.Range(0, 32).Select(_ => base32[random.Next(32)]));
    }
}
