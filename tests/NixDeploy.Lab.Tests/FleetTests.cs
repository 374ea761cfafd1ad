using System.Collections.Immutable;
using Newtonsoft.Json.Linq;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Tests;

public sealed class FleetTests : LabTest
{
    private const string Settings =
        "c: builtins.mapAttrs (n: h: { drv = h.config.system.build.toplevel.drvPath; deployment = h.config.claude.deployment; all = h.config.gemini.deployment-coordinator; }) c";

    private async Task<JObject> EvaluateFlakeAsync() => JObject.Parse(await Tool.RunAsync(
        "nix", ["--extra-experimental-features", "nix-command flakes", "eval", "--json", $"{Lab.Fleet}#nixosConfigurations", "--apply", Settings], Ct));

    [Test]
    public async Task The_flake_and_the_nix_file_name_the_same_systems()
    {
        var flake = await EvaluateFlakeAsync();
        var file = JObject.Parse(await Tool.RunAsync(
            "nix-instantiate", ["--eval", "--strict", "--json", "--expr", $"({Settings}) (import {Lab.Fleet}/fleet.nix)"], Ct));

        Assert.That(flake, Is.EqualTo(file).Using<JToken>(JToken.DeepEquals));
        Assert.That(flake, Has.Count.EqualTo(TestLabs.Hosts));
        await Tool.RunAsync("nix-store", ["--realise", .. flake.Properties().Select(host => (string)host.Value["drv"]!)], Ct);
    }

    [Test]
    public async Task The_fleet_says_who_waits_for_whom_and_how_each_is_reached()
    {
        var flake = await EvaluateFlakeAsync();

        Assert.That(flake["p620"]!["deployment"]!["role"]!.ToString(), Is.EqualTo("infrastructure"));
        Assert.That(flake["p620"]!["deployment"]!["dependencies"], Is.Empty);
        Assert.That(flake["razer"]!["deployment"]!["dependencies"]!.Select(name => (string)name!), Is.EqualTo(new[] { "p620" }));
        Assert.That((string)flake["razer"]!["deployment"]!["target"]!["host"]!, Is.EqualTo(Lab["razer"].Address));
        Assert.That((string)flake["razer"]!["all"]!["strategy"]!, Is.EqualTo("smart"));
    }

    [Test]
    public async Task Changing_one_host_leaves_the_systems_of_the_others_as_they_were()
    {
        var before = await EvaluateFlakeAsync();
        await ChangeAsync("samsung", system => system with { Version = system.Version + "x" });
        var after = await EvaluateFlakeAsync();

        Assert.That(
            before.Properties().Where(host => !JToken.DeepEquals(host.Value["drv"], after[host.Name]!["drv"])).Select(host => host.Name),
            Is.EqualTo(new[] { "samsung" }));
    }

    [Test]
    public async Task A_host_file_keeps_all_that_it_says_when_it_is_read_and_written()
    {
        var full = new LabSystem
        {
            Version = "quote \" and ${this}",
            Kernel = "6.13",
            KernelParams = ["a=b", "c"],
            Users = ["ann"],
            PayloadMegabytes = 3,
            Etc = ImmutableSortedDictionary<string, string>.Empty.Add("motd", "two\nlines"),
            Faults = new LabFaults { Answer = 4, Activation = "ip link set host0 down" },
            Deployment = new LabDeployment { HealthWindow = 9, More = { ["unreachable"] = "defer" } },
        };
        await ChangeAsync("samsung", _ => full.WithUnit("data.mount", new LabUnit { Text = "[Mount]\n", WantedBy = [] }));
        var text = await File.ReadAllTextAsync($"{Lab.Fleet}/hosts/samsung.nix", Ct);
        await Lab.ChangeAsync("samsung", system => system, Ct);

        Assert.That(await File.ReadAllTextAsync($"{Lab.Fleet}/hosts/samsung.nix", Ct), Is.EqualTo(text));
    }
}
