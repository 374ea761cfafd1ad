using System.Globalization;
using System.IO.Enumeration;
using Cake.Common;
using Cake.Core;
using Cake.Frosting;
using Cake.Frosting.NixDeploy;
using NixDeploy;
using NixDeploy.Labs;
using NixDeploy.Labs.Faults;

namespace Build.Tasks;

[TaskName("LabSoak")]
[TaskDescription("Lets everything go wrong often on real hosts and writes how it ended to docs/reliability.md; takes half an hour (--times=N, --only=GLOB, --hosts=N, --into=FILE).")]
[TaskArgument("hosts", "N", "how many hosts the lab has", Default = "8")]
[TaskArgument("times", "N", "how often each fault is run", Default = "as often as it is meant to be")]
[TaskArgument("only", "GLOB", "the faults that are run", Default = "all")]
[TaskArgument("into", "FILE", "the page that is written", Default = "docs/reliability.md")]
public sealed class LabSoakTask : AsyncFrostingTask<BuildContext>
{
    private const string LabName = "soak";

    public override async Task RunAsync(BuildContext context)
    {
        var only = context.Argument("only", "*");
        var faults = FaultTable.All.Where(fault => FileSystemName.MatchesSimpleExpression(only, fault.ToString())).ToList();
        if (faults.Count == 0)
        {
            throw new UsageException("ND0211", $"--only={only} matches no fault; they are named 'FAMILY: WHAT HAPPENS', and the families are {string.Join(", ", FaultTable.Families)}.");
        }

        var times = Times(context);
        var into = context.Argument("into", context.Repository.Root.CombineWithFilePath("docs/reliability.md").FullPath);
        var options = LabArguments.Read(context, "LabSoak", hosts: 8) with { Name = LabName };
        var lab = await LabArguments.DoAsync(() => Lab.UpAsync(options, Console.WriteLine, CancellationToken.None));
        try
        {
            // The page grows with every fault: it takes its time, and what was seen is not to be lost when somebody ends it.
            var seen = new List<FaultOutcome>();
            var outcomes = await new FaultRunner(lab, Note).RunAsync(faults, fault => times ?? fault.Soak, CancellationToken.None);
            var bad = outcomes.Count(outcome => outcome.Findings.Count > 0);
            Console.WriteLine($"{outcomes.Count} faults, {bad} of them did not end as they must; the figures are in {into}");
            if (bad > 0)
            {
                throw new CakeException($"{bad} of {outcomes.Count} faults did not end as they must; they are listed in {into}.");
            }

            void Note(FaultOutcome outcome)
            {
                Console.WriteLine(outcome);
                seen.Add(outcome);
                File.WriteAllText(into, FaultFigures.Page(seen, lab.Hosts.Length));
            }
        }
        finally
        {
            await lab.DownAsync(CancellationToken.None);
        }
    }

    private static int? Times(BuildContext context)
    {
        var text = context.Argument("times", "");
        return text.Length == 0 ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
            : throw new UsageException("ND0211", $"--times is '{text}', expected how often each fault is run, 1 or more; without it each is run as often as it is meant to be.");
    }
}
