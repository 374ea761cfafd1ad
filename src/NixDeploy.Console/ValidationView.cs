using NixDeploy.Reporting.Model;
using NixDeploy.Reporting.Plans;
using NixDeploy.Survey;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Prints what would keep a fleet from being deployed: the checks, then the hosts' problems, then warnings.</summary>
internal static class ValidationView
{
    public static void Write(IAnsiConsole console, FleetValidation validation)
    {
        foreach (var line in validation.Files.Select(Printable.Line)
            .Concat(validation.Checks.Select(PlanWords.Preflight))
            .Concat(validation.Problems.Select(p => $"{p.Key}: {Printable.Line(p.Value.ToString())}"))
            .Concat(validation.Warnings.Select(w => $"Warning: {Printable.Line(w)}")))
        {
            console.WritePlain(line);
        }
    }
}
