using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Events;

namespace NixDeploy.Reporting.Model;

/// <summary>How a status is called and what it looks like.</summary>
internal static class StatusWords
{
    /// <summary>The word, in capitals.</summary>
    public static string Word(HostStatus status) => status switch
    {
        HostStatus.Pending => "WAITING",
        HostStatus.Activating => "ACTIVATING",
        HostStatus.NeedsReboot => "NEEDS REBOOT",
        HostStatus.DryActivated => "DRY-ACTIVATED",
        HostStatus.RollingBack => "ROLLING BACK",
        HostStatus.RolledBack => "ROLLED BACK",
        HostStatus.RollbackFailed => "ROLLBACK FAILED",
        _ => status.ToString().ToUpperInvariant(),
    };

    /// <summary>The word for a host; where no rollback was allowed, none has failed.</summary>
    public static string Word(HostProgress host) => host is { Status: HostStatus.RollbackFailed, Left: true } ? "FAILED, RUNS THE NEW SYSTEM" : Word(host.Status);

    /// <summary>The sign before the word.</summary>
    public static string Sign(HostStatus status) => status switch
    {
        HostStatus.Pending => "⏳",
        HostStatus.Deployed or HostStatus.DryActivated => "✅",
        HostStatus.NeedsReboot => "⚠️",
        HostStatus.Skipped => "⏭️",
        HostStatus.Deferred => "💤",
        HostStatus.Failed or HostStatus.RollbackFailed => "❌",
        HostStatus.RollingBack or HostStatus.RolledBack => "↩️",
        HostStatus.Blocked => "⛔",
        HostStatus.Cancelled => "⏹️",
        HostStatus.Unknown => "❓",
        _ => "🔄",
    };

    /// <summary>The tone that it is shown in.</summary>
    public static Tone Tone(HostStatus status) => status switch
    {
        HostStatus.Deployed or HostStatus.DryActivated => Model.Tone.Good,
        HostStatus.NeedsReboot or HostStatus.RollingBack or HostStatus.RolledBack or HostStatus.Blocked or HostStatus.Deferred or HostStatus.Cancelled => Model.Tone.Warning,
        HostStatus.Failed or HostStatus.RollbackFailed or HostStatus.Unknown => Model.Tone.Bad,
        HostStatus.Pending or HostStatus.Skipped => Model.Tone.Quiet,
        _ => Model.Tone.Active,
    };

    /// <summary>Sign, word, and in brackets how long it took or why it was skipped: <c>✅ DEPLOYED (1m 23s)</c>.</summary>
    public static string Full(HostProgress host, DateTimeOffset? now)
    {
        var aside = host.Status == HostStatus.Skipped ? host.Problem is null ? " (no changes)" : " (unreachable)"
            : host.StartedAt is { } began && (host.EndedAt ?? now) is { } until && until > began ? $" ({Amounts.Duration(until - began)})"
            : "";
        return $"{Sign(host.Status)} {Word(host)}{Lasting(host)}{aside}";
    }

    /// <summary>What an activation would do to units, in a few words.</summary>
    public static string DryRun(DryActivation would)
    {
        (string Verb, ImmutableArray<string> Units)[] all =
            [("stop", would.Stop), ("start", would.Start), ("restart", would.Restart), ("reload", would.Reload)];
        var said = all.Where(a => !a.Units.IsDefaultOrEmpty).Select(a => $"would {a.Verb} {Printable.Line(string.Join(", ", a.Units))}").ToList();
        return string.Join("; ", [.. said.Count == 0 ? ["no unit would change"] : said, .. Besides(would)]);
    }

    /// <summary>What an activation would do besides stopping, starting, restarting and reloading units, a sentence each.</summary>
    public static IEnumerable<string> Besides(DryActivation would)
    {
        if (!would.Keep.IsDefaultOrEmpty)
        {
            yield return $"Changed, but not restarted: {Printable.Line(string.Join(", ", would.Keep))}";
        }

        if (would.RestartsSystemd)
        {
            yield return "systemd itself is restarted";
        }

        if (!would.SwapOff.IsDefaultOrEmpty)
        {
            yield return $"Swap is turned off: {Printable.Line(string.Join(", ", would.SwapOff))}";
        }

        if (would.FailedCheck.Length > 0)
        {
            yield return $"Its own check before a switch fails: {Printable.Line(would.FailedCheck)}";
        }
    }

    /// <summary>A host may be deployed and yet not run its system for good.</summary>
    private static string Lasting(HostProgress host) => host.Status != HostStatus.Deployed ? ""
        : host.AtNextBoot ? ", takes effect at the next boot"
        : host.UntilNextBoot ? " until its next boot"
        : host.RebootNeeded ? ", a reboot completes it"
        : "";
}

/// <summary>What a line means to its reader; a view picks the colour.</summary>
internal enum Tone
{
    Plain,
    Quiet,
    Active,
    Good,
    Warning,
    Bad,
}
