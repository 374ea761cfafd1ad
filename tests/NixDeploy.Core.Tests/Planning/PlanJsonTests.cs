using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Tests.Reporting.Model;

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
            Assert.That(read.Bridges.Select(b => b.Host), Is.EqualTo(plan.Bridges.Select(b => b.Host)));
        },
        iter: 200);

    [Test]
    public void The_stream_is_the_text_and_the_hash_is_that_of_the_text() => PlanGen.Plans.Sample(
        plan =>
        {
            using var stream = new MemoryStream();
            using (var text = new StreamWriter(stream, leaveOpen: true))
            {
                PlanJson.Write(plan, text);
            }

            Assert.That(Encoding.UTF8.GetString(stream.ToArray()), Is.EqualTo(PlanJson.Write(plan)));
            Assert.That(plan.Hash, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonFormat.Write(plan))))));
        },
        iter: 200);

    [Test]
    public void Arrays_that_nobody_has_set_are_empty()
    {
        var host = Sample.Change(Sample.P620, 1) with { After = default, Tags = default, FailedBefore = default, Risk = new Risk(RiskLevel.Low, default) };
        var plan = new DeploymentPlan(DeploymentPlan.CurrentSchema, "own", default, new Limits(1, 1), FailureBudget.Default, [host], default, default, default) { Warnings = default, Bridges = default };
        var read = PlanJson.Read(PlanJson.Write(plan), "test");
        Assert.That(read.Reasons, Is.Empty);
        Assert.That(read.Hosts[0].After, Is.Empty);
        Assert.That(read.Hash, Is.EqualTo(plan.Hash));
    }

    [Test]
    public void Tags_keep_their_order_in_every_culture()
    {
        var tags = new[] { "a", "B", "_", "ä" }.ToImmutableSortedDictionary(t => t, _ => 1, StringComparer.Ordinal);
        var json = PlanJson.Write(Sample.Plan with { Limits = new Limits(4, 4) { Tags = tags } });
        Assert.That(PlanJson.Read(json, "test").Limits.Tags.Keys, Is.EqualTo(["B", "_", "a", "ä"]));
        Assert.That(PlanJson.Write(PlanJson.Read(json, "test")), Is.EqualTo(json));
    }

    [Test]
    public void Something_behind_the_plan_is_refused() =>
        Assert.That(() => PlanJson.Read(PlanJson.Write(Sample.Plan) + "{}", "plan.json"), Throws.TypeOf<UsageException>().With.Message.Contain("line"));

    [Test]
    public void Another_version_is_said_before_anything_else() => Assert.That(
        () => PlanJson.Read("""{"hash": "x", "schema": 1, "hosts": 3}""", "plan.json"),
        Throws.TypeOf<UsageException>().With.Message.EqualTo("plan.json: the plan has schema 1, expected 4; make it again with this version."));

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
