using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Changes;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>From a script's lines to the typed words of the contract.</summary>
internal static class HostAnswerReading
{
    private static readonly ImmutableDictionary<string, TransactionPhase> Phases = new Dictionary<string, TransactionPhase>
    {
        ["trying"] = TransactionPhase.Activating,
        ["waiting"] = TransactionPhase.OnTrial,
        ["committing"] = TransactionPhase.Committing,
        ["restoring"] = TransactionPhase.RollingBack,
        ["committed"] = TransactionPhase.Committed,
        ["kept"] = TransactionPhase.Kept,
        ["restored"] = TransactionPhase.RolledBack,
        ["reverted-by-reboot"] = TransactionPhase.RevertedByReboot,
        ["restore-failed"] = TransactionPhase.RollbackFailed,
        ["half-committed"] = TransactionPhase.HalfCommitted,
    }.ToImmutableDictionary();

    private static readonly ImmutableDictionary<string, TransactionReason> Reasons = new Dictionary<string, TransactionReason>
    {
        [""] = TransactionReason.None,
        ["verdict"] = TransactionReason.Verdict,
        ["deadline"] = TransactionReason.Deadline,
        ["not-activated"] = TransactionReason.NotActivated,
        ["profile-failed"] = TransactionReason.ProfileFailed,
        ["boot-failed"] = TransactionReason.BootFailed,
        ["no-guard"] = TransactionReason.NoGuard,
        ["reboot"] = TransactionReason.Reboot,
        ["guard-reboot"] = TransactionReason.GuardReboot,
        ["old-system"] = TransactionReason.OldSystem,
        ["default-target"] = TransactionReason.DefaultTarget,
        ["network"] = TransactionReason.Network,
        ["units"] = TransactionReason.Units,
        ["profile"] = TransactionReason.Profile,
        ["boot-default"] = TransactionReason.BootDefault,
        ["profile-moved"] = TransactionReason.ProfileMoved,
        ["moved-on"] = TransactionReason.MovedOn,
    }.ToImmutableDictionary();

    /// <summary>The reason that a host's word stands for; a word of another version is <see cref="TransactionReason.Other"/>.</summary>
    public static TransactionReason Reason(string word) => Reasons.GetValueOrDefault(word, TransactionReason.Other);

    /// <summary>Everything that <c>inspect</c> says.</summary>
    public static HostState State(this HostAnswer answer) => new()
    {
        CurrentSystem = answer.Path("current"),
        BootedSystem = answer.Path("booted"),
        RebootNeeded = answer.All("reboot-needed").Any(),
        Generation = answer.Integer("generation"),
        Generations = [.. answer.Generations().OrderBy(g => g.Number)],
        StoreFreeBytes = answer.Amount("store-free") ?? 0,
        BootFreeBytes = answer.Amount("boot-free"),
        FailedUnits = [.. answer.All("failing").Where(f => f.Length > 0).Select(f => f[0])],
        Units = answer.Units(),
        Load = double.TryParse(answer.Text("load"), NumberStyles.Float, CultureInfo.InvariantCulture, out var load) && double.IsFinite(load) ? Math.Max(0, load) : 0,
        Processors = Math.Max(answer.Integer("processors") ?? 1, 1),
        MemoryAvailableBytes = answer.Amount("memory") ?? 0,
        Clock = answer.Moment("clock", answer.Text("clock")),
        HostName = answer.Text("host-name"),
        MachineId = answer.Text("machine-id"),
        BootId = answer.Text("boot"),
        Lock = answer.Lock(),
        Transaction = answer.Transaction(),
        Obstacles = [.. answer.All("obstacle").Where(f => f.Length > 0).Select(Obstacle)],
        NewerProtocol = answer.All("obstacle").Any(f => f is ["newer-protocol", ..]),
    };

    /// <summary>The paths that the host lacks.</summary>
    public static ImmutableArray<StorePath> Missing(this HostAnswer answer) =>
        [.. answer.All("missing").Select(f => f.Length > 0 && StorePath.TryParse(f[0], out var path) ? path : throw answer.Malformed("missing"))];

    /// <summary>Everything that <c>contents</c> says.</summary>
    public static HostContents Contents(this HostAnswer answer, StorePath? described)
    {
        try
        {
            return new HostContents(answer.Missing(), described is null ? null : ContentsReader.Read(described, answer.All))
            {
                DryActivation = answer.All("dry-activated").Any() ? answer.DryActivation().Units : null,
            };
        }
        catch (FormatException e)
        {
            throw answer.Malformed(e.Message);
        }
    }

    /// <summary>Everything that <c>verify-rollback</c> says.</summary>
    public static RollbackReadiness Readiness(this HostAnswer answer) => new(
        answer.Find("target", 2) is { } target && StorePath.TryParse(target[1], out var system) ? new Generation(answer.Integer("target", target[0]), system) : null,
        [.. answer.All("check").Select(f => f.Length >= 3 ? new ReadinessCheck(f[0], f[1] == "yes", f[2]) : throw answer.Malformed("check"))]);

    public static SystemRef Running(this HostAnswer answer) => new(answer.Path("current"), answer.Integer("generation"));

    /// <summary>Who holds the lock, or whose lock was <c>broken</c>; <see langword="null"/>: nobody's.</summary>
    public static HostLock? Lock(this HostAnswer answer, string key = "lock") => answer.Find(key, 5) is { } f
        ? new HostLock(f[0], f[1], answer.Moment(key, f[2]), answer.Whole(key, f[3])) { Guarded = f[4] == "yes" }
        : null;

    /// <summary>How the units that were asked for are doing.</summary>
    public static ImmutableArray<UnitState> Units(this HostAnswer answer) =>
    [
        .. answer.All("unit").Select(f => f.Length >= 6
            ? new UnitState(f[0], f[1], f[2], f[3], int.TryParse(f[4], CultureInfo.InvariantCulture, out var restarts) ? restarts : 0) { Invocation = f[5] }
            : throw answer.Malformed("unit")),
    ];

    /// <summary>The transaction that the host has written down, or <see langword="null"/>.</summary>
    public static TransactionState? Transaction(this HostAnswer answer)
    {
        if (answer.Find("transaction", 6) is not { } f)
        {
            return null;
        }

        if (!Phases.TryGetValue(f[2], out var phase) || !StorePath.TryParse(f[4], out var target))
        {
            throw answer.Malformed("transaction");
        }

        var activation = answer.Find("activation", 3) ?? ["", "", ""];
        return new TransactionState(new Transaction(f[0], answer.Whole("transaction", f[1])), phase, target, StorePath.TryParse(f[5], out var old) ? old : null)
        {
            Reason = Reason(f[3]),
            BootedSystem = answer.Path("booted"),
            Generation = answer.Integer("generation"),
            CurrentSystem = answer.Path("current"),
            Outcome = activation[0].Length > 0 ? Outcome(activation[0]) : null,
            ExitCode = ExitCode(activation[1]),
            RebootNeeded = activation[2] == "yes",
            FailedUnits = answer.Failures(),
            Output = answer.Lines("said"),
            Jobs = [.. answer.All("job").Where(f => f.Length >= 2).Select(f => $"{f[0]} {f[1]}")],
            BusyWith = [.. answer.All("busy").Where(f => f.Length >= 2).Select(f => f[1].Trim() is { Length: > 0 } command ? $"{f[0]} ({command})" : f[0])],
            MovedProfile = answer.Find("moved", 2) is { } moved
                ? new SystemRef(StorePath.TryParse(moved[1], out var theirs) ? theirs : null, moved[0].Length > 0 ? (int?)answer.Whole("moved", moved[0]) : null)
                : null,
            Tolerated = [.. answer.All("tolerated").Where(f => f.Length > 0).Select(f => f[0])],
            BeganAt = answer.Find("began", 2) is { } began ? answer.Moment("began", began[0]) + Fraction(began[1]) : null,
            EndedAt = answer.Text("ended") is { Length: > 0 } ended ? answer.Moment("ended", ended) : null,
            Unguarded = answer.Find("unguarded", 0) is not null,
            Remaining = answer.Integer("remaining") is { } seconds ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : null,
        };
    }

    /// <summary>What an activation would do.</summary>
    public static DryActivationResult DryActivation(this HostAnswer answer) =>
        new(answer.Integer("dry-activated") ?? throw answer.Malformed("dry-activated"), answer.Lines("would")) { FailedCheck = answer.Lines("check-failed") };

    /// <summary>How an activation ended.</summary>
    public static ActivationResult Activation(this HostAnswer answer)
    {
        var outcome = answer.Find("outcome", 2) ?? throw answer.Malformed("outcome");
        return new ActivationResult(Outcome(outcome[0]), ExitCode(outcome[1]), answer.Path("current"), answer.Failures(), answer.Lines("output"))
        {
            RebootNeeded = answer.All("reboot-needed").Any(),
            Record = answer.Transaction(),
        };
    }

    private static ActivationOutcome Outcome(string word) => word switch
    {
        "activated" => ActivationOutcome.Activated,
        "failures" => ActivationOutcome.ActivatedWithFailures,
        "installed" => ActivationOutcome.Installed,
        "needs-reboot" => ActivationOutcome.NeedsReboot,
        _ => ActivationOutcome.Failed,
    };

    /// <summary>Above 128 a shell says that a signal ended the program.</summary>
    private static int? ExitCode(string word) =>
        int.TryParse(word, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 128 ? number : null;

    private static IEnumerable<Generation> Generations(this HostAnswer answer)
    {
        foreach (var f in answer.All("has-generation"))
        {
            if (f.Length >= 2 && int.TryParse(f[0], CultureInfo.InvariantCulture, out var number) && StorePath.TryParse(f[1], out var system))
            {
                yield return new Generation(number, system);
            }
        }
    }

    private static ImmutableArray<UnitFailure> Failures(this HostAnswer answer)
    {
        var logs = answer.All("log").Where(f => f.Length >= 2).ToLookup(f => f[0], f => f[1]);
        return [.. answer.All("failed").Where(f => f.Length >= 2).Select(f => new UnitFailure(f[0], f[1], [.. logs[f[0]]]))];
    }

    private static string Lines(this HostAnswer answer, string key) => string.Join('\n', answer.All(key).Select(f => f.Length > 0 ? f[0] : ""));

    private static DateTimeOffset Moment(this HostAnswer answer, string key, string text)
    {
        var seconds = answer.Whole(key, text);
        return seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw answer.Malformed(key);
    }

    /// <summary>Digits behind a decimal point; zero for anything else.</summary>
    private static TimeSpan Fraction(string digits) =>
        digits.Length is > 0 and < 10 && digits.All(char.IsAsciiDigit) ? TimeSpan.FromSeconds(double.Parse("0." + digits, CultureInfo.InvariantCulture)) : TimeSpan.Zero;

    private static string Obstacle(ImmutableArray<string> words) => words[0] switch
    {
        "not-root" => "the account is not root there; log in as root, or set target.elevation, such as [\"sudo\", \"-n\"]",
        "no-systemd" => "systemd does not run there; NixDeploy needs it to protect the host",
        "no-nix" => "nix-store or nix-env was not found there; is it a NixOS host?",
        "store-read-only" => "the Nix store there cannot be written; is its disk mounted read-only?",
        "newer-protocol" when words.Length > 2 =>
            $"{words[1]} there was written by a newer NixDeploy (protocol {Text.Quote(words[2])}); use that version or a newer one",
        var word => word,
    };
}
