using System.Globalization;
using Newtonsoft.Json.Linq;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Tests;

public sealed class HostTests : LabTest
{
    [Test]
    public async Task Every_host_answers_over_ssh_by_its_known_key()
    {
        var answers = await Task.WhenAll(Lab.Hosts.Select(host => host.SshAsync("hostname", Ct)));

        Assert.That(answers.Select(answer => answer.Text), Is.EqualTo(Lab.Hosts.Select(host => host.Name)), answers[0].Error);
        Assert.That(Lab.Hosts, Has.Length.EqualTo(TestLabs.Hosts));
        Assert.That(Lab.Hosts.Take(4).Select(host => host.Name), Is.EqualTo(new[] { "p620", "p510", "razer", "samsung" }));
    }

    [Test]
    public async Task An_ordinary_user_logs_in_and_becomes_root_without_a_password()
    {
        var answer = await Lab["p620"].SshAsync("id -un; sudo -n id -un", Ct, user: "deployer");

        Assert.That(answer.Text, Is.EqualTo("deployer\nroot"), answer.Error);
    }

    [Test]
    public async Task A_fresh_host_runs_a_valid_system_that_is_its_first_generation_and_its_boot_default()
    {
        var host = Lab["razer"];
        await host.ResetAsync(Ct);

        var current = await host.CurrentSystemAsync(Ct);
        Assert.That(current, Does.EndWith("-nixos-system-razer-lab.0"));
        Assert.That(await host.GenerationAsync(Ct), Is.EqualTo(1));
        Assert.That(await host.BootDefaultAsync(Ct), Is.EqualTo(current));
        Assert.That(await host.ReadAsync("readlink -f /run/booted-system /nix/var/nix/profiles/system", Ct), Is.EqualTo($"{current}\n{current}"));
        Assert.That(await host.ReadAsync("systemctl is-system-running; systemctl is-active node-exporter", Ct), Is.EqualTo("running\nactive"));

        await host.ReadAsync($"nix-store --check-validity {current} && nix-collect-garbage -d && nix-store --verify --check-contents", Ct);
        Assert.That((await host.ReadAsync($"nix-store -qR {current}", Ct)).Split('\n'), Has.Length.GreaterThan(5).And.Some.EndsWith("-hello-2.10"));
    }

    [Test]
    public async Task Outside_scripts_find_everything_in_lab_json()
    {
        var facts = JObject.Parse(await File.ReadAllTextAsync($"{Lab.Fleet}/lab.json", Ct));
        var host = Lab["p620"];
        var entry = facts["hosts"]!["p620"]!;

        Assert.That(facts["hosts"]!.Children<JProperty>().Select(property => property.Name), Is.EqualTo(Lab.Hosts.Select(h => h.Name)));
        Assert.That((int)entry["process-id"]!, Is.EqualTo(host.ProcessId));
        var status = await File.ReadAllLinesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{host.ProcessId}/status"), Ct);
        Assert.That(status, Has.Some.Matches("^NSpid:\\s+[0-9]+\\s+1$"), "the process id is the host's init");
        Assert.That((string)entry["root"]!, Is.EqualTo(host.Root).And.Matches<string>(Directory.Exists));
        Assert.That($"/run/netns/{entry["network-namespace"]}", Does.Exist);
        Assert.That(await Tool.RunAsync("stat", ["-c", "%a", host.IdentityFile], Ct), Is.EqualTo("600"));
        Assert.That((string)entry["identity-file"]!, Does.Not.StartWith(Lab.Fleet), "a private key would be copied to the store");
    }
}
