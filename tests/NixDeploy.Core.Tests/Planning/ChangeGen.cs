using System.Collections.Immutable;
using CsCheck;
using NixDeploy.Changes;
using NixDeploy.Planning;

namespace NixDeploy.Tests.Planning;

/// <summary>What a plan knows of a host's new system: what differs, how long it takes, what may go wrong.</summary>
internal static class ChangeGen
{
    private static readonly Gen<ImmutableArray<string>> Names = PlanGen.Texts.Array[0, 3].Select(a => a.ToImmutableArray());

    private static readonly Gen<long> Bytes = Gen.Long[0, 1L << 50];

    public static Gen<HostEstimate> Estimates { get; } = Gen.Select(PlanGen.Spans.Array[5], Gen.Bool, (s, measured) => new HostEstimate(s[0], s[1], s[2], s[3], s[4], measured));

    public static Gen<Risk> Risks { get; } = Gen.Select(Gen.Enum<RiskLevel>(), Names, (level, reasons) => new Risk(level, reasons));

    public static Gen<SystemChanges> Changes { get; } =
        from counts in Gen.Int[0, 50].Array[9]
        from packages in Packages().Array[0, 3]
        from values in Values().Null().Array[3]
        from flags in Gen.Bool.Array[2]
        from items in Items().Array[3]
        from wanted in Names
        from dry in Dry().Null()
        from bytes in Bytes.Array[3]
        from numbers in Gen.Int[0, 5000].Array[2]
        select new SystemChanges
        {
            Counts = new ChangeCounts
            {
                PackagesAdded = counts[0],
                PackagesRemoved = counts[1],
                PackagesUpgraded = counts[2],
                PackagesDowngraded = counts[3],
                PackagesVaried = counts[4],
                Rebuilt = counts[5],
                Units = counts[6],
                Etc = counts[7],
                Users = counts[8],
            },
            Packages = [.. packages],
            NixosVersion = values[0],
            Kernel = values[1],
            KernelParams = values[2],
            Initrd = flags[0],
            KernelModules = flags[1],
            Units = items[0],
            Wanted = wanted,
            Etc = items[1],
            Users = items[2],
            DryActivation = dry,
            ClosureBytesBefore = bytes[0],
            ClosureBytesAfter = bytes[1],
            BytesToCopy = bytes[2],
            PathsToCopy = numbers[0],
            Omitted = numbers[1],
        };

    private static Gen<PackageChange> Packages() => Gen.Select(
        PlanGen.Texts, Gen.Enum<PackageChangeKind>(), Names, Names, (name, kind, before, after) => new PackageChange(name, kind, before, after));

    private static Gen<ValueChange> Values() => Gen.Select(PlanGen.Texts, PlanGen.Texts, (before, after) => new ValueChange(before, after));

    private static Gen<ItemChanges> Items() =>
        Gen.Select(Names, Names, Names, (added, removed, changed) => new ItemChanges { Added = added, Removed = removed, Changed = changed });

    private static Gen<DryActivation> Dry() =>
        Gen.Select(Names.Array[6], Gen.Bool, PlanGen.Texts, (names, systemd, check) => new DryActivation
        {
            Stop = names[0],
            Start = names[1],
            Restart = names[2],
            Reload = names[3],
            Keep = names[4],
            SwapOff = names[5],
            RestartsSystemd = systemd,
            FailedCheck = check,
        });
}
