using NixDeploy.Labs.Faults;

namespace NixDeploy.Labs.Tests.Faults;

/// <summary>
/// Each fault of the table a few times, all side by side on all hosts of a lab; <c>./build.sh --target=LabSoak</c> runs them often.
/// They happen when the first family is asked about, and each test tells how one family has ended.
/// </summary>
public sealed class FaultTests : LabTest
{
    private Task<IReadOnlyList<FaultOutcome>>? outcomes;

    private static IEnumerable<string> Families => FaultTable.Families;

    /// <summary>For people who look for one fault: those whose family and name contain this, such as <c>other-admin: the lock</c>.</summary>
    private static readonly string Only = Environment.GetEnvironmentVariable("NIXDEPLOY_FAULTS") ?? "";

    [TestCaseSource(nameof(Families))]
    public async Task Every_host_is_whole_afterwards_on_the_old_or_the_new_system(string family)
    {
        var ended = (await (outcomes ??= HappenAsync())).Where(outcome => outcome.Fault.Family == family).ToList();

        Assert.That(ended.Select(outcome => outcome.Fault).Distinct(), Is.EquivalentTo(Wanted.Where(fault => fault.Family == family)));
        Assert.That(ended.Where(outcome => outcome.Findings.Count > 0), Is.Empty);
    }

    private static IEnumerable<Fault> Wanted => FaultTable.All.Where(fault => fault.ToString().Contains(Only, StringComparison.Ordinal));

    private async Task<IReadOnlyList<FaultOutcome>> HappenAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(40));
        return await new FaultRunner(Lab, outcome => TestContext.Progress.WriteLine(outcome.ToString())).RunAsync(Wanted, fault => fault.Tests, deadline.Token);
    }
}
