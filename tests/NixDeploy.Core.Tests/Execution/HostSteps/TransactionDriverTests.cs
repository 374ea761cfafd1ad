using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Scheduling;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>One transaction, with connections that break.</summary>
[TestFixture]
internal sealed class TransactionDriverTests
{
    private OneHost one = null!;

    [SetUp]
    public void A_host() => one = new OneHost();

    [TestCase(null)]
    [TestCase(SimulatedFault.LoseAnswer)]
    [TestCase(SimulatedFault.LoseConnection)]
    [TestCase(SimulatedFault.Freeze)]
    public void An_activation_ends_on_trial_whatever_becomes_of_the_connection(SimulatedFault? fault)
    {
        if (fault is { } breaks)
        {
            one.Web.FailAt(HostStep.Try, breaks);
        }

        Assert.That(Record(ActivateAsync).Phase, Is.EqualTo(TransactionPhase.OnTrial));
        Assert.That(one.Web.Activated, Is.EqualTo(new[] { OneHost.New }), "once");
    }

    [Test]
    public void An_activation_that_the_host_never_heard_of_is_begun_once_more_and_no_more()
    {
        one.Web.FailAt(HostStep.Try, SimulatedFault.LoseConnection, times: 2);
        Assert.That(Record(ActivateAsync).Reason, Is.EqualTo(TransactionReason.NeverBegun));
        Assert.That(one.Steps.Count(s => s == HostStep.Try), Is.EqualTo(2));
    }

    [Test]
    public void A_refusal_is_an_answer()
    {
        var answer = one.Time.Run(async () =>
        {
            await one.Driver.AcquireAsync(OneHost.New, committed: null, default);
            return await one.Driver.ActivateAsync(OneHost.New, ActivationMode.Switch, null, isRollback: false, default);
        });
        Assert.That(((TransactionAnswer.Refused)answer).Problem.Code, Is.EqualTo("ND0412"), "it was not copied");
    }

    [TestCase(HostStep.Commit, SimulatedFault.LoseAnswer)]
    [TestCase(HostStep.Commit, SimulatedFault.LoseConnection)]
    [TestCase(HostStep.Commit, SimulatedFault.Freeze)]
    public void A_commit_outlives_a_connection_that_breaks(HostStep step, SimulatedFault fault)
    {
        one.Web.FailAt(step, fault);
        var state = Record(async () =>
        {
            await ActivateAsync();
            return await one.Driver.SubmitAsync(Verdict.Commit, default);
        });
        Assert.That(state.Phase, Is.EqualTo(fault == SimulatedFault.Freeze ? TransactionPhase.RolledBack : TransactionPhase.Committed));
    }

    [Test]
    public void A_host_that_never_answers_again_is_unreachable_once_its_guard_must_be_done()
    {
        one.Web.FailAt(HostStep.Commit, SimulatedFault.LoseConnection).FailAt(HostStep.Connect, SimulatedFault.LoseConnection, occurrence: 2, times: -1);
        var answer = one.Time.Run(async () =>
        {
            await ActivateAsync();
            return await one.Driver.SubmitAsync(Verdict.Commit, default);
        });
        Assert.That(answer, Is.TypeOf<TransactionAnswer.Unreachable>());
        Assert.That(one.Time.GetElapsedTime(0), Is.GreaterThan(TimeSpan.FromMinutes(3)));
    }

    [Test]
    public void Another_process_finds_the_runs_last_transaction()
    {
        one.Time.Run(ActivateAsync);
        var other = new TransactionDriver(one.Run, one.Plan, one.Link);
        var state = Record(() => other.AskAsync(broken: null, default));
        Assert.That(state.Phase, Is.EqualTo(TransactionPhase.OnTrial));
        Assert.That(other.Transaction, Is.EqualTo(one.Driver.Transaction));
    }

    private async Task<TransactionAnswer> ActivateAsync()
    {
        await one.Preparation.RunAsync(waits: false, default);
        return await one.Driver.ActivateAsync(OneHost.New, ActivationMode.Switch, null, isRollback: false, default);
    }

    private TransactionState Record(Func<Task<TransactionAnswer>> work) => ((TransactionAnswer.Recorded)one.Time.Run(work)).State;
}
