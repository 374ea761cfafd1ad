using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Tests.Events;

namespace NixDeploy.Tests.Journal;

internal sealed class AuditChainTests
{
    private static readonly ImmutableArray<RecordedEvent> Whole = Chain.Of(EventGen.OneOfEach());

    [Test]
    public void A_whole_chain_is_whole()
    {
        Assert.That(AuditChain.FirstBroken([]), Is.Null);
        Assert.That(AuditChain.FirstBroken(Whole), Is.Null);
        Assert.That(AuditChain.FirstBroken(Whole[..5]), Is.Null, "a run that is still going on");
    }

    [Test]
    public void An_event_that_was_changed_is_named() =>
        Assert.That(Broken(Whole.SetItem(3, Whole[3] with { Event = new HostBuilt(HostName.Parse("other")) })), Is.EqualTo(4));

    [Test]
    public void A_time_that_was_changed_by_a_tick_is_named() =>
        Assert.That(Broken(Whole.SetItem(3, Whole[3] with { At = Whole[3].At.AddTicks(1) })), Is.EqualTo(4));

    [Test]
    public void An_event_that_was_taken_out_is_named_by_the_one_behind_it()
    {
        Assert.That(Broken(Whole.RemoveAt(3)), Is.EqualTo(5));
        Assert.That(Broken([.. Whole.RemoveAt(3).Select((e, i) => e with { Sequence = i + 1 })]), Is.EqualTo(4), "new numbers do not help");
        Assert.That(Broken(Whole.RemoveAt(0)), Is.EqualTo(2));
    }

    [Test]
    public void An_event_that_was_put_in_or_moved_is_named()
    {
        Assert.That(Broken([.. Whole.Insert(3, Whole[3]).Select((e, i) => e with { Sequence = i + 1 })]), Is.EqualTo(5));
        Assert.That(Broken([Whole[1] with { Sequence = 1 }, Whole[0] with { Sequence = 2 }, .. Whole[2..]]), Is.EqualTo(1));
    }

    [Test]
    public void A_changed_event_with_a_hash_of_its_own_is_found_behind_it()
    {
        var forged = new HostBuilt(HostName.Parse("other"));
        var hash = AuditChain.Link(Whole[2].Hash, 4, Whole[3].At, EventJson.Write(forged));
        Assert.That(Broken(Whole.SetItem(3, Whole[3] with { Event = forged, Hash = hash })), Is.EqualTo(5));
    }

    private static long? Broken(ImmutableArray<RecordedEvent> events) => AuditChain.FirstBroken(events)?.Sequence;
}
