using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Reporting.Model;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Prints where a fleet stands, a host a line, and below it what needs attention.</summary>
internal static class StatusView
{
    public static void Write(IAnsiConsole console, FleetStatus status)
    {
        var width = status.Hosts.Select(h => h.Inspection.Host.Name.Value.Length).DefaultIfEmpty(0).Max();
        foreach (var host in status.Hosts)
        {
            console.WritePlain($"{host.Inspection.Host.Name.Value.PadRight(width)}  {Line(host)}");
            foreach (var note in Notes(host))
            {
                console.WritePlain($"{new string(' ', width)}  {note}");
            }
        }

        foreach (var late in status.Late)
        {
            console.WritePlain(Printable.Line(late));
        }

        foreach (var deferred in status.Deferred)
        {
            console.WritePlain(string.Create(CultureInfo.InvariantCulture,
                $"Deferred: {deferred.Host}, by run {deferred.Run} at {deferred.Since:yyyy-MM-dd HH:mm:ss}Z ({deferred.Problem}); the next run deploys it"));
        }

        if (status.LastRun is { } run)
        {
            console.WritePlain(string.Create(CultureInfo.InvariantCulture,
                $"Last run: {run.Run}, started {run.StartedAt:yyyy-MM-dd HH:mm:ss}Z, {run.Outcome?.ToString() ?? "not finished"}"));
        }
    }

    private static string Line(HostStanding host) => host.Inspection.State is { } state
        ? $"{host.Change,-9}  generation {state.Generation?.ToString(CultureInfo.InvariantCulture) ?? "none"}  {state.CurrentSystem?.Value ?? "no current system"}"
        : $"{host.Change,-9}  {host.Inspection.Problem}";

    private static IEnumerable<string> Notes(HostStanding host)
    {
        if (host.Evaluation is { } evaluation)
        {
            yield return evaluation.ToString();
        }

        if (host.Inspection.State is not { } state)
        {
            yield break;
        }

        if (host.Drifted)
        {
            yield return $"drift: runs {state.CurrentSystem?.Value ?? "an unknown system"}, boots {state.ProfileSystem?.Value ?? "an unknown system"}";
        }

        if (state.RebootNeeded)
        {
            yield return "reboot needed: it was booted with another kernel, initrd, modules or kernel parameters; --reboot=if-needed reboots it";
        }

        if (state.Lock is { } holder)
        {
            yield return $"locked by {holder.Describe(state.Clock)}";
        }

        if (state.Transaction is { Phase: not TransactionPhase.Committed } transaction)
        {
            yield return $"{Describe(transaction)}; target {transaction.Target}, runs {state.CurrentSystem?.Value ?? "an unknown system"}";
        }

        if (state.FailedUnits.Length > 0)
        {
            yield return $"failed units: {string.Join(", ", state.FailedUnits)}";
        }
    }

    private static string Describe(TransactionState transaction) => transaction.Phase switch
    {
        _ when transaction.Unguarded => $"run {transaction.Transaction.Run} was interrupted while activating and its guard is gone; the system may be partly activated. Deploy it again with --break-lock",
        TransactionPhase.RolledBack when transaction.Reason == TransactionReason.Deadline =>
            string.Create(CultureInfo.InvariantCulture, $"the guard of run {transaction.Transaction.Run} rolled back{(transaction.EndedAt is { } at ? $" at {at:yyyy-MM-dd HH:mm:ss}Z" : "")}: nobody committed before its deadline"),
        TransactionPhase.RolledBack when transaction.Reason != TransactionReason.Verdict => $"the guard of run {transaction.Transaction.Run} rolled back ({JsonFormat.Word(transaction.Reason)})",
        TransactionPhase.Kept => $"run {transaction.Transaction.Run} activated a system that runs until the next boot",
        TransactionPhase.RevertedByReboot => $"a reboot ended the trial of run {transaction.Transaction.Run}",
        TransactionPhase.RolledBack => $"run {transaction.Transaction.Run} rolled back its last activation",
        TransactionPhase.RollbackFailed => $"manual intervention required: rollback failed in run {transaction.Transaction.Run} ({JsonFormat.Word(transaction.Reason)})",
        TransactionPhase.HalfCommitted => $"manual intervention required: run {transaction.Transaction.Run} made its system the profile's generation, but may not have made it the boot default",
        _ => $"run {transaction.Transaction.Run} or its guard is active ({JsonFormat.Word(transaction.Phase)})",
    };
}
