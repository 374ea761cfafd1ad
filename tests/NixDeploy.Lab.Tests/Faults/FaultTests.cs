using NixDeploy.Labs.Faults;

namespace NixDeploy.Labs.Tests.Faults;

/// <summary>Each fault of the table a few times, side by side on all hosts of the lab; <c>./build.sh --target=LabSoak</c> runs them often.</summary>
public sealed class FaultTests
{
    private static IEnumerable<string> Families => FaultTable.Families;

    /// <summary>For people who look for one fault: those whose name contains this.</summary>
    private static readonly string Only = Environment.GetEnvironmentVariable("NIXDEPLOY_FAULTS") ?? "";

    [TestCaseSource(nameof(Families))]
    public async Task Every_host_is_whole_afterwards_on_the_old_or_the_new_system(string family)
    {
        var lab = await SharedLab.GetAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var faults = FaultTable.All.Where(fault => fault.Family == family && fault.Name.Contains(Only, StringComparison.Ordinal));

        var outcomes = await new FaultRunner(lab, outcome => TestContext.Progress.WriteLine(outcome.ToString())).RunAsync(faults, fault => fault.Tests, deadline.Token);

        lab.ResetSystems();
        Assert.That(outcomes.Where(outcome => outcome.Findings.Count > 0), Is.Empty);
    }
}
