using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.Hosts;

namespace NixDeploy.Contracts;

/// <summary>What every transport's sessions do, on simulated hosts and on real ones: the host protocol as a controller sees it.</summary>
public abstract class HostSessionContract
{
    private const string Controller = "contract:1";

    private static int runs;

    private ContractHost subject = null!;

    /// <summary>The host of the test that begins.</summary>
    protected abstract Task<ContractHost> ArrangeAsync();

    /// <summary>Lets the host's time pass.</summary>
    protected abstract Task PassAsync(TimeSpan time);

    /// <summary>The host once it is back from a reboot: how to reach it now.</summary>
    /// <param name="host">How it was reached before.</param>
    /// <param name="bootId">The boot that ended.</param>
    protected virtual Task<ContractHost> AfterRebootAsync(ContractHost host, string bootId) => Task.FromResult(host);

    /// <summary>A guard that outlives an activation, and that a test can wait for.</summary>
    protected virtual TimeSpan ShortGuard => TimeSpan.FromSeconds(10);

    [SetUp]
    public async Task Arrange() => subject = await ArrangeAsync();

    [Test]
    public async Task Inspect_tells_what_the_host_runs_and_how_its_units_are()
    {
        await using var session = await ConnectAsync();

        var state = await session.InspectAsync([subject.GoodUnit], default);

        Assert.Multiple(() =>
        {
            Assert.That(state.CurrentSystem, Is.Not.Null);
            Assert.That(state.Obstacles, Is.Empty);
            Assert.That(state.Lock, Is.Null);
            Assert.That(state.BootId, Is.Not.Empty);
            Assert.That(state.StoreFreeBytes, Is.Positive);
            Assert.That(state.Units.Select(u => u.Unit), Is.EqualTo(new[] { subject.GoodUnit }));
            Assert.That(session.Commands, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task What_would_change_is_told_before_anything_is_touched()
    {
        var before = await InspectAsync();
        var target = Another(before);
        var closure = await subject.Store.ClosureAsync(target, default);
        await using var session = await ConnectAsync();

        var asked = await session.ContentsAsync(new ContentsRequest(target, closure) { Describe = before.CurrentSystem }, default);
        await AssertUnchangedAsync(before);
        var prepared = await PrepareAsync(session, target, NewRun());
        await ImportAsync(session, target);
        await session.ReleaseAsync(prepared.Transaction!, default);
        var copied = await session.ContentsAsync(new ContentsRequest(target, closure), default);
        var described = await session.ContentsAsync(new ContentsRequest(target, closure) { Describe = target, DryActivate = false }, default);

        Assert.Multiple(() =>
        {
            Assert.That(asked.Contents!.System, Is.EqualTo(before.CurrentSystem));
            Assert.That(asked.Contents.Closure.Keys, Does.Contain(before.CurrentSystem));
            Assert.That(asked.Missing, Is.EqualTo(prepared.Missing));
            Assert.That(asked.DryActivation is null, Is.EqualTo(!asked.Missing.IsEmpty), "nothing is run that is not there whole");
            Assert.That(copied.Missing, Is.Empty);
            Assert.That(copied.Contents, Is.Null, "nobody asked for it");
            Assert.That(copied.DryActivation, Is.Not.Null);
            Assert.That(described.Contents!.Closure.Keys, Is.EquivalentTo(closure));
            Assert.That(described.DryActivation, Is.Null);
        });
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task A_system_that_the_host_does_not_have_has_no_contents()
    {
        await using var session = await ConnectAsync();
        var nowhere = StorePath.Parse("/nix/store/00000000000000000000000000000000-nixos-system-nowhere");
        var answer = await session.ContentsAsync(new ContentsRequest(nowhere, [nowhere]) { Describe = nowhere }, default);
        Assert.That(answer.Contents, Is.Null);
        Assert.That(answer.Missing, Is.EqualTo(new[] { nowhere }));
        Assert.That(answer.DryActivation, Is.Null);
    }

    [Test]
    public async Task A_dry_activation_says_what_would_be_done_and_changes_nothing()
    {
        var before = await InspectAsync();
        var target = Another(before);
        await using var session = await ConnectAsync();
        var prepared = await PrepareAsync(session, target, NewRun());
        await ImportAsync(session, target);

        var dry = await session.DryActivateAsync(target, default);
        var nowhere = StorePath.Parse("/nix/store/00000000000000000000000000000000-nixos-system-nowhere");
        Assert.That(async () => await session.DryActivateAsync(nowhere, default), Throws.InstanceOf<HostException>());
        await session.ReleaseAsync(prepared.Transaction!, default);

        Assert.That(dry.Succeeded, Is.True, dry.Output);
        Assert.That(dry.Output, Does.Contain("would activate"));
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task A_commit_makes_exactly_one_new_generation()
    {
        var before = await InspectAsync();
        var target = Another(before);

        var (transaction, tried) = await TryAsync(target, TimeSpan.FromMinutes(2));
        var running = await InspectAsync();
        var committed = await CommitAsync(transaction);
        var after = await InspectAsync();

        AssertTold(tried, running.Transaction!);
        AssertTold(tried, committed);

        Assert.Multiple(() =>
        {
            Assert.That(tried.Outcome, Is.EqualTo(TryOutcome.Activated));
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

        var (transaction, _) = await TryAsync(Another(before), TimeSpan.FromMinutes(2));
        var restored = await RestoreAsync(transaction);

        Assert.That(restored.Phase, Is.EqualTo(TransactionPhase.Restored));
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task A_commit_that_comes_after_a_restore_is_told_so()
    {
        var before = await InspectAsync();
        var (transaction, _) = await TryAsync(Another(before), TimeSpan.FromMinutes(2));

        await RestoreAsync(transaction);
        var late = await CommitAsync(transaction);

        Assert.That(late.Phase, Is.EqualTo(TransactionPhase.Restored));
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task A_restore_that_comes_after_a_commit_is_told_so()
    {
        var target = Another(await InspectAsync());
        var (transaction, _) = await TryAsync(target, TimeSpan.FromMinutes(2));

        await CommitAsync(transaction);
        var late = await RestoreAsync(transaction);

        Assert.That(late.Phase, Is.EqualTo(TransactionPhase.Committed));
        Assert.That((await InspectAsync()).CurrentSystem, Is.EqualTo(target));
    }

    [Test]
    public async Task A_guard_that_hears_nothing_restores_at_its_deadline()
    {
        var before = await InspectAsync();
        var (transaction, _) = await TryAsync(Another(before), ShortGuard);

        await PassAsync(ShortGuard + ShortGuard);
        var after = await InspectAsync();
        var late = await CommitAsync(transaction);

        Assert.Multiple(() =>
        {
            Assert.That(after.Transaction?.Phase, Is.EqualTo(TransactionPhase.Restored));
            Assert.That(after.Transaction?.Reason, Is.EqualTo("deadline"));
            Assert.That(late.Phase, Is.EqualTo(TransactionPhase.Restored));
        });
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task A_renewed_guard_waits_longer()
    {
        var before = await InspectAsync();
        var target = Another(before);

        var (guard, transaction, _, renewed) = await AnswerInTimeAsync(target, ActivationMode.Switch, (session, t) => session.RenewAsync(t, TimeSpan.FromMinutes(20), default));
        Assert.That(renewed.Phase, Is.EqualTo(TransactionPhase.Waiting));

        await PassAsync(guard + guard);
        Assert.That((await InspectAsync()).CurrentSystem, Is.EqualTo(target));

        await RestoreAsync(transaction);
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task What_is_only_installed_is_the_profiles_generation_and_does_not_run()
    {
        var before = await InspectAsync();
        var target = Another(before);

        var (transaction, tried) = await TryAsync(target, null, ActivationMode.Boot);
        var committed = await CommitAsync(transaction);
        var late = await RestoreAsync(transaction);
        var after = await InspectAsync();

        AssertTold(tried, committed);
        Assert.Multiple(() =>
        {
            Assert.That(tried.Outcome, Is.EqualTo(TryOutcome.Installed));
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
        var late = await RestoreAsync(transaction);
        var after = await InspectAsync();

        Assert.Multiple(() =>
        {
            Assert.That(tried.Outcome, Is.EqualTo(TryOutcome.Activated));
            Assert.That((kept.Phase, late.Phase), Is.EqualTo((TransactionPhase.Kept, TransactionPhase.Kept)));
            Assert.That(kept.Reason, Is.EqualTo(guarded ? "verdict" : "no-guard"));
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
        await TryAsync(target, null, ActivationMode.Boot);

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
    public async Task A_second_run_is_refused_and_told_who_holds_the_lock()
    {
        await using var session = await ConnectAsync();
        var first = await PrepareAsync(session, subject.Good1, NewRun());
        var refused = await session.PrepareAsync(Request(subject.Good2, NewRun()), [], default);
        await session.ReleaseAsync(first.Transaction!, default);
        var second = await PrepareAsync(session, subject.Good2, NewRun());
        await session.ReleaseAsync(second.Transaction!, default);

        Assert.Multiple(() =>
        {
            Assert.That(refused.Transaction, Is.Null);
            Assert.That(refused.HeldBy?.Run, Is.EqualTo(first.Transaction!.Run));
            Assert.That(refused.HeldBy?.Controller, Is.EqualTo(Controller));
            Assert.That(second.Transaction!.Fence, Is.GreaterThan(first.Transaction.Fence), "the number grows with each holding");
        });
    }

    [Test]
    public async Task A_released_lock_is_free()
    {
        await using var session = await ConnectAsync();
        var prepared = await PrepareAsync(session, subject.Good1, NewRun());
        var held = (await session.InspectAsync([], default)).Lock;

        await session.ReleaseAsync(prepared.Transaction!, default);

        Assert.That(held?.Run, Is.EqualTo(prepared.Transaction!.Run));
        Assert.That((await session.InspectAsync([], default)).Lock, Is.Null);
    }

    [Test]
    public async Task A_controller_whose_lock_was_broken_can_do_nothing_more()
    {
        var before = await InspectAsync();
        await using var session = await ConnectAsync();
        var target = Another(before);
        var first = await PrepareAsync(session, target, NewRun());
        await ImportAsync(session, target);

        var second = await session.PrepareAsync(Request(target, NewRun()) with { BreakLock = true }, [], default);
        Assert.That(second.Transaction, Is.Not.Null);
        Assert.That(second.Broken?.Run, Is.EqualTo(first.Transaction!.Run));
        Assert.That(
            async () => await session.TryAsync(new TryRequest(first.Transaction!, target, Profile), default),
            Throws.InstanceOf<HostException>());

        await using var other = await ConnectAsync();
        await other.ReleaseAsync(second.Transaction!, default);
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task What_was_imported_is_not_missing_any_more()
    {
        await using var session = await ConnectAsync();
        var closure = await subject.Store.ClosureAsync(subject.Good2, default);
        var prepared = await PrepareAsync(session, subject.Good2, NewRun());
        await ImportAsync(session, subject.Good2);

        var again = await session.PrepareAsync(Request(subject.Good2, prepared.Transaction!.Run), closure, default);
        await session.ReleaseAsync(again.Transaction!, default);

        Assert.That(again.Missing, Is.Empty);
    }

    [Test]
    public async Task A_system_that_runs_already_is_accepted_and_makes_no_generation_twice()
    {
        var target = Another(await InspectAsync());
        await CommitAsync((await TryAsync(target, TimeSpan.FromMinutes(2))).Transaction);
        var before = await InspectAsync();

        var (transaction, tried) = await TryAsync(target, TimeSpan.FromMinutes(2));
        var committed = await CommitAsync(transaction);
        var after = await InspectAsync();

        Assert.Multiple(() =>
        {
            Assert.That(tried.Outcome, Is.EqualTo(TryOutcome.Activated));
            Assert.That(committed.Phase, Is.EqualTo(TransactionPhase.Committed));
            Assert.That(after.CurrentSystem, Is.EqualTo(target));
            Assert.That(after.Generations, Is.EqualTo(before.Generations));
        });
    }

    [Test]
    public async Task A_unit_that_does_not_start_is_named_with_its_log()
    {
        var before = await InspectAsync();
        var (transaction, tried) = await TryAsync(subject.Failing, TimeSpan.FromMinutes(2));
        await using (var session = await ConnectAsync())
        {
            var units = await session.UnitsAsync([subject.FailingUnit], default);
            Assert.That(units.Single().Active, Is.EqualTo("failed"));
        }

        // To a controller whose connection broke meanwhile it would look like any other that waits with the new system.
        var standing = (await InspectAsync()).Transaction!;
        Assert.That((standing.Phase, standing.CurrentSystem), Is.EqualTo((TransactionPhase.Waiting, subject.Failing)));
        AssertTold(tried, standing);

        var restored = await RestoreAsync(transaction);

        Assert.Multiple(() =>
        {
            Assert.That(tried.Outcome, Is.EqualTo(TryOutcome.ActivatedWithFailures));
            Assert.That(tried.CurrentSystem, Is.EqualTo(subject.Failing));
            Assert.That(tried.FailedUnits.Select(u => u.Unit), Is.EqualTo(new[] { subject.FailingUnit }));
            Assert.That(tried.FailedUnits.SelectMany(u => u.Log), Is.Not.Empty);
            Assert.That(restored.Phase, Is.EqualTo(TransactionPhase.Restored));
            Assert.That(restored.FailedUnits.Select(u => u.Unit), Does.Contain(subject.FailingUnit), "what failed is still known after it is gone");
        });
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task Programs_answer_with_their_exit_codes_and_get_their_arguments_unharmed()
    {
        const string hostile = "$(id) `id` 'a' \"b\" ; & * \\";
        await using var session = await ConnectAsync();
        var deadline = TimeSpan.FromSeconds(20);

        var good = await session.RunAsync(["true"], deadline, default);
        var bad = await session.RunAsync(["false"], deadline, default);
        var missing = await session.RunAsync(["/nonexistent/program"], deadline, default);
        var echoed = await session.RunAsync(["echo", hostile], deadline, default);

        Assert.Multiple(() =>
        {
            Assert.That(good.ExitCode, Is.Zero);
            Assert.That(bad.ExitCode, Is.EqualTo(1));
            Assert.That(missing.ExitCode, Is.EqualTo(127));
            Assert.That(echoed.Output.TrimEnd('\n'), Is.EqualTo(hostile));
        });
    }

    [Test]
    public async Task The_units_of_a_good_system_are_active()
    {
        var (transaction, _) = await TryAsync(Another(await InspectAsync()), TimeSpan.FromMinutes(2));
        await using (var session = await ConnectAsync())
        {
            var units = await session.UnitsAsync([subject.GoodUnit], default);
            Assert.That(units.Select(u => (u.Unit, u.Load, u.Active)), Is.EqualTo(new[] { (subject.GoodUnit, "loaded", "active") }));
        }

        await RestoreAsync(transaction);
    }

    /// <summary>Whoever asks later hears of the try what the one who tried was answered.</summary>
    private static void AssertTold(TryResult tried, TransactionState later) => Assert.That(
        (later.Outcome, later.ExitCode, later.RebootNeeded), Is.EqualTo(((TryOutcome?)tried.Outcome, tried.ExitCode, tried.RebootNeeded)));

    private string Profile => subject.Host.Target.Profile;

    private static string NewRun() => "contract-" + Interlocked.Increment(ref runs).ToString(CultureInfo.InvariantCulture);

    private PrepareRequest Request(StorePath target, string run) => new(run, Controller, target, Profile);

    /// <summary>A good system that neither runs nor is the newest generation, so that deploying it shows.</summary>
    private StorePath Another(HostState state) =>
        state.CurrentSystem != subject.Good1 && state.Generations.LastOrDefault()?.System != subject.Good1 ? subject.Good1 : subject.Good2;

    private Task<IHostSession> ConnectAsync() => subject.Transport.ConnectAsync(subject.Host, default);

    private async Task<HostState> InspectAsync()
    {
        await using var session = await ConnectAsync();
        return await session.InspectAsync([], default);
    }

    private async Task<PrepareResult> PrepareAsync(IHostSession session, StorePath target, string run)
    {
        var prepared = await session.PrepareAsync(Request(target, run), await subject.Store.ClosureAsync(target, default), default);
        Assert.That(prepared.Transaction, Is.Not.Null, $"the lock is free, but {prepared.HeldBy} holds it");
        return prepared;
    }

    private async Task ImportAsync(IHostSession session, StorePath target)
    {
        var closure = await subject.Store.ClosureAsync(target, default);
        await session.ImportAsync((stream, token) => subject.Store.ExportAsync(closure, stream, token), default);
    }

    private async Task<(Transaction Transaction, TryResult Tried)> TryAsync(StorePath target, TimeSpan? guard, ActivationMode mode = ActivationMode.Switch)
    {
        await using var session = await ConnectAsync();
        var prepared = await PrepareAsync(session, target, NewRun());
        if (!prepared.Missing.IsEmpty)
        {
            await session.ImportAsync((stream, token) => subject.Store.ExportAsync(prepared.Missing, stream, token), default);
        }

        var tried = await session.TryAsync(new TryRequest(prepared.Transaction!, target, Profile) { Guard = guard, Mode = mode }, default);
        return (prepared.Transaction!, tried);
    }

    /// <summary>Tries, and answers the guard before its deadline. A machine with much to do may be late for a guard that is short: then with a longer one.</summary>
    private async Task<(TimeSpan Guard, Transaction Transaction, TryResult Tried, TransactionState Answered)> AnswerInTimeAsync(
        StorePath target, ActivationMode mode, Func<IHostSession, Transaction, Task<TransactionState>> answer, bool guarded = true)
    {
        var guard = ShortGuard;
        while (true)
        {
            var (transaction, tried) = await TryAsync(target, guarded ? guard : null, mode);
            TransactionState answered;
            await using (var session = await ConnectAsync())
            {
                answered = await answer(session, transaction);
            }

            if (answered.Reason != "deadline" || guard > TimeSpan.FromMinutes(1))
            {
                return (guard, transaction, tried, answered);
            }

            await RestoreAsync(transaction);
            guard *= 3;
        }
    }

    /// <summary>As a controller does it: a verdict is handed in over a fresh connection.</summary>
    private async Task<TransactionState> CommitAsync(Transaction transaction)
    {
        await using var session = await ConnectAsync();
        return await session.CommitAsync(transaction, default);
    }

    private async Task<TransactionState> RestoreAsync(Transaction transaction)
    {
        await using var session = await ConnectAsync();
        return await session.RestoreAsync(transaction, default);
    }

    private async Task AssertUnchangedAsync(HostState before)
    {
        var after = await InspectAsync();
        Assert.Multiple(() =>
        {
            Assert.That(after.CurrentSystem, Is.EqualTo(before.CurrentSystem));
            Assert.That(after.Generation, Is.EqualTo(before.Generation));
            Assert.That(after.Generations, Is.EqualTo(before.Generations));
            Assert.That(after.FailedUnits, Is.EqualTo(before.FailedUnits));
            Assert.That(after.Lock, Is.Null);
        });
    }
}
