using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Testing;

/// <summary>What a simulated host says of itself: its memory in the words of the host protocol.</summary>
internal static class Answers
{
    private const long PlentyOfBytes = 64L << 30;

    /// <summary>The answer to <c>inspect</c>.</summary>
    public static HostState Inspect(HostMemory memory, ImmutableArray<string> units, DateTimeOffset now) => new()
    {
        CurrentSystem = memory.Current,
        BootedSystem = memory.Booted,
        Generation = memory.Generation,
        Generations = memory.Generations,
        StoreFreeBytes = PlentyOfBytes,
        BootFreeBytes = PlentyOfBytes,
        FailedUnits = memory.Failed,
        Units = Units(memory, units),
        Load = 0.1,
        Processors = 4,
        MemoryAvailableBytes = PlentyOfBytes,
        Clock = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()),
        BootId = $"00000000-0000-0000-0000-{memory.Boots:d12}",
        Lock = Holder(memory),
    };

    /// <summary>Who holds the lock.</summary>
    public static HostLock? Holder(HostMemory memory) => memory.Lock is { } held ? held with { Guarded = HostProtocol.Unfinished(memory) is not null } : null;

    /// <summary>A transaction's record.</summary>
    public static TransactionState State(HostMemory memory, TransactionMemory transaction) =>
        new(transaction.Id, transaction.Phase, transaction.Target, transaction.Old)
        {
            Generation = memory.Generation,
            CurrentSystem = memory.Current,
            Outcome = transaction.Outcome,
            ExitCode = transaction.Outcome is null ? null : transaction.Mode == ActivationMode.Boot ? 0 : transaction.Activation.ExitCode,
            Reason = transaction.Reason,
            FailedUnits = Failures(transaction.FailedAtRestore),
        };

    /// <summary>The answer to <c>verify-rollback</c>: a simulated host lacks nothing but, perhaps, an earlier generation.</summary>
    public static RollbackReadiness Readiness(HostMemory memory)
    {
        var target = memory.Generations.LastOrDefault(g => g.Number < memory.Generation && g.System != memory.Current);
        string[] names = target is null ? ["writable", "guard"] : ["valid", "rooted", "switch", "writable", "guard"];
        return new(target, [new("generation", target is not null, target?.Number.ToString(CultureInfo.InvariantCulture) ?? ""), .. names.Select(n => new ReadinessCheck(n, Passed: n != "guard" || HostProtocol.Unfinished(memory) is null, ""))]);
    }

    /// <summary>The answer to <c>dry-activate</c>.</summary>
    public static DryActivationResult DryActivation(SimulatedSystem system)
    {
        if (system.FailsDryActivation)
        {
            return new(1, "error: simulated failure of dry-activate");
        }

        var dry = system.DryActivation;
        string[] lines =
        [
            .. dry.SwapOff.Select(device => $"would stop swap device: {device}"),
            .. Units("would stop the following units", dry.Stop),
            .. Units("would NOT stop the following changed units", dry.Keep),
            "would activate the configuration...",
            .. dry.RestartsSystemd ? ["would restart systemd"] : (string[])[],
            .. Units("would reload the following units", dry.Reload),
            .. Units("would restart the following units", dry.Restart),
            .. Units("would start the following units", dry.Start),
        ];
        return new(0, string.Join('\n', lines)) { FailedCheck = dry.FailedCheck };

        static IEnumerable<string> Units(string words, ImmutableArray<string> units) => units.IsEmpty ? [] : [$"{words}: {string.Join(", ", units)}"];
    }

    /// <summary>The answer to <c>try</c>.</summary>
    public static ActivationResult Activation(HostMemory memory, TransactionMemory transaction)
    {
        var activation = transaction.Activation;
        if (transaction.Mode == ActivationMode.Boot)
        {
            return new(ActivationOutcome.Installed, 0, memory.Current, [], "");
        }

        // The guard may have come between: what runs now is what counts.
        return activation.Switches && memory.Current != transaction.Target
            ? new(ActivationOutcome.Failed, null, memory.Current, Failures(transaction.FailedAtRestore), activation.Output)
            : new(activation.Outcome, activation.ExitCode, memory.Current, Failures(activation.FailToStart), activation.Output);
    }

    /// <summary>The states of units: every unit that is asked for exists, and is active since the boot unless it is failed.</summary>
    public static ImmutableArray<UnitState> Units(HostMemory memory, ImmutableArray<string> units) =>
    [
        .. units.Select(FullName)
            .Select(unit => memory.Failed.Contains(unit) ? new UnitState(unit, "loaded", "failed", "failed", 0) : new UnitState(unit, "loaded", "active", "running", 0))
            .Select(unit => unit with { Invocation = string.Create(CultureInfo.InvariantCulture, $"{memory.Boots:x32}") }),
    ];

    /// <summary>The answer of a few programs that checks and tests use; all others exit with 0 and print nothing.</summary>
    public static CommandResult Run(HostMemory memory, ImmutableArray<string> arguments) => arguments[0] switch
    {
        "false" => new(1, "", ""),
        "echo" => new(0, string.Join(' ', arguments[1..]) + "\n", ""),
        "journalctl" when arguments is [_, "-u", var unit, ..] && memory.Failed.Contains(unit) => new(0, string.Join('\n', Log(unit)) + "\n", ""),
        var program when program.StartsWith("/nonexistent/", StringComparison.Ordinal) => new(127, "", $"{program}: not found\n"),
        _ => new(0, "", ""),
    };

    /// <summary>The unit that a host's first service check watches; the one that fails when the host is told to.</summary>
    public static string FirstUnit(Host host) =>
        FullName(host.AllChecks.OfType<HealthCheck.Service>().FirstOrDefault()?.Unit ?? "simulated");

    private static ImmutableArray<UnitFailure> Failures(ImmutableArray<string> units) =>
        [.. units.Select(unit => new UnitFailure(unit, "exit-code", Log(unit)))];

    private static ImmutableArray<string> Log(string unit) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"Starting {unit}..."),
        "simulated: this unit fails because the fleet says so",
        $"{unit}: Main process exited, code=exited, status=1/FAILURE",
        $"{unit}: Failed with result 'exit-code'.",
    ];

    private static string FullName(string unit) => unit.Contains('.', StringComparison.Ordinal) ? unit : unit + ".service";
}
