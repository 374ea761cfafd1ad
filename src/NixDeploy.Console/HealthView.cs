using NixDeploy.Health;
using NixDeploy.Reporting.Model;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Prints the health checks of a fleet, a check a line.</summary>
internal static class HealthView
{
    public static void Write(IAnsiConsole console, FleetHealth health)
    {
        var rows = health.Hosts.SelectMany(h => h.Checks.Select((c, i) => (Host: i == 0 ? h.Host.Value : "", Check: Printable.Line(c.Check), c.Outcome, c.Detail))).ToList();
        var (hosts, checks) = (rows.Select(r => r.Host.Length).DefaultIfEmpty(0).Max(), rows.Select(r => r.Check.Length).DefaultIfEmpty(0).Max());
        foreach (var row in rows)
        {
            console.WritePlain($"{row.Host.PadRight(hosts)}  {Word(row.Outcome),-7}  {row.Check.PadRight(checks)}  {Printable.Line(row.Detail)}");
        }
    }

    private static string Word(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Passed => "ok",
        CheckOutcome.Failed => "FAILED",
        _ => "unknown",
    };
}
