using CsCheck;
using NixDeploy.Events;
using NixDeploy.HostProtocol;
using NixDeploy.Journal;
using NixDeploy.Reporting.Runs;
using NixDeploy.Tests.Journal;

namespace NixDeploy.Tests.Events;

internal sealed class EventJsonTests
{
    [Test]
    public void Reading_what_was_written_gives_the_same_event() => EventGen.Any.Sample(
        happened =>
        {
            var json = EventJson.Write(happened);
            Assert.That(json, Does.Not.Contain("\n"));
            var read = EventJson.Read(json);
            Assert.That(read.GetType(), Is.EqualTo(happened.GetType()));
            Assert.That(EventJson.Write(read), Is.EqualTo(json));
        },
        iter: 500);

    [Test]
    public void The_property_test_knows_every_type_of_event() =>
        Assert.That(EventGen.OneOfEach().Select(EventJson.TypeOf), Is.EquivalentTo(EventJson.TypeNames));

    [Test]
    public void Reasons_that_an_earlier_version_wrote_in_words_keep_their_words()
    {
        var cancelled = (HostCancelled)EventJson.Read("""{"type": "host-cancelled", "host": "a", "reason": "The run was left before it began."}""");
        var halted = (RunHalted)EventJson.Read("""{"type": "run-halted", "failed": 2, "allowed": 1, "reason": "2 hosts failed, and 1 may"}""");
        Assert.That(cancelled.Reason, Is.EqualTo(new CancelReason.InWords("The run was left before it began.")));
        Assert.That(halted.Reason, Is.EqualTo(new HaltReason.InWords("2 hosts failed, and 1 may")));
    }

    [TestCase("guard-reboot", TransactionReason.GuardReboot)]
    [TestCase("", TransactionReason.None)]
    [TestCase("a word of some host", TransactionReason.Other)]
    public void The_reason_of_a_conclusion_is_read_as_it_is_from_a_host(string reason, TransactionReason expected)
    {
        var read = (HostConcluded)EventJson.Read($$"""{"type":"host-concluded","end":"restored","reason":"{{reason}}","host":"a"}""");
        Assert.That(read.Reason, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("""{"type": "host-built", "v": "x", "host": "a"}""")]
    [TestCase("""{"type": "host-built", "host": "no host"}""")]
    [TestCase("""{"type": "host-copied", "host": "a", "paths": "many"}""")]
    public void What_is_no_event_is_refused(string json) =>
        Assert.That(() => EventJson.Read(json), Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0701"));

    [TestCase("""{"type":"host-painted","v":3,"host":"a"}""", 3)]
    [TestCase("""{"type":"host-painted"}""", 1)]
    [TestCase("""{"type":"host-built","v":99,"host":"a","colour":"blue"}""", 99)]
    public void What_a_newer_version_wrote_is_kept_as_it_is(string json, int version)
    {
        var read = (UnknownEvent)EventJson.Read(json);
        Assert.That((read.Version, EventJson.Write(read), $"{EventJson.TypeOf(read)}"), Is.EqualTo((version, json, read.Type)));
        var recorded = new RecordedEvent(1, Chain.Noon, read, AuditChain.Link("", 1, Chain.Noon, json)) { Json = json };
        Assert.That(AuditChain.FirstBroken([recorded]), Is.Null);
        Assert.That(EventLines.Of(read), Has.Exactly(1).Items);
    }
}
