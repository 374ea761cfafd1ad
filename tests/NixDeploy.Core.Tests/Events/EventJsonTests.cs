using CsCheck;
using NixDeploy.Events;

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

    [TestCase("")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("""{"type": "host-painted"}""")]
    [TestCase("""{"type": "host-built", "host": "no host"}""")]
    [TestCase("""{"type": "host-copied", "host": "a", "paths": "many"}""")]
    public void What_is_no_event_is_refused(string json) =>
        Assert.That(() => EventJson.Read(json), Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0701"));

    [Test]
    public void Intents_are_what_must_be_durable_first() => Assert.That(
        EventGen.OneOfEach().Where(e => e.IsIntent).Select(EventJson.TypeOf),
        Is.EquivalentTo(["run-started", "activation-started", "commit-started", "keep-started", "reboot-started", "rollback-started", "bake-started", "run-halted", "approval-requested", "approval-given", "approval-refused", "run-finished"]));
}
