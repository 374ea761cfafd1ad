using NixDeploy.HostProtocol;

namespace NixDeploy.Contracts;

// Whose turn it is.
public abstract partial class HostSessionContract
{
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
            async () => await session.ActivateAsync(new ActivationRequest(first.Transaction!, target, Profile), default),
            Throws.InstanceOf<HostException>());

        await using var other = await ConnectAsync();
        await other.ReleaseAsync(second.Transaction!, default);
        await AssertUnchangedAsync(before);
    }

    [Test]
    public async Task The_lock_of_a_run_that_is_named_as_dead_is_taken_over_and_no_other()
    {
        await using var session = await ConnectAsync();
        var first = await PrepareAsync(session, subject.Good1, NewRun());

        var refused = await session.PrepareAsync(Request(subject.Good1, NewRun()) with { DeadRun = "another" }, [], default);
        var taken = await session.PrepareAsync(Request(subject.Good1, NewRun()) with { DeadRun = first.Transaction!.Run }, [], default);

        Assert.That((refused.Transaction, refused.HeldBy?.Run), Is.EqualTo(((Transaction?)null, first.Transaction.Run)));
        Assert.That(taken.Broken?.Run, Is.EqualTo(first.Transaction.Run));
        await session.ReleaseAsync(taken.Transaction!, default);
    }
}
