using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Contracts;

// What is asked of a host, and changes nothing that it runs.
public abstract partial class HostSessionContract
{
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
    public async Task Programs_answer_with_their_exit_codes_and_get_their_arguments_unharmed()
    {
        const string hostile = "$(id) `id` 'a' \"b\" ; & * \\";
        await using var session = await ConnectAsync();
        var deadline = TimeSpan.FromMinutes(2);

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
        var (transaction, _) = await ActivateAsync(Another(await InspectAsync()), TimeSpan.FromMinutes(2));
        await using (var session = await ConnectAsync())
        {
            var units = await session.UnitsAsync([subject.GoodUnit], default);
            Assert.That(units.Single().Invocation, Is.Not.Empty);
            Assert.That(units.Select(u => (u.Unit, u.Load, u.Active)), Is.EqualTo(new[] { (subject.GoodUnit, "loaded", "active") }));
        }

        await RollBackAsync(transaction);
    }
}
