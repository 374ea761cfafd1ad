using System.Runtime.CompilerServices;
using CsCheck;
using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Planning;
using NixDeploy.Reporting.Runs;
using NixDeploy.Tests.Events;
using NixDeploy.Tests.Journal;
using NixDeploy.Tests.Planning;
using NixDeploy.Tests.Reporting.Model;
using NJsonSchema;

namespace NixDeploy.Tests.Features;

/// <summary>What is written is what the published schemas say, and they say it exactly.</summary>
internal sealed class JsonSchemaTests
{
    [Test]
    public async Task Plans_follow_their_schema()
    {
        var schema = await SchemaAsync("plan");
        PlanGen.Plans.Sample(plan => Follows(schema, PlanJson.Write(plan)), iter: 100);
        Follows(schema, PlanJson.Write(Sample.Plan));
    }

    [Test]
    public async Task Results_follow_their_schema()
    {
        var schema = await SchemaAsync("result");
        Gen.Select(PlanGen.Plans, EventGen.Any.Array[0, 20]).Sample(
            (plan, events) => Follows(schema, ResultJson.Write(Reducer.Fold(Chain.Of([new RunStarted("r", "c", "f", plan), .. events])))),
            iter: 100);
        for (var i = 0; i <= Sample.OneFailed.Length; i++)
        {
            Follows(schema, ResultJson.Write(Reducer.Fold(Sample.OneFailed[..i])));
        }
    }

    [Test]
    public async Task Health_follows_its_schema()
    {
        var schema = await SchemaAsync("health");
        var readings = Gen.Select(Gen.String, Gen.Enum<CheckOutcome>(), Gen.String, (check, outcome, detail) => new CheckReading(check, outcome, detail)).Array[0, 4];
        readings.Array[0, 3].Sample(
            hosts =>
            {
                var health = new FleetHealth("f", [.. hosts.Select((checks, i) => new HostHealth(HostName.Parse($"host{i}"), [.. checks]))]);
                var json = StatusJson.Write(health);
                Follows(schema, json);
                var outcomes = hosts.SelectMany(h => h).Select(c => c.Outcome).ToList();
                var worst = outcomes.Contains(CheckOutcome.Failed) ? "failed" : outcomes.Contains(CheckOutcome.CouldNotMeasure) ? "could-not-measure" : "passed";
                Assert.That((string?)JObject.Parse(json)["outcome"], Is.EqualTo(worst));
            },
            iter: 100);
    }

    [TestCase("plan")]
    [TestCase("result")]
    public async Task What_is_not_in_the_schema_is_refused(string name)
    {
        var schema = await SchemaAsync(name);
        var json = JObject.Parse(name == "plan" ? PlanJson.Write(Sample.Plan) : ResultJson.Write(Reducer.Fold(Sample.OneFailed)));
        json["surprise"] = 1;
        Assert.That(schema.Validate(json), Has.Count.EqualTo(1));
    }

    [Test]
    public void The_schema_knows_every_status_and_outcome()
    {
        var json = JObject.Parse(File.ReadAllText(PathOf("result")));
        Assert.That(json.SelectToken("definitions.host-status.enum")!.Count(), Is.EqualTo(Enum.GetValues<HostStatus>().Length));
        Assert.That(json.SelectToken("properties.outcome.enum")!.Count(), Is.EqualTo(Enum.GetValues<RunOutcome>().Length));
    }

    [Test]
    public void A_result_says_what_happened()
    {
        var json = JObject.Parse(ResultJson.Write(Reducer.Fold(Sample.OneFailed)));
        Assert.That((string?)json["outcome"], Is.EqualTo("failed"));
        Assert.That((string?)json.SelectToken("hosts.razer.status"), Is.EqualTo("rolled-back"));
        Assert.That((string?)json.SelectToken("hosts.razer.problem.units[0].unit"), Is.EqualTo("nginx.service"));
        Assert.That((int?)json.SelectToken("summary.deployed"), Is.EqualTo(2));
        Assert.That((int?)json.SelectToken("summary.success-percent"), Is.EqualTo(66));
        Assert.That((int?)json.SelectToken("hosts.p620.generation"), Is.EqualTo(246));
        Assert.That((bool?)json["ended"], Is.True);
    }

    private static void Follows(JsonSchema schema, string json) => Assert.That(schema.Validate(json).Select(e => e.ToString()), Is.Empty, json);

    private static Task<JsonSchema> SchemaAsync(string name) => JsonSchema.FromFileAsync(PathOf(name));

    private static string PathOf(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "docs", "schema", $"{name}.schema.json");
}
