using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Tests.Features;

/// <summary>Whole runs in which one host that cannot be deployed keeps all others from being started.</summary>
[TestFixture]
internal sealed class HeldUpTests : FourHosts
{
    private static readonly DeploymentRequest Tagged = new() { Strategy = "canary", CanaryTag = "first", Bake = TimeSpan.Zero };

    private static readonly DeploymentRequest BlueGreen = new() { Strategy = "blue-green" };

    [TestCase(ActivationMode.Switch)]
    [TestCase(ActivationMode.Boot)]
    [TestCase(ActivationMode.DryActivate)]
    public async Task Where_the_tagged_canary_cannot_be_reached_nobody_is_started_and_all_problems_are_told(ActivationMode mode)
    {
        Tag("samsung");
        Simulation("samsung")["fail"] = "unreachable";
        Simulation("razer")["fail"] = "build";

        var result = await DeployAsync(Tagged with { Mode = mode });

        AssertNobodyStarted(result, "p510 ND0601 samsung", "p620 ND0601 samsung", "razer ND0590 ", "samsung ND0513 ");
        Assert.That(File.ReadAllText(result.Folder.Report), Does.Contain("SSH connectivity: FAILED (1/4 hosts: samsung)").And.Contain("Build tests: FAILED (1/3 hosts: razer)"));
    }

    [Test]
    public async Task Without_details_too_a_missing_canary_lets_nobody_be_built_or_started()
    {
        Tag("samsung");
        Simulation("samsung")["fail"] = "unreachable";

        var result = await DeployAsync(Tagged with { Details = false });

        AssertNobodyStarted(result, "p510 ND0601 samsung", "p620 ND0601 samsung", "razer ND0601 samsung", "samsung ND0513 ");
    }

    [TestCase(UnreachablePolicy.Skip, HostStatus.Skipped)]
    [TestCase(UnreachablePolicy.Defer, HostStatus.Deferred)]
    public async Task Where_the_tagged_canary_is_unreachable_nobody_is_started_and_who_is_deferred_is_remembered(UnreachablePolicy offLine, HostStatus status)
    {
        Tag("samsung");
        Simulation("samsung")["fail"] = "unreachable";

        var result = await DeployAsync(Tagged with { Unreachable = offLine });

        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
        Assert.That(Of(result, "samsung").Status, Is.EqualTo(status));
        Assert.That(new[] { "p510", "p620", "razer" }.Select(h => $"{Of(result, h).Status} {Of(result, h).Because}"), Is.All.EqualTo("Blocked samsung"));
        Assert.That(result.State.Plan!.Reasons, Is.EqualTo(new[] { "No host is started because samsung, which is to go first (the tag first says so), cannot be reached." }));
        Assert.That(await DeferredAsync(), Is.EqualTo(offLine == UnreachablePolicy.Defer ? new[] { "samsung" } : []));
    }

    [Test]
    public async Task Where_every_tagged_canary_is_unchanged_another_host_goes_first()
    {
        await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        Tag("samsung");

        var result = await DeployAsync(Tagged);

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.State.Plan!.Stages[0].Hosts.Select(h => h.Value), Is.EqualTo(new[] { "p620" }));
        Assert.That(result.State.Plan.Stages[0].Bake, Is.Not.Null, "it is watched as the tagged one would have been");
        Assert.That(result.State.Plan.Warnings, Has.Some.EqualTo("Every host that carries the canary's tag 'first' runs its system already; another one was chosen."));
    }

    [Test]
    public void A_tag_that_nobody_carries_is_a_usage_error() =>
        Assert.That(async () => await DeployAsync(Tagged), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0243"));

    [TestCase("unreachable", "ND0513")]
    [TestCase("build", "ND0590")]
    public async Task All_hosts_or_none_holds_for_what_is_known_while_planning(string fault, string code)
    {
        Simulation("samsung")["fail"] = fault;
        AssertNobodyStarted(await DeployAsync(BlueGreen), "p510 ND0601 samsung", "p620 ND0601 samsung", "razer ND0601 samsung", $"samsung {code} ");
    }

    [Test]
    public async Task All_hosts_or_none_means_those_that_are_not_left_out()
    {
        Simulation("samsung")["fail"] = "unreachable";

        var result = await DeployAsync(BlueGreen with { Unreachable = NixDeploy.Fleets.UnreachablePolicy.Skip });

        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Success));
        Assert.That(result.State.Hosts.Values.Select(h => h.Status), Is.EqualTo(new[] { HostStatus.Deployed, HostStatus.Deployed, HostStatus.Deployed, HostStatus.Skipped }));
    }

    private static void AssertNobodyStarted(DeploymentResult result, params string[] blocked) => Assert.Multiple(() =>
    {
        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
        Assert.That(result.State.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Blocked));
        Assert.That(result.State.Hosts.Values.Select(h => $"{h.Host} {h.Problem!.Code} {h.Because}"), Is.EqualTo(blocked));
        Assert.That(result.State.Plan!.Hosts, Is.Empty);
    });

    private void Tag(string host) => Fleet["hosts"]![host]!["tags"] = new JArray("first");
}
