using Cake.Core;
using Cake.Core.Diagnostics;

namespace Cake.Frosting.NixDeploy;

/// <summary>Cake's headings and its table of durations; a table of one task adds nothing to what the task has said, and is left out.</summary>
/// <param name="printer">The printer.</param>
internal sealed class LastWordPrinter(ICakeReportPrinter printer) : ICakeReportPrinter
{
    public void Write(CakeReport report)
    {
        if (report.Count() > 1)
        {
            printer.Write(report);
        }
    }

    public void WriteStep(string name, Verbosity verbosity) => printer.WriteStep(name, verbosity);

    public void WriteLifeCycleStep(string name, Verbosity verbosity) => printer.WriteLifeCycleStep(name, verbosity);

    public void WriteSkippedStep(string name, Verbosity verbosity) => printer.WriteSkippedStep(name, verbosity);
}
