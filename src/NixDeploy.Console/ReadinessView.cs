using System.Collections.Immutable;
using NixDeploy.Reporting.Model;
using NixDeploy.Survey;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Prints whether hosts can be rolled back, a host a line, and below it what is missing.</summary>
internal static class ReadinessView
{
    private static readonly ImmutableDictionary<string, string> Missing = new Dictionary<string, string>
    {
        ["generation"] = "there is no earlier generation with another system",
        ["valid"] = "the earlier system is incomplete in the host's store",
        ["rooted"] = "the earlier system has no garbage collector root",
        ["switch"] = "the earlier system has no switch-to-configuration",
        ["writable"] = "the profile or the host's record cannot be written",
        ["guard"] = "the guard could not be started",
    }.ToImmutableDictionary();

    public static void Write(IAnsiConsole console, ImmutableArray<HostReadiness> hosts)
    {
        var width = hosts.Select(h => h.Host.Value.Length).DefaultIfEmpty(0).Max();
        foreach (var host in hosts)
        {
            console.WritePlain($"{host.Host.Value.PadRight(width)}  {Line(host)}");
            foreach (var check in host.Readiness?.Checks.Where(c => !c.Passed) ?? [])
            {
                console.WritePlain($"{new string(' ', width)}  - {(check.Name == "guard" && host.Holder is { } holder
                    ? $"it is locked by {Printable.Line(holder)}: try again when it is released"
                    : Missing.GetValueOrDefault(check.Name, check.Name) + (check.Detail.Length > 0 ? $" ({Printable.Line(check.Detail)})" : ""))}");
            }
        }
    }

    private static string Line(HostReadiness host) => host.Readiness switch
    {
        null => $"UNKNOWN    {host.Problem}",
        { IsReady: true, Target: { } target } => $"READY      to roll back to generation {target.Number}, {target.System}",
        _ => "NOT READY",
    };
}
