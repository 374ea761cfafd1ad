using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Contracts;

// What is tried ends as a commit, as it was, or as the next boot brings it up.
public abstract partial class HostSessionContract
{
    [Test]
    public async Task A_commit_makes_exactly_one_new_generation()
    {
        var before = await InspectAsync();
        var target = Another(before);

        var (transaction, tried) = await ActivateAsync(target, TimeSpan.FromMinutes(2));
        var running = await InspectAsync();
        var committed = await CommitAsync(transaction);
        var after = await InspectAsync();

        AssertSameOutcome(tried, running.Transaction!);
        AssertSameOutcome(tried, committed);

        Assert.Multiple(() =>
        {
            Assert.That(tried.Outcome, Is.EqualTo(ActivationOutcome.Activated));
            Assert.That(tried.CurrentSystem, Is.EqualTo(target));
            Assert.That(running.CurrentSystem, Is.EqualTo(target), "tried");
            Assert.That(running.Generations, Is.EqualTo(before.Generations), "tried and not committed");
            Assert.That(running.Lock?.Run, Is.EqualTo(transaction.Run));
            Assert.That(committed.Phase, Is.EqualTo(TransactionPhase.Committed));
            Assert.That(after.CurrentSystem, Is.EqualTo(target));
            Assert.That(after.ProfileSystem, Is.EqualTo(target));
            Assert.That(after.Generations, Has.Length.EqualTo(before.Generations.Length + 1));
            Assert.That(after.Generation, Is.EqualTo(committed.Generation));
            Assert.That(after.Lock, Is.Null, "the guard unlocks when it is done");
        });
    }

    [Test]
    public async Task A_restore_returns_to_the_old_system_and_leaves_no_generation()
    {
        var before = await InspectAsync();

        var (transaction, _) = await ActivateAsync(Another(before), TimeSpan.FromMinutes(2));
        var restored = await RollBackAsync(transaction);

        Assert.That(restored.Phase, Is.EqualTo(TransactionPhase.RolledBack));
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task A_commit_that_comes_after_a_restore_is_told_so()
    {
        var before = await InspectAsync();
        var (transaction, _) = await ActivateAsync(Another(before), TimeSpan.FromMinutes(2));

        await RollBackAsync(transaction);
        var late = await CommitAsync(transaction);

        Assert.That(late.Phase, Is.EqualTo(TransactionPhase.RolledBack));
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task A_restore_that_comes_after_a_commit_is_told_so()
    {
        var target = Another(await InspectAsync());
        var (transaction, _) = await ActivateAsync(target, TimeSpan.FromMinutes(2));

        await CommitAsync(transaction);
        var late = await RollBackAsync(transaction);

        Assert.That(late.Phase, Is.EqualTo(TransactionPhase.Committed));
        Assert.That((await InspectAsync()).CurrentSystem, Is.EqualTo(target));
    }

    [Test]
    public async Task A_guard_that_hears_nothing_restores_at_its_deadline()
    {
        var before = await InspectAsync();
        var (transaction, _) = await ActivateAsync(Another(before), ShortGuard);

        await PassAsync(ShortGuard + ShortGuard);
        var after = await InspectAsync();
        var late = await CommitAsync(transaction);

        Assert.Multiple(() =>
        {
            Assert.That(after.Transaction?.Phase, Is.EqualTo(TransactionPhase.RolledBack));
            Assert.That(after.Transaction?.Reason, Is.EqualTo(TransactionReason.Deadline));
            Assert.That(late.Phase, Is.EqualTo(TransactionPhase.RolledBack));
        });
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task A_renewed_guard_waits_longer()
    {
        var before = await InspectAsync();
        var target = Another(before);

        var (guard, transaction, _, renewed) = await AnswerInTimeAsync(target, ActivationMode.Switch, (session, t) => session.RenewAsync(t, TimeSpan.FromMinutes(20), default));
        Assert.That(renewed.Phase, Is.EqualTo(TransactionPhase.OnTrial));

        await PassAsync(guard + TimeSpan.FromSeconds(1));
        Assert.That((await InspectAsync()).CurrentSystem, Is.EqualTo(target));

        await RollBackAsync(transaction);
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task What_is_only_installed_is_the_profiles_generation_and_does_not_run()
    {
        var before = await InspectAsync();
        var target = Another(before);

        var (transaction, tried) = await ActivateAsync(target, null, ActivationMode.Boot);
        var committed = await CommitAsync(transaction);
        var late = await RollBackAsync(transaction);
        var after = await InspectAsync();

        AssertSameOutcome(tried, committed);
        Assert.Multiple(() =>
        {
            Assert.That(tried.Outcome, Is.EqualTo(ActivationOutcome.Installed));
            Assert.That((committed.Phase, late.Phase), Is.EqualTo((TransactionPhase.Committed, TransactionPhase.Committed)));
            Assert.That(after.CurrentSystem, Is.EqualTo(before.CurrentSystem));
            Assert.That(after.ProfileSystem, Is.EqualTo(target));
            Assert.That(after.Generation, Is.EqualTo(committed.Generation));
            Assert.That(after.Lock, Is.Null);
        });
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_is_kept_runs_without_a_guard_and_leaves_the_profile_alone(bool guarded)
    {
        var before = await InspectAsync();
        var target = Another(before);

        var (guard, transaction, tried, kept) = await AnswerInTimeAsync(target, ActivationMode.Test, (session, t) => session.KeepAsync(t, default), guarded);
        await PassAsync(guard + guard);
        var late = await RollBackAsync(transaction);
        var after = await InspectAsync();

        Assert.Multiple(() =>
        {
            Assert.That(tried.Outcome, Is.EqualTo(ActivationOutcome.Activated));
            Assert.That((kept.Phase, late.Phase), Is.EqualTo((TransactionPhase.Kept, TransactionPhase.Kept)));
            Assert.That(kept.Reason, Is.EqualTo(guarded ? TransactionReason.Verdict : TransactionReason.NoGuard));
            Assert.That(after.CurrentSystem, Is.EqualTo(target), "the guard has ended");
            Assert.That(after.Generations, Is.EqualTo(before.Generations));
            Assert.That(after.Generation, Is.EqualTo(before.Generation));
            Assert.That(after.Lock, Is.Null);
        });
    }

    [Test]
    public async Task A_reboot_brings_up_the_boot_default_and_takes_the_lock_with_it()
    {
        var before = await InspectAsync();
        var target = Another(before);
        await ActivateAsync(target, null, ActivationMode.Boot);

        await using (var session = await ConnectAsync())
        {
            var prepared = await PrepareAsync(session, target, NewRun());
            Assert.That(async () => await session.RebootAsync(prepared.Transaction! with { Fence = 1000 }, default), Throws.InstanceOf<HostException>(), "not under another's lock");
            try
            {
                await session.RebootAsync(prepared.Transaction!, default);
            }
            catch (HostException e) when (!e.IsRefusal)
            {
                TestContext.Out.WriteLine($"The connection died with the host: {e.Message}");
            }
        }

        subject = await AfterRebootAsync(subject, before.BootId);
        var after = await InspectAsync();

        Assert.Multiple(() =>
        {
            Assert.That(after.BootId, Is.Not.EqualTo(before.BootId));
            Assert.That(after.CurrentSystem, Is.EqualTo(target));
            Assert.That(after.BootedSystem, Is.EqualTo(target));
            Assert.That(after.RebootNeeded, Is.False);
            Assert.That(after.Lock, Is.Null);
        });
    }

    [Test]
    public async Task A_system_that_runs_already_is_accepted_and_makes_no_generation_twice()
    {
        var target = Another(await InspectAsync());
        await CommitAsync((await ActivateAsync(target, TimeSpan.FromMinutes(2))).Transaction);
        var before = await InspectAsync();

        var (transaction, tried) = await ActivateAsync(target, TimeSpan.FromMinutes(2));
        var committed = await CommitAsync(transaction);
        var after = await InspectAsync();

        Assert.Multiple(() =>
        {
            Assert.That(tried.Outcome, Is.EqualTo(ActivationOutcome.Activated));
            Assert.That(committed.Phase, Is.EqualTo(TransactionPhase.Committed));
            Assert.That(after.CurrentSystem, Is.EqualTo(target));
            Assert.That(after.Generations, Is.EqualTo(before.Generations));
        });
    }

    [Test]
    public async Task A_unit_that_does_not_start_is_named_with_its_log()
    {
        var before = await InspectAsync();
        var (transaction, tried) = await ActivateAsync(subject.Failing, TimeSpan.FromMinutes(2));
        await using (var session = await ConnectAsync())
        {
            var units = await session.UnitsAsync([subject.FailingUnit], default);
            Assert.That(units.Single().Active, Is.EqualTo("failed"));
        }

        // To a controller whose connection broke meanwhile it would look like any other that waits with the new system.
        var standing = (await InspectAsync()).Transaction!;
        Assert.That((standing.Phase, standing.CurrentSystem), Is.EqualTo((TransactionPhase.OnTrial, subject.Failing)));
        AssertSameOutcome(tried, standing);

        var restored = await RollBackAsync(transaction);

        Assert.Multiple(() =>
        {
            Assert.That(tried.Outcome, Is.EqualTo(ActivationOutcome.ActivatedWithFailures));
            Assert.That(tried.CurrentSystem, Is.EqualTo(subject.Failing));
            Assert.That(tried.FailedUnits.Select(u => u.Unit), Is.EqualTo(new[] { subject.FailingUnit }));
            Assert.That(tried.FailedUnits.SelectMany(u => u.Log), Is.Not.Empty);
            Assert.That(restored.Phase, Is.EqualTo(TransactionPhase.RolledBack));
            Assert.That(restored.FailedUnits.Select(u => u.Unit), Does.Contain(subject.FailingUnit), "what failed is still known after it is gone");
        });
        await AssertUnchangedAsync(before);
    }
}
