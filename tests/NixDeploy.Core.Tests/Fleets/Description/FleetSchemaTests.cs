using System.Text;
using NixDeploy.Fleets.Description;
using NixDeploy.Nix;
using NJsonSchema;

namespace NixDeploy.Tests.Fleets.Description;

[TestFixture]
public class FleetSchemaTests
{
    private static readonly string Root = GeneratedText.Root;
    private static readonly string SchemaText = File.ReadAllText(Path.Combine(Root, "docs/schema/fleet.schema.json"));

    [Test]
    public void The_schema_is_made_of_the_declarations() => GeneratedText.Check("docs/schema/fleet.schema.json", _ => FleetSchema.Text);

    [Test]
    public void The_tables_of_the_fleet_s_page_are_made_of_the_declarations() =>
        GeneratedText.Check("docs/fleet.md", page => SettingText.Tables.Aggregate(page, (text, table) => GeneratedText.Between(text, table.Key, table.Value)));

    [Test]
    public async Task Every_fleet_of_the_repository_is_valid()
    {
        var schema = await JsonSchema.FromJsonAsync(SchemaText);
        var fleets = new[] { "recipes", "tests" }.SelectMany(f => Directory.EnumerateFiles(Path.Combine(Root, f), "fleet*.json", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/bin/", StringComparison.Ordinal) && !f.Contains("/obj/", StringComparison.Ordinal)).ToList();
        Assert.That(fleets, Is.Not.Empty);
        foreach (var file in fleets)
        {
            Assert.That(schema.Validate(await File.ReadAllTextAsync(file)), Is.Empty, file);
            Assert.That((await FleetSources.Open(file).LoadAsync(null, CancellationToken.None)).Failures, Is.Empty, file);
        }
    }

    [Test]
    public async Task The_demo_is_the_specification_s_fleet()
    {
        var loaded = await FleetSources.Open(Path.Combine(Root, "recipes/demo")).LoadAsync(null, CancellationToken.None);
        Assert.That(loaded.Selected.Select(h => h.Value), Is.EqualTo(new[] { "p510", "p620", "razer", "samsung" }));
        Assert.That(loaded.Fleet.Hosts.Values.Select(h => h.Simulation!.Generation), Is.EqualTo(new[] { 310, 245, 155, 189 }));
        Assert.That(loaded.Fleet.Hosts.Values.Where(h => h.Simulation!.Running == loaded.Systems[h.Name].Toplevel).Select(h => h.Name.Value), Is.EqualTo(new[] { "p510" }));
    }

    /// <summary>The schema is for editors and must not promise what the reader refuses, nor mark what it takes.</summary>
    [TestCase("\"role\": \"client\"", true)]
    [TestCase("\"role\": \"a b\"", false)]
    [TestCase("\"target\": { \"port\": 70000 }", false)]
    [TestCase("\"target\": { \"connect-timeout\": 0 }", false)]
    [TestCase("\"health-window\": 0", true)]
    [TestCase("\"health-checks\": [ { \"service\": \"a\", \"dns\": \"b\" } ]", false)]
    [TestCase("\"health-checks\": [ { \"tcp\": \"[::1]:22\", \"timeout\": 0.5 }, { \"command\": \"/bin/true\" } ]", true)]
    [TestCase("\"health-checks\": [ { \"http\": \"ftp://x\" } ]", false)]
    [TestCase("\"health-checks\": [ { \"http\": \"http://x\", \"status\": 204, \"contains\": \"ok\", \"start-up\": 0 } ]", true)]
    [TestCase("\"health-checks\": [ { \"http\": \"http://x\", \"status\": 99 } ]", false)]
    [TestCase("\"health-checks\": [ { \"dns\": \"x\", \"status\": 200 } ]", false)]
    [TestCase("\"health-checks\": [ { \"baseline\": {} }, { \"baseline\": { \"max-load\": 1.5, \"min-memory\": \"20%\" } } ]", true)]
    [TestCase("\"health-checks\": [ { \"baseline\": { \"max-load\": 0 } } ]", false)]
    [TestCase("\"health-checks\": [ { \"baseline\": { \"min-memory\": 20 } } ]", false)]
    [TestCase("\"health-checks\": [ { \"http\": { \"env\": \"URL\" } }, { \"command\": [\"a\", { \"file\": \"/b\" }] } ]", true)]
    [TestCase("\"health-checks\": [ { \"http\": { \"file\": \"b\" } } ]", false)]
    [TestCase("\"health-checks\": [ { \"command\": [{ \"env\": \"A B\" }] } ]", false)]
    [TestCase("\"health-start-up\": 30", true)]
    [TestCase("\"critical-services\": [ \"-x\" ]", false)]
    [TestCase("\"dependencies\": [ \"a-\" ]", false)]
    [TestCase("\"installable\": \".#a\"", false)]
    [TestCase("\"rollbackonfailure\": true", false)]
    [TestCase("\"simulation\": { \"running\": \"/nix/store/x\" }", false)]
    public async Task The_schema_and_the_reader_agree(string setting, bool fine)
    {
        var text = $$"""{ "hosts": { "a": { "toplevel": "/nix/store/00000000000000000000000000000000-x", {{setting}} } } }""";
        Assert.That((await JsonSchema.FromJsonAsync(SchemaText)).Validate(text).Count == 0, Is.EqualTo(fine));
        Assert.That(() => new FleetReader("f", "/").Finish(JsonFile.Parse(Encoding.UTF8.GetBytes(text), "f")), fine ? Throws.Nothing : Throws.InstanceOf<FleetException>());
    }

    [TestCase("\"off-line\": \"defer\"", true)]
    [TestCase("\"unreachable\": \"defer\"", true)]
    [TestCase("\"unreachable\": \"later\"", false)]
    [TestCase("\"strategy\": \"one-of-mine\"", true)]
    [TestCase("\"strategy\": \"one of mine\"", false)]
    [TestCase("\"copy-limit\": 0", false)]
    [TestCase("\"tag-limits\": { \"db\": 1 }", true)]
    [TestCase("\"tag-limits\": { \"db\": 0 }", false)]
    [TestCase("\"tag-limits\": { \"d b\": 1 }", false)]
    [TestCase("\"max-failures\": \"0%\"", true)]
    [TestCase("\"max-failures\": \"100.5%\"", false)]
    [TestCase("\"canary\": { \"hosts\": 1, \"tag\": \"db\", \"waves\": [1, \"10%\", \"100%\"], \"bake\": 0 }", true)]
    [TestCase("\"canary\": { \"hosts\": 0 }", false)]
    [TestCase("\"canary\": { \"hosts\": \"0.0%\" }", false)]
    [TestCase("\"canary\": { \"hosts\": \"0.5%\" }", true)]
    [TestCase("\"canary\": { \"waves\": [\"110%\"] }", false)]
    [TestCase("\"canary\": { \"bake\": -1 }", false)]
    public async Task The_schema_and_the_reader_agree_about_the_fleet(string setting, bool fine)
    {
        var text = $$"""{ "deployment-coordinator": { {{setting}} }, "hosts": { "a": { "toplevel": "/nix/store/00000000000000000000000000000000-x", "tags": ["db"] } } }""";
        Assert.That((await JsonSchema.FromJsonAsync(SchemaText)).Validate(text).Count == 0, Is.EqualTo(fine));
        Assert.That(() => new FleetReader("f", "/").Finish(JsonFile.Parse(Encoding.UTF8.GetBytes(text), "f")), fine ? Throws.Nothing : Throws.InstanceOf<FleetException>());
    }
}
