using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Reporting.Model;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Prints where a fleet stands, a host a line, and below it what a person should know.</summary>
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
                $"Deferred: {deferred.Host}, by run {deferred.Run} at {deferred.Since:yyyy-MM-dd HH:mm:ss}Z ({deferred.Problem}); the next run takes it"));
        }

        if (status.LastRun is { } run)
        {
            console.WritePlain(string.Create(CultureInfo.InvariantCulture,
                $"Last run: {run.Run}, begun {run.StartedAt:yyyy-MM-dd HH:mm:ss}Z, {run.Outcome?.ToString() ?? "not ended"}"));
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
            yield return $"drift: it runs {state.CurrentSystem?.Value ?? "nothing known"}, but would boot {state.ProfileSystem?.Value ?? "nothing known"}";
        }

        if (state.RebootNeeded)
        {
            yield return "a reboot completes what it runs: it was booted with another kernel, initrd, modules or kernel parameters; --reboot=if-needed reboots it";
        }

        if (state.Lock is { } holder)
        {
            yield return $"locked by {holder.Describe(state.Clock)}";
        }

        if (state.Transaction is { Phase: not TransactionPhase.Committed } transaction)
        {
            yield return $"{Describe(transaction)}; on trial was {transaction.Target}, it runs {state.CurrentSystem?.Value ?? "nothing known"}";
        }

        if (state.FailedUnits.Length > 0)
        {
            yield return $"failed units: {string.Join(", ", state.FailedUnits)}";
        }
    }

    private static string Describe(TransactionState transaction) => transaction.Phase switch
    {
        _ when transaction.Unguarded => $"run {transaction.Transaction.Run} left it in the middle, and no guard is at work any more: what runs may not run whole; deploy to it again with --break-lock",
        TransactionPhase.RolledBack when transaction.Reason == TransactionReason.Deadline =>
            string.Create(CultureInfo.InvariantCulture, $"the host restored itself{(transaction.EndedAt is { } at ? $" at {at:yyyy-MM-dd HH:mm:ss}Z" : "")} because no verdict of run {transaction.Transaction.Run} came"),
        TransactionPhase.RolledBack when transaction.Reason != TransactionReason.Verdict => $"the host restored itself in run {transaction.Transaction.Run} ({JsonFormat.Word(transaction.Reason)})",
        TransactionPhase.Kept => $"on trial until its next boot, by run {transaction.Transaction.Run}",
        TransactionPhase.RevertedByReboot => $"a reboot took back what run {transaction.Transaction.Run} tried",
        TransactionPhase.RolledBack => $"run {transaction.Transaction.Run} took back what it had tried last, which may have been its way back",
        TransactionPhase.RollbackFailed => $"run {transaction.Transaction.Run} could not take back what it had tried ({JsonFormat.Word(transaction.Reason)}): a person is needed",
        TransactionPhase.HalfCommitted => $"run {transaction.Transaction.Run} has half committed what it tried: it is the profile's generation, and what boots is not known",
        _ => $"run {transaction.Transaction.Run} is at work here, or its guard is ({JsonFormat.Word(transaction.Phase)})",
    };
}
