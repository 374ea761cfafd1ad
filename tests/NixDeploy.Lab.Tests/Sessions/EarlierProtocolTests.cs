using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;

namespace NixDeploy.Labs.Tests.Sessions;

/// <summary>Trials and locks on a real host that the first version of the host protocol began, in the hands of today's sessions.</summary>
public sealed class EarlierProtocolTests : LabTest
{
    private const string Name = "host6";
    private const string Run = "earlier-1";

    private LabHost host = null!;
    private IShellConnection connection = null!;
    private IHostSession session = null!;
    private HostState before = null!;
    private StorePath target = null!;

    [SetUp]
    public async Task A_host_that_has_the_new_system()
    {
        host = Lab[Name];
        await host.ResetIfUsedAsync(Ct);
        target = StorePath.Parse(await PrepareAsync(host, s => s with { Version = "new" }));
        var description = new Host(HostName.Parse(Name))
        {
            Target = new TargetSettings
            {
                Host = host.Address,
                Port = host.Port,
                User = "root",
                IdentityFile = host.IdentityFile,
                KnownHosts = host.KnownHosts,
                Transport = "ssh.net",
            },
        };
        var transports = TransportRegistry.Create((c, h) => new ShellHostSession(connection = c, h), [], TimeProvider.System);
        session = await transports.For(description).ConnectAsync(description, Ct);
        before = await session.InspectAsync([], Ct);
    }

    [TearDown]
    public async Task Disconnect() => await session.DisposeAsync();

    [Test]
    public async Task A_trial_is_shown_and_committed()
    {
        var transaction = await ActivateAsync();
        var shown = await session.InspectAsync([], Ct);
        var committed = await session.CommitAsync(transaction, Ct);
        var after = await session.InspectAsync([], Ct);

        Assert.Multiple(() =>
        {
            Assert.That((shown.Transaction!.Transaction, shown.Transaction.Phase, shown.Transaction.Outcome), Is.EqualTo((transaction, TransactionPhase.OnTrial, ActivationOutcome.Activated)));
            Assert.That((shown.Transaction.Target, shown.Transaction.Old, shown.CurrentSystem), Is.EqualTo((target, before.CurrentSystem, target)));
            Assert.That(shown.Transaction.Remaining, Is.GreaterThan(TimeSpan.Zero));
            Assert.That((shown.Lock!.Run, shown.Lock.Fence, shown.Lock.Guarded), Is.EqualTo((Run, transaction.Fence, true)));
            Assert.That((shown.NewerProtocol, shown.Obstacles.Length), Is.EqualTo((false, 0)));
            Assert.That(committed.Phase, Is.EqualTo(TransactionPhase.Committed));
            Assert.That((after.CurrentSystem, after.ProfileSystem, after.Generations.Length), Is.EqualTo((target, target, before.Generations.Length + 1)));
            Assert.That(after.Lock, Is.Null);
        });
    }

    [Test]
    public async Task A_trial_whose_guard_died_is_committed()
    {
        var transaction = await ActivateAsync();
        await host.ReadAsync("systemctl stop nixdeploy-guard", Ct);
        Assert.That((await session.InspectAsync([], Ct)).Transaction!.Unguarded, Is.True);

        Assert.That((await session.CommitAsync(transaction, Ct)).Phase, Is.EqualTo(TransactionPhase.Committed));
        Assert.That(await host.BootDefaultAsync(Ct), Is.EqualTo(target.Value));
    }

    [Test]
    public async Task A_trial_is_rolled_back()
    {
        var transaction = await ActivateAsync();

        Assert.That((await session.RollBackAsync(transaction, Ct)).Phase, Is.EqualTo(TransactionPhase.RolledBack));
        await AssertUnchangedAsync();
    }

    [Test]
    public async Task A_trial_is_renewed_and_joined_by_a_controller_that_asks_again()
    {
        var transaction = await ActivateAsync();
        var renewed = await session.RenewAsync(transaction, TimeSpan.FromMinutes(20), Ct);
        var joined = await session.ActivateAsync(new ActivationRequest(transaction, target, Profile), Ct);

        Assert.That((renewed.Phase, joined.Outcome), Is.EqualTo((TransactionPhase.OnTrial, ActivationOutcome.Activated)));
        Assert.That(renewed.Remaining, Is.GreaterThan(TimeSpan.FromMinutes(10)));
        await session.RollBackAsync(transaction, Ct);
        await AssertUnchangedAsync();
    }

    [Test]
    public async Task A_trial_is_rolled_back_by_its_guard_at_the_deadline()
    {
        await ActivateAsync(guard: 5);
        await host.WaitForFileAsync("/nix/var/nixdeploy/txn/done", Ct);
        var after = await session.InspectAsync([], Ct);

        Assert.That((after.Transaction!.Phase, after.Transaction.ByGuard), Is.EqualTo((TransactionPhase.RolledBack, true)));
        await AssertUnchangedAsync();
    }

    [Test]
    public async Task A_lock_is_shown_and_released_and_the_next_one_has_a_higher_number()
    {
        var transaction = await PrepareAsync();
        Assert.That((await session.InspectAsync([], Ct)).Lock!.Run, Is.EqualTo(Run));

        await session.ReleaseAsync(transaction, Ct);
        await AssertUnchangedAsync();
        var next = await session.PrepareAsync(new PrepareRequest("later-1", "tests:2", target, Profile), [target], Ct);
        Assert.That(next.Transaction!.Fence, Is.GreaterThan(transaction.Fence));
        await session.ReleaseAsync(next.Transaction, Ct);
    }

    [Test]
    public async Task A_record_of_a_newer_protocol_is_shown_and_left_alone()
    {
        const string everything = "cd / && find nix/var/nixdeploy run/nixdeploy nix/var/nix/gcroots/nixdeploy -type f -exec sha256sum {} + -o -type l -printf '%p %l\\n' | sort";
        var transaction = await ActivateAsync(guard: 600);
        await host.ReadAsync("printf 'protocol\\t99\\n' >>/nix/var/nixdeploy/txn/record", Ct);
        var files = await host.ReadAsync(everything, Ct);

        Func<Task>[] calls =
        [
            () => session.PrepareAsync(new PrepareRequest("later-1", "tests:2", target, Profile) { BreakLock = true }, [target], Ct),
            () => session.ActivateAsync(new ActivationRequest(transaction, target, Profile), Ct),
            () => session.RenewAsync(transaction, TimeSpan.FromMinutes(20), Ct),
            () => session.CommitAsync(transaction, Ct),
            () => session.KeepAsync(transaction, Ct),
            () => session.RollBackAsync(transaction, Ct),
            () => session.ReleaseAsync(transaction, Ct),
            () => session.RebootAsync(transaction, Ct),
        ];
        foreach (var call in calls)
        {
            var refused = Assert.ThrowsAsync<HostException>(() => call())!;
            Assert.That((refused.Code, refused.IsRefusal), Is.EqualTo(("ND0426", true)));
        }

        var shown = await session.InspectAsync([], Ct);
        Assert.That((shown.NewerProtocol, shown.Transaction, shown.Obstacles.Length), Is.EqualTo((true, (TransactionState?)null, 1)));
        Assert.That((shown.CurrentSystem, shown.BootId), Is.EqualTo((target, before.BootId)));
        Assert.That(await host.ReadAsync(everything, Ct), Is.EqualTo(files));
    }

    private static string Profile => new Host(HostName.Parse(Name)).Target.Profile;

    private async Task<Transaction> PrepareAsync()
    {
        var answer = await AskAsync(Protocol1Scripts.Prepare(Run, "tests:1", target.Value, Profile, [target.Value]));
        return new Transaction(Run, answer.Number("taken")!.Value);
    }

    private async Task<Transaction> ActivateAsync(int guard = 120)
    {
        var transaction = await PrepareAsync();
        var answer = await AskAsync(Protocol1Scripts.Try(Run, ScriptWords.Number(transaction.Fence), target.Value, Profile, guard));
        Assert.That(answer.Find("outcome", 2)?[0], Is.EqualTo("activated"));
        return transaction;
    }

    private async Task<HostAnswer> AskAsync(ShellScript script) =>
        HostAnswer.Parse(HostName.Parse(Name), script.Name, await connection.RunScriptAsync(script, Ct));

    private async Task AssertUnchangedAsync()
    {
        var after = await session.InspectAsync([], Ct);
        Assert.Multiple(() =>
        {
            Assert.That((after.CurrentSystem, after.Generation, after.Generations.Length), Is.EqualTo((before.CurrentSystem, before.Generation, before.Generations.Length)));
            Assert.That(after.Lock, Is.Null);
        });
        Assert.That(await host.ReadAsync("[ -e /nix/var/nix/gcroots/nixdeploy ] && echo kept || echo gone", Ct), Is.EqualTo("gone"));
    }
}
