using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.HostProtocol;

internal sealed class ShellHostSessionTests
{
    private static readonly StorePath Old = StorePath.Parse("/nix/store/7ra807lv85cy4rn2kybg07r5xzjgh238-nixos-system-old");
    private static readonly StorePath New = StorePath.Parse("/nix/store/px34b7f2fm3nr1j57ndss0p01pjlnb3a-nixos-system-new");
    private static readonly Transaction Ours = new("run-1", 7);
    private static readonly ActivationRequest Request = new(Ours, New, "/nix/var/nix/profiles/system");

    [Test]
    public async Task Inspect_tells_everything_in_one_command()
    {
        var connection = new FakeShellConnection(FakeShellConnection.Answer(
            "boot\tb-1", "clock\t1795474862", $"current\t{Old}", "generation\t10", $"booted\t{Old}", $"has-generation\t10\t{Old}", $"has-generation\t9\t{New}",
            "has-generation\t8\t/nix/store/garbage", "store-free\t1000", "boot-free\t", "load\t4.54", "memory\t2000", "failing\tbad.service",
            "unit\tnginx\tloaded\tactive\trunning\t3\t7f3a", "lock\trun-0\tadmin:1\t1795474000\t6\tyes", $"transaction\trun-0\t6\twaiting\t\t{New}\t{Old}",
            "activation\tfailures\t4\tyes", "remaining\t58", "reboot-needed", "something-new\t1", "obstacle\tno-nix"));
        await using var session = Session(connection);

        var state = await session.InspectAsync(["nginx"], CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(state.CurrentSystem, Is.EqualTo(Old));
            Assert.That(state.BootedSystem, Is.EqualTo(Old));
            Assert.That(state.RebootNeeded, Is.True);
            Assert.That(state.Generation, Is.EqualTo(10));
            Assert.That(state.Generations, Is.EqualTo(new[] { new Generation(9, New), new Generation(10, Old) }));
            Assert.That(state.ProfileSystem, Is.EqualTo(Old));
            Assert.That(state.StoreFreeBytes, Is.EqualTo(1000));
            Assert.That(state.BootFreeBytes, Is.Null);
            Assert.That(state.Load, Is.EqualTo(4.54));
            Assert.That(state.MemoryAvailableBytes, Is.EqualTo(2000));
            Assert.That(state.Clock, Is.EqualTo(DateTimeOffset.FromUnixTimeSeconds(1795474862)));
            Assert.That(state.BootId, Is.EqualTo("b-1"));
            Assert.That(state.FailedUnits, Is.EqualTo(new[] { "bad.service" }));
            Assert.That(state.Units, Is.EqualTo(new[] { new UnitState("nginx", "loaded", "active", "running", 3) { Invocation = "7f3a" } }));
            Assert.That(state.Lock, Is.EqualTo(new HostLock("run-0", "admin:1", DateTimeOffset.FromUnixTimeSeconds(1795474000), 6) { Guarded = true }));
            Assert.That(state.Transaction!.Phase, Is.EqualTo(TransactionPhase.OnTrial));
            Assert.That((state.Transaction.Outcome, state.Transaction.ExitCode, state.Transaction.RebootNeeded), Is.EqualTo((ActivationOutcome.ActivatedWithFailures, 4, true)));
            Assert.That(state.Transaction.Remaining, Is.EqualTo(TimeSpan.FromSeconds(58)));
            Assert.That(state.Obstacles.Single(), Does.Contain("NixOS host?"));
            Assert.That(session.Commands, Is.EqualTo(1));
            Assert.That(connection.Scripts.Single().Arguments, Is.EqualTo(new[] { "profile=/nix/var/nix/profiles/system", "--", "nginx" }));
        });
    }

    [Test]
    public async Task A_record_tells_what_others_did_what_it_waited_for_and_what_may_fail()
    {
        await using var session = Session(new FakeShellConnection(FakeShellConnection.Answer(
            "clock\t1795474900", $"current\t{Old}", "generation\t12", $"transaction\trun-1\t7\trestored\tprofile-moved\t{New}\t{Old}", "began\t1795474862\t250000000",
            "job\tweb.service\tstop", "busy\t71\tperl test ", "busy\t72\t", $"moved\t12\t{New}", "tolerated\tbackup.service")));

        var state = (await session.InspectAsync([], CancellationToken.None)).Transaction!;

        Assert.Multiple(() =>
        {
            Assert.That(state.Reason, Is.EqualTo(TransactionReason.ProfileMoved));
            Assert.That(state.BeganAt, Is.EqualTo(DateTimeOffset.FromUnixTimeMilliseconds(1795474862250)));
            Assert.That(state.Jobs, Is.EqualTo(new[] { "web.service stop" }));
            Assert.That(state.BusyWith, Is.EqualTo(new[] { "71 (perl test)", "72" }));
            Assert.That(state.MovedProfile, Is.EqualTo(new SystemRef(New, 12)));
            Assert.That(state.Tolerated, Is.EqualTo(new[] { "backup.service" }));
        });
    }

    [Test]
    public async Task Contents_tells_what_is_missing_what_runs_and_what_would_be_done()
    {
        var connection = new FakeShellConnection(
            FakeShellConnection.Answer(
                $"missing\t{New}", $"system\t{Old}", $"path\t{Old}", "size\t12", "nixos-version\t25.05", $"initrd\t{Old}/initrd", $"kernel\t{New}/bzImage",
                "unit\tabc\ta.service", "etc\tdef\tnginx/new\\nline.conf"),
            FakeShellConnection.Answer("dry-activated\t0", "would\twould restart the following units: a.service", "would", "check-failed\tone", "check-failed\ttwo"),
            FakeShellConnection.Answer("error\tunreadable"),
            FakeShellConnection.Answer($"system\t{Old}", $"path\t{Old}"));
        await using var session = Session(connection);
        var request = new ContentsRequest(New, [Old, New]) { Describe = Old };

        var first = await session.ContentsAsync(request, CancellationToken.None);
        var second = await session.ContentsAsync(request with { Describe = null, DryActivate = false }, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(first.Missing, Is.EqualTo(new[] { New }));
            Assert.That(first.Contents!.Closure.Single(), Is.EqualTo(KeyValuePair.Create(Old, 12L)));
            Assert.That((first.Contents.Version, first.Contents.Initrd, first.Contents.Kernel), Is.EqualTo(("25.05", (StorePath?)null, New)));
            Assert.That(first.Contents.Units["a.service"], Is.EqualTo("abc"));
            Assert.That(first.Contents.Etc.Keys, Is.EqualTo(new[] { "nginx/new\nline.conf" }));
            Assert.That(first.DryActivation, Is.Null);
            Assert.That(second.Contents, Is.Null);
            Assert.That(second.DryActivation!.Restart, Is.EqualTo(new[] { "a.service" }));
            Assert.That(second.DryActivation.FailedCheck, Is.EqualTo("one\ntwo"));
            Assert.That(connection.Scripts[0].Arguments, Is.EqualTo(new[] { $"system={Old}", $"target={New}", "--", Old.Value, New.Value }));
            Assert.That(connection.Scripts[1].Arguments, Is.EqualTo(new[] { "--", Old.Value, New.Value }));
            Assert.That(async () => await session.ContentsAsync(request, CancellationToken.None), Throws.InstanceOf<HostException>().With.Property("Code").EqualTo("ND0423"));
            Assert.That(async () => await session.ContentsAsync(request, CancellationToken.None), Throws.InstanceOf<HostException>().With.Property("Code").EqualTo("ND0403"));
        });
    }

    [Test]
    public async Task Prepare_gives_the_lock_and_what_is_missing()
    {
        var connection = new FakeShellConnection(FakeShellConnection.Answer("taken\t7", $"current\t{Old}", "generation\t3", $"missing\t{New}"));

        var result = await Session(connection).PrepareAsync(new PrepareRequest("run-1", "admin\n:1", New, "/p"), [Old, New], CancellationToken.None);

        Assert.That(result, Is.EqualTo(new PrepareResult(Ours, null, new SystemRef(Old, 3), result.Missing)));
        Assert.That(result.Missing, Is.EqualTo(new[] { New }));
        Assert.That(connection.Scripts.Single().Arguments, Is.EqualTo(new[] { "run=run-1", "controller=admin?:1", $"target={New}", "profile=/p", "--", Old.Value, New.Value }));
    }

    [Test]
    public async Task Prepare_names_who_holds_the_lock()
    {
        var connection = new FakeShellConnection(FakeShellConnection.Answer("lock\trun-0\tadmin:1\t1795474000\t6\tno", $"current\t{Old}"));

        var result = await Session(connection).PrepareAsync(new PrepareRequest("run-1", "me", New, "/p"), [], CancellationToken.None);

        Assert.That(result.Transaction, Is.Null);
        Assert.That(result.HeldBy!.Run, Is.EqualTo("run-0"));
    }

    [Test]
    public async Task Dry_activate_tells_in_which_words_the_system_answered()
    {
        var connection = new FakeShellConnection(
            FakeShellConnection.Answer("dry-activated\t0", "would\twould restart the following units: a.service"),
            FakeShellConnection.Answer("dry-activated\t1", "would\tcannot read"),
            FakeShellConnection.Answer("error\tnot-a-system"),
            FakeShellConnection.Answer("error\tincomplete"));
        await using var session = Session(connection);

        var good = await session.DryActivateAsync(New, CancellationToken.None);
        var bad = await session.DryActivateAsync(New, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(good.Succeeded, Is.True);
            Assert.That(good.Units.Restart, Is.EqualTo(new[] { "a.service" }));
            Assert.That((bad.Succeeded, bad.ExitCode, bad.Output), Is.EqualTo((false, 1, "cannot read")));
            Assert.That(connection.Scripts[0].Arguments, Is.EqualTo(new[] { $"system={New}", "limit=120" }));
            Assert.That(async () => await session.DryActivateAsync(New, CancellationToken.None), Throws.InstanceOf<HostException>().With.Property("Code").EqualTo("ND0411"));
            Assert.That(async () => await session.DryActivateAsync(New, CancellationToken.None), Throws.InstanceOf<HostException>().With.Property("Code").EqualTo("ND0412"));
        });
    }

    [TestCase("activated", "0", ActivationOutcome.Activated, 0)]
    [TestCase("activated", "", ActivationOutcome.Activated, null)]
    [TestCase("failures", "4", ActivationOutcome.ActivatedWithFailures, 4)]
    [TestCase("installed", "0", ActivationOutcome.Installed, 0)]
    [TestCase("needs-reboot", "100", ActivationOutcome.NeedsReboot, 100)]
    [TestCase("busy", "11", ActivationOutcome.Failed, 11)]
    [TestCase("failed", "1", ActivationOutcome.Failed, 1)]
    [TestCase("failed", "137", ActivationOutcome.Failed, null)]
    [TestCase("failed", "killed", ActivationOutcome.Failed, null)]
    [TestCase("", "", ActivationOutcome.Failed, null)]
    public async Task Every_outcome_of_an_activation_has_its_word(string word, string code, ActivationOutcome outcome, int? exitCode)
    {
        var connection = new FakeShellConnection(FakeShellConnection.Answer($"outcome\t{word}\t{code}", $"current\t{New}", "reboot-needed"));

        var result = await Session(connection).ActivateAsync(Request, CancellationToken.None);

        Assert.That((result.Outcome, result.ExitCode, result.CurrentSystem, result.RebootNeeded), Is.EqualTo((outcome, exitCode, New, true)));
    }

    [Test]
    public async Task A_reboot_that_systemd_refuses_is_told_with_what_systemd_said()
    {
        var connection = new FakeShellConnection(FakeShellConnection.Answer(), FakeShellConnection.Answer("error\tno-reboot\tOperation inhibited by backup"));
        var session = Session(connection);

        await session.RebootAsync(Ours, CancellationToken.None);
        var refused = Assert.ThrowsAsync<HostException>(() => session.RebootAsync(Ours, CancellationToken.None))!;

        Assert.That(connection.Scripts[0].Arguments, Is.EqualTo(new[] { "run=run-1", "fence=7" }));
        Assert.That((refused.Code, refused.IsRefusal), Is.EqualTo(("ND0424", true)));
        Assert.That(refused.Message, Does.Contain("Operation inhibited by"));
    }

    [Test]
    public async Task A_failed_unit_comes_with_its_result_and_its_log()
    {
        var connection = new FakeShellConnection(FakeShellConnection.Answer(
            "outcome\tfailures\t4", "failed\tapp.service\texit-code", "log\tapp.service\tstarting", @"log	app.service	cannot bind\tport 80", "failed\tb.service\ttimeout", "output\tone", "output\ttwo"));

        var result = await Session(connection).ActivateAsync(Request, CancellationToken.None);

        Assert.That(result.Output, Is.EqualTo("one\ntwo"));
        Assert.That(result.FailedUnits.Select(u => (u.Unit, u.Result)), Is.EqualTo(new[] { ("app.service", "exit-code"), ("b.service", "timeout") }));
        Assert.That(result.FailedUnits[0].Log, Is.EqualTo(new[] { "starting", "cannot bind\tport 80" }));
    }

    [Test]
    public async Task An_activation_is_told_its_mode_and_seconds_and_a_plain_one_none()
    {
        var answer = FakeShellConnection.Answer("outcome\tactivated\t0");
        var connection = new FakeShellConnection(answer, answer, answer);
        var session = Session(connection);

        await session.ActivateAsync(Request with { Guard = TimeSpan.FromSeconds(90.5), Generation = 12 }, CancellationToken.None);
        await session.ActivateAsync(Request with { Guard = null, GuardReboot = false, Mode = ActivationMode.Boot }, CancellationToken.None);
        await session.ActivateAsync(Request with { Guard = null, Mode = ActivationMode.Test, IsRollback = true, MayFail = ["backup.service", "back*.service"] }, CancellationToken.None);

        string[] always = ["run=run-1", "fence=7", $"target={New}", $"profile={Request.Profile}", "restore_limit=300"];
        string[][] expected =
        [
            [.. always, "wait=121", "mode=switch", "generation=12", "guard=91", "reboot=yes", "--"],
            [.. always, "wait=3600", "mode=boot", "--"],
            [.. always, "wait=3600", "mode=test", "reboot=yes", "back=yes", "--", "backup.service", "back*.service"],
        ];
        Assert.That(connection.Scripts.Select(s => s.Arguments), Is.EqualTo(expected.Select(e => e.ToImmutableArray())));
        Assert.That(connection.Scripts[0].Deadline, Is.GreaterThan(TimeSpan.FromSeconds(121)), "the host answers before anybody stops listening");
    }

    [TestCase("trying", TransactionPhase.Activating, false)]
    [TestCase("waiting", TransactionPhase.OnTrial, false)]
    [TestCase("committed", TransactionPhase.Committed, true)]
    [TestCase("kept", TransactionPhase.Kept, true)]
    [TestCase("restored", TransactionPhase.RolledBack, true)]
    [TestCase("reverted-by-reboot", TransactionPhase.RevertedByReboot, true)]
    [TestCase("restore-failed", TransactionPhase.RollbackFailed, true)]
    [TestCase("half-committed", TransactionPhase.HalfCommitted, false)]
    public async Task A_verdict_is_answered_with_where_the_transaction_stands(string word, TransactionPhase phase, bool done)
    {
        var connection = new FakeShellConnection(FakeShellConnection.Answer(
            $"current\t{Old}", "generation\t3", $"transaction\trun-1\t7\t{word}\tdeadline\t{New}\t{Old}", "said\tno space left"));

        var state = await Session(connection).CommitAsync(Ours, CancellationToken.None);

        Assert.That(state, Is.EqualTo(new TransactionState(Ours, phase, New, Old)
        {
            Reason = TransactionReason.Deadline,
            Generation = 3,
            CurrentSystem = Old,
            FailedUnits = state.FailedUnits,
            Jobs = state.Jobs,
            BusyWith = state.BusyWith,
            Tolerated = state.Tolerated,
            Output = "no space left",
        }));
        Assert.That(state.Done, Is.EqualTo(done));
        Assert.That(connection.Scripts.Single().Arguments.Take(3), Is.EqualTo(new[] { "run=run-1", "fence=7", "verdict=commit" }));
    }

    [TestCase("committing")]
    [TestCase("restoring")]
    public async Task A_slow_guard_is_asked_several_times(string word)
    {
        static string Stands(string phase) => FakeShellConnection.Answer($"current\t{Old}", $"transaction\trun-1\t7\t{phase}\tverdict\t{New}\t{Old}");
        var connection = new FakeShellConnection(Stands(word), Stands(word), Stands("committed"));

        var state = await Session(connection).CommitAsync(Ours, CancellationToken.None);

        Assert.That(state.Phase, Is.EqualTo(TransactionPhase.Committed));
        Assert.That(connection.Scripts.Select(s => string.Join(' ', s.Arguments.Take(3))), Is.EqualTo(Enumerable.Repeat("run=run-1 fence=7 verdict=commit", 3)));
        Assert.That(connection.Scripts.Select(s => s.Deadline), Is.All.LessThan(TimeSpan.FromMinutes(1)), "a dead link is noticed");
    }

    [TestCase("lock-lost", "ND0410")]
    [TestCase("not-a-system", "ND0411")]
    [TestCase("incomplete", "ND0412")]
    [TestCase("other-generation", "ND0413")]
    [TestCase("no-guard", "ND0414")]
    [TestCase("cannot-write\t/nix/var/nixdeploy", "ND0415")]
    [TestCase("store-broken", "ND0416")]
    [TestCase("no-transaction", "ND0417")]
    [TestCase("not-activated", "ND0418")]
    [TestCase("moved-on\t/nix/store/x", "ND0419")]
    [TestCase("guarded", "ND0420")]
    [TestCase("unreadable", "ND0423")]
    [TestCase("no-reboot", "ND0424")]
    [TestCase("bad-request\tfence\tmissing", "ND0425")]
    [TestCase("newer-protocol\t/nix/var/nixdeploy/txn/record\t99", "ND0426")]
    [TestCase("from-the-future", "ND0422")]
    public void What_a_host_refuses_is_an_error_with_a_code(string line, string code)
    {
        var connection = new FakeShellConnection(FakeShellConnection.Answer("error\t" + line)) { Error = "noise\nNo space left on device\n" };
        var error = Assert.ThrowsAsync<HostException>(() => Session(connection).ActivateAsync(Request with { Generation = 12 }, CancellationToken.None));
        Assert.That(error!.Code, Is.EqualTo(code));
        Assert.That(error.IsRefusal, Is.True);
        Assert.That(error.Message, Does.StartWith("p620: ").And.EndWith("."));
    }

    [Test]
    public void Every_refusal_has_a_code_of_its_own()
    {
        var script = new ShellScript("activate", "", [], TimeSpan.Zero);
        var answer = HostAnswer.Parse(HostName.Parse("p620"), "activate", new CommandResult(0, FakeShellConnection.Answer(), ""));
        var codes = HostRefusals.All.Select(k => k.Error(new HostRefusal(HostName.Parse("p620"), script, [], answer, "")).Code).ToList();

        Assert.That(codes, Is.Unique);
    }

    [Test]
    public async Task What_a_newer_version_wrote_is_said_and_not_read()
    {
        var connection = new FakeShellConnection(FakeShellConnection.Answer("clock\t1", "obstacle\tnewer-protocol\t/nix/var/nixdeploy/txn/record\t99"));
        var state = await Session(connection).InspectAsync([], CancellationToken.None);

        Assert.That((state.NewerProtocol, state.Transaction, state.Obstacles.Length), Is.EqualTo((true, (TransactionState?)null, 1)));
    }

    [Test]
    public void A_lost_lock_names_its_new_holder()
    {
        var connection = new FakeShellConnection(FakeShellConnection.Answer("lock\trun-9\tother:5\t1795474000\t8\tno", "error\tlock-lost"));
        var error = Assert.ThrowsAsync<HostException>(() => Session(connection).CommitAsync(Ours, CancellationToken.None));
        Assert.That(error!.Message, Does.Contain("run-9").And.Contain("other:5").And.Contain("'commit'"));
    }

    [Test]
    public async Task A_program_has_its_own_output_and_exit_code()
    {
        var connection = new FakeShellConnection("Welcome!\n\nnixdeploy-begin 1\nnixdeploy-end\nline\n") { ExitCode = 3, Error = "oh" };
        var result = await Session(connection).RunAsync(["curl", "-f"], TimeSpan.FromSeconds(5), CancellationToken.None);
        Assert.That(result, Is.EqualTo(new CommandResult(3, "nixdeploy-end\nline\n", "oh")));
        Assert.That(connection.Scripts.Single().Arguments, Is.EqualTo(new[] { "limit=5", "--", "curl", "-f" }));
    }

    [Test]
    public void An_import_that_fails_says_what_nix_store_said()
    {
        var connection = new FakeShellConnection { ExitCode = 1, Error = "importing\nerror: No space left on device\n" };
        var error = Assert.ThrowsAsync<HostException>(() => Session(connection).ImportAsync((_, _) => Task.CompletedTask, CancellationToken.None));
        Assert.That(error!.Code, Is.EqualTo("ND0421"));
        Assert.That(error.Message, Does.Contain("No space left on device"));
    }

    [Test]
    public async Task No_units_need_no_command()
    {
        await using var session = Session(new FakeShellConnection());
        Assert.That(await session.UnitsAsync([], CancellationToken.None), Is.Empty);
        Assert.That(session.Commands, Is.Zero);
    }

    private static ShellHostSession Session(FakeShellConnection connection) => new(connection, new Host(HostName.Parse("p620")));
}
