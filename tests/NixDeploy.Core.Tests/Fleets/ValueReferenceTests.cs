using Newtonsoft.Json;
using NixDeploy.Fleets;

namespace NixDeploy.Tests.Fleets;

internal sealed class ValueReferenceTests
{
    private const string Webhook = "https://hooks.example.org/services/T000/B000/very-secret";

    private static IEnumerable<TestCaseData> References =>
    [
        new TestCaseData(new ValueReference.Plain("a text"), "\"a text\""),
        new TestCaseData(new ValueReference.File("/run/secrets/webhook"), """{"file":"/run/secrets/webhook"}"""),
        new TestCaseData(new ValueReference.Environment("WEBHOOK"), """{"env":"WEBHOOK"}"""),
        new TestCaseData(new ValueReference.Masked("…0a1b"), """{"masked":"…0a1b"}"""),
    ];

    [TestCaseSource(nameof(References))]
    public void A_reference_is_written_and_read(ValueReference value, string json)
    {
        Assert.That(JsonFormat.Write(value), Is.EqualTo(json));
        Assert.That(JsonFormat.Read<ValueReference>(json), Is.EqualTo(value));
    }

    [Test]
    public void A_secret_is_never_written_and_a_changed_one_is_told_from_it()
    {
        var secret = new ValueReference.Secret(Webhook);
        var json = JsonFormat.Write(secret);
        Assert.That($"{secret} {json} {new { secret }}", Does.Not.Contain("T000").And.Contain("https://hooks.example.org/…"));
        Assert.That(Digest.Of(new ValueReference.Secret(Webhook + "r")), Is.Not.EqualTo(Digest.Of(secret)));
        Assert.That(Code(() => JsonFormat.Read<ValueReference>(json).ResolveAsync()), Is.EqualTo("ND0112"));
    }

    [TestCase("""{"fiel":"x"}""")]
    [TestCase("""{"file":"x","env":"y"}""")]
    [TestCase("""{"file":1}""")]
    [TestCase("[]")]
    [TestCase("1")]
    public void Anything_else_is_refused(string json) => Assert.That(() => JsonFormat.Read<ValueReference>(json), Throws.InstanceOf<JsonException>());

    [Test]
    public async Task A_file_yields_its_content_without_the_last_line_end()
    {
        var path = Path.Combine(Path.GetTempPath(), $"value-{Guid.NewGuid():N}");
        try
        {
            await File.WriteAllTextAsync(path, Webhook + "\n");
            Assert.That(await new ValueReference.File(path).ResolveAsync(), Is.EqualTo(Webhook));
            await File.WriteAllTextAsync(path, "\n");
            Assert.That(Code(() => new ValueReference.File(path).ResolveAsync()), Is.EqualTo("ND0112"));
        }
        finally
        {
            File.Delete(path);
        }

        Assert.That(() => new ValueReference.File(path).ResolveAsync().AsTask(), Throws.TypeOf<FleetException>().With.Message.Contains(path));
    }

    [Test]
    public async Task A_variable_yields_its_value()
    {
        Assert.That(await new ValueReference.Environment("PATH").ResolveAsync(), Is.EqualTo(Environment.GetEnvironmentVariable("PATH")));
        Assert.That(
            () => new ValueReference.Environment("NIXDEPLOY_NOT_SET").ResolveAsync().AsTask(),
            Throws.TypeOf<FleetException>().With.Property("Code").EqualTo("ND0112").And.Message.Contains("NIXDEPLOY_NOT_SET"));
    }

    private static string Code(Func<ValueTask<string>> resolve) => Assert.ThrowsAsync<FleetException>(async () => await resolve())!.Code;
}
