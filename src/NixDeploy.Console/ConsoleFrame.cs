using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Reporting.Model;
using NixDeploy.Reporting.Runs;

namespace NixDeploy.Terminal;

/// <summary>A line of the live view: parts with their tones.</summary>
internal sealed record FrameLine(params (Tone Tone, string Text)[] Parts)
{
    public override string ToString() => string.Concat(Parts.Select(p => p.Text));
}

/// <summary>What the live view shows at one moment: a pure function of the run, the time and the size of the terminal.</summary>
/// <param name="State">The run.</param>
/// <param name="Now">The time.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows; the picture never has more.</param>
internal sealed record ConsoleFrame(RunState State, DateTimeOffset Now, int Width, int Height)
{
    private const int HeadAndFoot = 4;
    private const int BlockBar = 36;
    private const int RowBar = 16;
    private const int WidestName = 24;

    /// <summary>Where rows are few, pending and healthy hosts are counted instead of shown.</summary>
    private const int Counted = 3;

    /// <summary>What the hosts are for, where known.</summary>
    public IReadOnlyDictionary<HostName, string?>? Roles { get; init; }

    /// <summary>The lines, top to bottom.</summary>
    public IReadOnlyList<FrameLine> Lines()
    {
        var room = Math.Max(1, Height - HeadAndFoot - (State.Awaits is null ? 0 : 1));
        var blocks = State.Hosts.Values.SelectMany(Block).ToList();
        FrameLine[] lines =
        [
            new((Tone.Plain, $"Deployment Progress: {Amounts.Count(State.Hosts.Count, "host")}")),
            new((Tone.Quiet, new string('━', Math.Max(1, Math.Min(Summary.Rule.Length, Width - 2))))),
            .. blocks.Count <= room ? blocks : [.. Rows(room), new((Tone.Plain, ""))],
            .. Question(),
            Overall(),
        ];
        return lines.Length <= Math.Max(1, Height) ? lines : [Overall()];
    }

    /// <summary>The pending approval, just above the last line.</summary>
    private IEnumerable<FrameLine> Question() => State.Awaits is not { } asked ? [] :
    [
        new((Tone.Warning, Printable.Line($"{asked.Question.Prompt} [y/n]")), (Tone.Quiet, $" (rolled back in {Amounts.Duration(asked.Until > Now ? asked.Until - Now : TimeSpan.Zero)})")),
    ];

    /// <summary>The lines of one host: name and status, bar, activity.</summary>
    private IEnumerable<FrameLine> Block(HostProgress host)
    {
        var tone = StatusWords.Tone(host.Status);
        var role = Roles?.GetValueOrDefault(host.Host) is { } known ? $" ({Printable.Line(known)})" : "";
        yield return new((Tone.Plain, $"{host.Host}{role}:"));
        yield return new((Tone.Plain, "  ["), (tone, Bar(host, BlockBar)), (Tone.Plain, $"] {Estimate.Percent(host)}%"));
        yield return new((Tone.Plain, "  Status: "), (tone, StatusWords.Full(host, Now)));
        if (Doing(host) is { Length: > 0 } doing)
        {
            yield return new((Tone.Plain, $"  {Label(host)}: {doing}"));
        }

        yield return new((Tone.Plain, ""));
    }

    private static string Label(HostProgress host) => host.Status switch
    {
        HostStatus.Deployed or HostStatus.NeedsReboot => "Generation",
        _ => host.Ended || host.Status == HostStatus.Failed ? "Because" : "Current",
    };

    /// <summary>A row a host; where there are more than rows, the failed and the busy ones, and the others counted.</summary>
    private IEnumerable<FrameLine> Rows(int room)
    {
        var all = State.Hosts.Values.ToList();
        var shown = all.Count <= room ? all : [.. all.Where(h => Importance(h) < Counted).OrderBy(Importance).ThenBy(h => h.Host).Take(room - 1)];
        var names = Math.Min(WidestName, shown.Select(h => h.Host.Value.Length).DefaultIfEmpty().Max());
        foreach (var host in shown)
        {
            var tone = StatusWords.Tone(host.Status);
            yield return new(
                (Tone.Plain, $"{host.Host.Value.PadRight(names)} ["),
                (tone, Bar(host, RowBar)),
                (Tone.Plain, $"] {Estimate.Percent(host),3}%  "),
                (tone, StatusWords.Full(host, Now)),
                (Tone.Quiet, Doing(host) is { Length: > 0 } doing ? $"  {doing}" : ""));
        }

        if (shown.Count < all.Count)
        {
            var rest = all.Except(shown).GroupBy(h => (h.Status, Word: StatusWords.Word(h))).OrderBy(g => g.Key.Status)
                .Select(g => $"{g.Count()} {g.Key.Word.ToLowerInvariant()}");
            yield return new((Tone.Quiet, $"… and {all.Count - shown.Count} more: {string.Join(", ", rest)}"));
        }
    }

    private static int Importance(HostProgress host) => StatusWords.Tone(host.Status) switch
    {
        Tone.Bad => 0,
        Tone.Active => 1,
        Tone.Warning => 2,
        _ => Counted,
    };

    /// <summary><c>Overall: 2/3 complete | Elapsed: 1m 35s | ETA: 45s</c>: skipped hosts are no work.</summary>
    private FrameLine Overall()
    {
        var tally = Tally.Of(State);
        var elapsed = (State.Outcome is null ? Now : State.LastAt ?? Now) - (State.StartedAt ?? Now);
        var eta = Estimate.Left(State, Now) is { } left ? $" | ETA: {Amounts.Duration(left)}" : "";
        var stop = State.Halted ? " | HALTED, taking the run back" : State.StopRequested ? " | stopping" : "";
        return new(
            (Tone.Plain, $"Overall: {tally.Ended}/{tally.Changed} complete | Elapsed: {Amounts.Duration(elapsed)}{(State.Outcome is null ? eta : "")}"),
            (Tone.Warning, stop));
    }

    private static string Bar(HostProgress host, int width)
    {
        if (host.Status is HostStatus.Skipped or HostStatus.Blocked or HostStatus.Deferred or HostStatus.Cancelled)
        {
            return new string('━', width);
        }

        var full = width * Estimate.Percent(host) / 100;
        return new string('█', full) + new string('░', width - full);
    }

    /// <summary>What goes on there, or how it ended.</summary>
    private string Doing(HostProgress host) => Printable.Line(host.Status switch
    {
        HostStatus.Pending => Waiting(host),
        HostStatus.Building => "building the system",
        HostStatus.Testing => "testing without activating",
        HostStatus.Copying => "copying what the host lacks",
        HostStatus.Activating => "switching on trial",
        HostStatus.Verifying => Checks(host),
        HostStatus.Committing => "making it permanent",
        HostStatus.Rebooting => "rebooting into the new system",
        HostStatus.DryActivated => host.DryRun is { } would ? StatusWords.DryRun(would) : "",
        HostStatus.Baking => "deployed, watched before the next stage",
        HostStatus.RollingBack => "bringing the old system back",
        HostStatus.Deployed or HostStatus.NeedsReboot => Generations(host),
        _ => host.Because is { } other ? $"waits for {other}" : host.Problem?.ToString() ?? "",
    });

    private static string Generations(HostProgress host) =>
        host.Generation is { } to ? host.From.Generation is { } from ? $"{from} → {to}" : $"{to}" : "";

    private string Waiting(HostProgress host)
    {
        var after = State.Plan?.Hosts.FirstOrDefault(p => p.Host == host.Host)?.After ?? [];
        var missing = after.Where(a => State.Hosts.TryGetValue(a, out var other) && !other.Ended).ToList();
        return missing.Count > 0 ? $"waits for {HostList.Few(missing, most: 3)}" : "";
    }

    private static string Checks(HostProgress host) =>
        host.Checks.IsEmpty ? "watching health"
        : host.Checks.FirstOrDefault(c => !c.Passed) is { } failing ? $"{failing.Check}: {failing.Detail}"
        : $"{Amounts.Count(host.Checks.Length, "check")} ok, watching";
}
