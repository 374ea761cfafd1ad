using CsCheck;
using NixDeploy.Planning;

namespace NixDeploy.Tests.Planning;

internal sealed class PlanJsonTests
{
    [Test]
    public void Reading_what_was_written_gives_the_same_plan() => PlanGen.Plans.Sample(
        plan =>
        {
            var json = PlanJson.Write(plan);
            var read = PlanJson.Read(json, "test");
            Assert.That(PlanJson.Write(read), Is.EqualTo(json));
            Assert.That(read.Hash, Is.EqualTo(plan.Hash));
            Assert.That(read.Hosts, Has.Length.EqualTo(plan.Hosts.Length));
            Assert.That(read.Reasons, Is.EqualTo(plan.Reasons));
        },
        iter: 200);

    [Test]
    public void A_plan_that_was_changed_by_hand_is_refused()
    {
        var json = PlanJson.Write(PlanGen.One()).Replace("\"activations\": 4", "\"activations\": 5", StringComparison.Ordinal);
        Assert.That(() => PlanJson.Read(json, "plan.json"), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0250").And.Message.StartsWith("plan.json: "));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"schema": 99}""")]
    [TestCase("""{"schema": 1}""")]
    [TestCase("""{"schema": 1, "hosts": 3}""")]
    [TestCase("""{"schema": "x"}""")]
    public void What_is_no_plan_is_refused(string json) =>
        Assert.That(() => PlanJson.Read(json, "plan.json"), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0250"));
}
