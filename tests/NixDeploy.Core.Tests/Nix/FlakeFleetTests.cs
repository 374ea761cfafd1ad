using CliWrap;
using CliWrap.Buffered;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Selection;
using NixDeploy.Nix;
using static NixDeploy.Tests.Nix.TestNix;

namespace NixDeploy.Tests.Nix;

[TestFixture]
[Parallelizable(ParallelScope.Self)]
public class FlakeFleetTests
{
    [OneTimeSetUp]
    public void SetUp() => Require();

    [Test]
    public async Task I_can_read_settings_and_systems_of_a_flake()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("p620", Host(Toplevel("p620"), """{ role = "infrastructure"; health-checks = [ { service = "prometheus"; } { http = "http://localhost:9090/-/healthy"; } ]; target.identity-file = "keys/id"; }""",
                """gemini.deployment-coordinator = { enable = true; strategy = "canary"; parallel-limit = 4; };""")),
            ("razer", Host(Toplevel("razer"), """{ role = "client"; dependencies = [ "p620" ]; enable = true; target.port = null; }""",
                "claude.deployment-coordinator.parallel-limit = 2;")),
            ("plain", $"{{ config.system.build.toplevel = {Toplevel("plain")}; }}")));

        var loaded = await LoadAsync(folder.FullName);

        Assert.That(loaded.Fleet.Hosts.Keys.Select(h => h.Value), Is.EqualTo(new[] { "p620", "plain", "razer" }));
        Assert.That(loaded.Fleet.Settings.Strategy, Is.EqualTo("canary"));
        Assert.That(loaded.Fleet.Settings.ParallelLimit, Is.EqualTo(2));
        var p620 = loaded.Fleet.Hosts[HostName.Parse("p620")];
        Assert.That(p620.Role, Is.EqualTo("infrastructure"));
        Assert.That(p620.HealthChecks.Select(c => c.Title), Is.EqualTo(new[] { "service prometheus", "http http://localhost:9090/-/healthy" }));
        Assert.That(p620.Target.IdentityFile, Is.EqualTo(Path.Combine(folder.FullName, "keys/id")));
        Assert.That(loaded.Fleet.Hosts[HostName.Parse("plain")], Is.EqualTo(new Host(HostName.Parse("plain"))).Using<Host>((a, b) => a.Role == b.Role && a.Target.Transport == b.Target.Transport));
        Assert.That(loaded.Systems.Keys, Is.EquivalentTo(loaded.Selected));
        Assert.That(loaded.Systems[HostName.Parse("p620")].Toplevel.Name, Is.EqualTo("nixos-system-p620"));
        Assert.That(loaded.Systems[HostName.Parse("p620")].Derivation!.Name, Is.EqualTo("nixos-system-p620.drv"));
        Assert.That((loaded.Failures, loaded.Warnings), Is.EqualTo((loaded.Failures.Clear(), loaded.Warnings.Clear())));
    }

    [TestCase("my fleet #1")]
    [TestCase("flotte ü %20?x=1")]
    [TestCase("a'b\"c$d")]
    public async Task I_can_keep_a_flake_in_a_folder_of_any_name(string name)
    {
        using var folder = new TestFolder(name);
        folder.Write("flake.nix", Flake(("a", Host(Toplevel("a")))));

        Assert.That((await LoadAsync(folder.FullName)).Systems, Has.Count.EqualTo(1));
        Assert.That((await LoadAsync(".", workingFolder: folder.FullName)).Systems, Has.Count.EqualTo(1));
        Assert.That((await LoadAsync(Path.Combine(folder.FullName, "flake.nix"))).Systems, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_git_repository_in_a_folder_of_such_a_name_is_read_or_it_is_said_what_helps()
    {
        using var folder = new TestFolder("my fleet #1");
        folder.Write("flake.nix", Flake(("a", Host(Toplevel("a")))));
        await Cli.Wrap("git").WithArguments("init --quiet").WithWorkingDirectory(folder.FullName).ExecuteAsync();
        await Cli.Wrap("git").WithArguments("add .").WithWorkingDirectory(folder.FullName).ExecuteAsync();

        try
        {
            Assert.That((await LoadAsync(folder.FullName)).Systems, Has.Count.EqualTo(1));
        }
        catch (FleetException e)
        {
            // Nix 2.8, for one.
            Assert.That(e.Code, Is.EqualTo("ND0109"));
        }

        Assert.That((await LoadAsync("path:.", workingFolder: folder.FullName)).Systems, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task I_can_name_a_flake_by_reference()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(("a", Host(Toplevel("a"), """{ target.known-hosts = "known"; }"""))));

        var loaded = await LoadAsync($"path:{folder.FullName}");

        Assert.That(loaded.Fleet.Hosts[HostName.Parse("a")].Target.KnownHosts, Is.EqualTo(Path.Combine(folder.FullName, "known")));
    }

    [Test]
    public async Task A_host_that_does_not_evaluate_fails_alone()
    {
        using var folder = new TestFolder();
        var hosts = Enumerable.Range(0, 9).Select(i => ($"h{i}", Host(Toplevel($"h{i}")))).ToList();
        hosts[3] = ("h3", Host("throw \"the disk of h3 is not set\"", """{ dependencies = [ "h1" ]; }"""));
        hosts[7] = ("h7", "throw \"nothing is right here\"");
        folder.Write("flake.nix", Flake([.. hosts]));

        var loaded = await LoadAsync(folder.FullName);

        Assert.That(loaded.Failures.Keys.Select(h => h.Value), Is.EquivalentTo(new[] { "h3", "h7" }));
        Assert.That(loaded.Systems, Has.Count.EqualTo(7));
        var problem = loaded.Failures[HostName.Parse("h3")];
        Assert.That(problem.Code, Is.EqualTo("ND0304"));
        Assert.That(problem.Message, Is.EqualTo("h3 does not evaluate: the disk of h3 is not set"));
        Assert.That(problem.Command, Does.Contain("nixosConfigurations.h3."));
        Assert.That(loaded.Fleet.Hosts[HostName.Parse("h3")].Dependencies, Is.EqualTo(new[] { HostName.Parse("h1") }), "its settings evaluate, and say who waits for whom");
        Assert.That(loaded.Fleet.Hosts, Has.Count.EqualTo(9));
    }

    [Test]
    public async Task What_an_evaluation_warns_of_is_told_once()
    {
        using var folder = new TestFolder();
        var warning = """builtins.trace "warning: the option is deprecated" """;
        folder.Write("flake.nix", Flake(("a", Host($"{warning} ({Toplevel("a")})")), ("b", Host($"{warning} ({Toplevel("b")})")), ("c", Host("throw \"no\""))));

        Assert.That((await LoadAsync(folder.FullName)).Warnings.Where(w => w.Contains("deprecated", StringComparison.Ordinal)), Is.EqualTo(new[] { "Nix: warning: the option is deprecated" }));
    }

    [Test]
    public async Task The_command_that_explains_a_failure_works_as_printed()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(("a.b", Host("throw \"the reason\""))));

        var command = (await LoadAsync(folder.FullName)).Failures[HostName.Parse("a.b")].Command!;
        var printed = await Cli.Wrap("sh").WithArguments(["-c", command]).WithEnvironmentVariables(e => e.Set("NIX_CONFIG", "")).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
        Assert.That(printed.StandardError, Does.Contain("the reason"));
    }

    [Test]
    public async Task Wrong_settings_are_their_own_hosts_failure()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("a", Host(Toplevel("a"))),
            ("b", Host(Toplevel("b"), """{ rolle = "client"; target.port = 0; }""")),
            ("c", Host(Toplevel("c"), """{ test = 7; }"""))));

        var loaded = await LoadAsync(folder.FullName);

        Assert.That(loaded.Systems.Keys.Select(h => h.Value), Is.EqualTo(new[] { "a" }));
        Assert.That(loaded.Failures.OrderBy(f => f.Key).Select(f => $"{f.Key} {f.Value.Code}"), Is.EqualTo(new[] { "b ND0106", "c ND0304" }));
        Assert.That(loaded.Failures[HostName.Parse("b")].Message, Does.Contain("'role'").And.Contain("target.port"));
        Assert.That(loaded.Undescribed.Select(h => h.Value), Is.EqualTo(new[] { "b" }), "where it is, is not known");
    }

    [Test]
    public async Task What_is_not_deployed_is_left_out_with_the_rule_that_says_so()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("web", Host(Toplevel("web"), """{ dependencies = [ "laptop" "db" ]; }""", """claude.deployment-coordinator.exclude = [ "installer-*" "old" ];""")),
            ("db", Host(Toplevel("db"))),
            ("laptop", Host("throw \"never asked for\"", "{ enable = false; }")),
            ("router", Host("throw \"never asked for\"", "{ target.host = null; }")),
            ("installer-x", Host(Toplevel("installer"))),
            ("old", Host("throw \"does not evaluate any more\"")),
            ("module", "{ config = { }; }"),
            ("nothing", "{ }"),
            ("user@iso", Host(Toplevel("iso"))),
            ("site/web", Host(Toplevel("site")))));

        var loaded = await LoadAsync(folder.FullName);

        Assert.That(loaded.Selected.Select(h => h.Value), Is.EqualTo(new[] { "db", "web" }));
        Assert.That(loaded.Systems, Has.Count.EqualTo(2));
        Assert.That(loaded.Failures, Is.Empty);
        Assert.That(loaded.Fleet.NotDeployed.Keys, Is.EqualTo(new[] { "installer-x", "laptop", "module", "nothing", "old", "router", "site/web", "user@iso" }));
        Assert.That(loaded.Fleet.NotDeployed["laptop"], Does.Contain("enable"));
        Assert.That(loaded.Fleet.NotDeployed["router"], Does.Contain("target.host"));
        Assert.That(loaded.Fleet.NotDeployed["installer-x"], Does.Contain("installer-*"));
        Assert.That(loaded.Fleet.NotDeployed["module"], Does.Contain("toplevel"));
        Assert.That(loaded.Fleet.Hosts[HostName.Parse("web")].Dependencies, Is.EqualTo(new[] { HostName.Parse("db") }), "nobody waits for what is not deployed");
        foreach (var name in loaded.Fleet.NotDeployed.Keys)
        {
            Assert.That(Assert.ThrowsAsync<UsageException>(() => LoadAsync(folder.FullName, $"web,{name}"))!.Message, Does.Contain(loaded.Fleet.NotDeployed[name]), name);
            Assert.That((await LoadAsync(folder.FullName, $"!{name}")).Selected, Has.Count.EqualTo(2), name);
        }
    }

    [Test]
    public void A_fleet_of_which_nothing_is_deployed_says_why()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(("laptop", Host(Toplevel("a"), "{ enable = false; }"))));
        Assert.That(() => LoadAsync(folder.FullName), Throws.TypeOf<FleetException>().With.Property("Code").EqualTo("ND0108").And.Message.Contains("enable"));
    }

    [Test]
    public async Task A_broken_host_that_nobody_asked_for_is_a_warning_only_where_somebody_depends_on_it()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("a", Host(Toplevel("a"), """{ dependencies = [ "db" ]; }""")),
            ("b", Host(Toplevel("b"), """{ role = "client"; }""")),
            ("db", "throw \"no disk\"")));

        Assert.That((await LoadAsync(folder.FullName, "a")).Warnings, Is.EqualTo(new[] { "db does not evaluate: no disk (a depends on it.)" }));
        var byRole = await LoadAsync(folder.FullName, "@client");
        Assert.That(byRole.Selected.Select(h => h.Value), Is.EqualTo(new[] { "b" }));
        Assert.That(byRole.Systems, Has.Count.EqualTo(1));
        Assert.That(byRole.Failures, Is.Empty);
        Assert.That(byRole.Warnings, Is.EqualTo(new[] { "db does not evaluate: no disk (Whether it was meant cannot be told: its role and tags are not known.)" }));
        Assert.That((await LoadAsync(folder.FullName, "b")).Warnings, Is.Empty);
    }

    [Test]
    public async Task A_key_in_the_store_is_warned_of()
    {
        using var folder = new TestFolder();
        folder.Write("key", "secret");
        folder.Write("flake.nix", Flake(("a", Host(Toplevel("a"), "{ target.identity-file = ./key; }"))));

        Assert.That((await LoadAsync(folder.FullName)).Warnings, Has.Length.EqualTo(1).And.ItemAt(0).Contains("everybody can read"));
    }

    [Test]
    public async Task Hundred_hosts_are_evaluated_together()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake([.. Enumerable.Range(0, 100).Select(i => ($"web-{i:000}", Host(Toplevel($"web-{i}"), $$"""{ tags = [ "n{{i % 10}}" ]; }""")))]));

        Assert.That((await LoadAsync(folder.FullName)).Systems, Has.Count.EqualTo(100));
        Assert.That((await LoadAsync(folder.FullName, "@n3,!web-003")).Selected, Has.Count.EqualTo(9));
    }

    [Test]
    public void Hosts_that_contradict_each_other_about_the_fleet_are_named()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("a", Host(Toplevel("a"), more: "claude.deployment-coordinator.parallel-limit = 2;")),
            ("b", Host(Toplevel("b"), more: "claude.deployment-coordinator.parallel-limit = 3;"))));

        var error = Assert.ThrowsAsync<FleetException>(() => LoadAsync(folder.FullName))!;

        Assert.That(error.Code, Is.EqualTo("ND0107"));
        Assert.That(error.Message, Does.EndWith("a sets parallel-limit in claude.deployment-coordinator (2) and b in claude.deployment-coordinator (3): it holds for the whole fleet; set it once, or alike."));
    }

    [TestCase("4")]
    [TestCase("8")]
    public void A_host_that_sets_one_thing_in_two_options_is_told_so_once(string gemini)
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("p510", Host(Toplevel("a"), more: $"gemini.deployment-coordinator.parallel-limit = {gemini}; claude.deployment-coordinator.parallel-limit = 2;"))));

        var error = Assert.ThrowsAsync<FleetException>(() => LoadAsync(folder.FullName))!;

        Assert.That(error.Code, Is.EqualTo("ND0107"));
        Assert.That(error.Message, Does.EndWith($": p510 sets parallel-limit in both gemini.deployment-coordinator ({gemini}) and claude.deployment-coordinator (2); keep one."));
    }

    [Test]
    public async Task Settings_of_the_whole_fleet_may_be_said_by_several_hosts_alike()
    {
        using var folder = new TestFolder();
        const string Said = """claude.deployment-coordinator = { tag-limits = { db = 1; unset = null; }; canary = { hosts = "10%"; waves = [ 1 "50%" "100%" ]; }; copy-limit = 9; };""";
        folder.Write("flake.nix", Flake(
            ("a", Host(Toplevel("a"), """{ tags = [ "db" ]; parallel-limit = 1; }""", Said)),
            ("b", Host(Toplevel("b"), more: Said))));

        var fleet = (await LoadAsync(folder.FullName)).Fleet;

        Assert.That(fleet.Settings.TagLimits, Is.EquivalentTo(new Dictionary<string, int> { ["db"] = 1 }));
        Assert.That(fleet.Settings.Canary.Waves.Select(w => w.ToString()), Is.EqualTo(new[] { "1", "50%", "100%" }));
        Assert.That((fleet.Settings.CopyLimit, fleet.Hosts[HostName.Parse("a")].ParallelLimit), Is.EqualTo(((int?)9, (int?)1)));

        folder.Write("flake.nix", Flake(
            ("a", Host(Toplevel("a"), """{ tags = [ "db" ]; }""", "claude.deployment-coordinator.tag-limits.db = 1;")),
            ("b", Host(Toplevel("b"), more: "claude.deployment-coordinator = { tag-limits.db = 2; canary.tag = \"bd\"; };"))));
        Assert.That(Assert.ThrowsAsync<FleetException>(() => LoadAsync(folder.FullName))!.Message,
            Does.EndWith("nixosConfigurations.b.config.claude.deployment-coordinator.canary.tag: no host has the tag 'bd' (did you mean 'db'?)."));
    }

    [Test]
    public async Task Systems_of_left_out_dependencies_are_known_too()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("web", Host(Toplevel("web"), """{ role = "client"; dependencies = [ "db" ]; }""")),
            ("db", Host(Toplevel("db"), """{ dependencies = [ "disk" "gone" ]; }""")),
            ("disk", Host("throw \"no disk\"")),
            ("other", Host("throw \"must not be looked at\""))));

        foreach (var hosts in new[] { "web", "@client" })
        {
            var loaded = await LoadAsync(folder.FullName, hosts);
            Assert.That(loaded.Selected.Select(h => h.Value), Is.EqualTo(new[] { "web" }));
            Assert.That(loaded.NotSelected.Select(h => h.Value), Is.EqualTo(new[] { "db", "disk" }));
            Assert.That(loaded.Systems.Keys.Select(h => h.Value).Order(), Is.EqualTo(new[] { "db", "web" }));
            Assert.That(loaded.Failures.Select(f => f.Value.Message), Is.EqualTo(new[] { "disk does not evaluate: no disk" }));
        }

        var all = await FleetSources.Open(folder.FullName, Options).LoadAsync(HostSelection.Parse("web,!disk") with { IncludeDependencies = true }, default);
        Assert.That((string.Join(' ', all.Selected), string.Join(' ', all.NotSelected)), Is.EqualTo(("db web", "disk")));
        Assert.That(all.Systems, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Wrong_settings_in_configurations_are_all_named()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("a", Host(Toplevel("a"), """{ rol = "client"; }""")),
            ("web.example", Host(Toplevel("b"), """{ target.port = 70000; toplevel = "x"; }"""))));

        var loaded = await LoadAsync(folder.FullName);

        Assert.That(loaded.Failures.OrderBy(f => f.Key).SelectMany(f => f.Value.Message.Replace(folder.FullName, "FLEET", StringComparison.Ordinal).Split('\n')), Is.EqualTo(new[]
        {
            "FLEET: nixosConfigurations.a.config.claude.deployment.rol is not a setting (did you mean 'role'?).",
            "FLEET: nixosConfigurations.'web.example'.config.claude.deployment.toplevel is not a setting.",
            "FLEET: nixosConfigurations.'web.example'.config.claude.deployment.target.port is 70000: expected a whole number from 1 to 65535.",
        }));
    }

    [Test]
    public void Wrong_settings_of_the_fleet_are_nobodys_alone()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("a", Host(Toplevel("a"))), ("web.example", Host(Toplevel("b"), more: """gemini.deployment-coordinator = { strategy = "any-word"; canary.hosts = "0%"; };"""))));

        var error = Assert.ThrowsAsync<FleetException>(() => LoadAsync(folder.FullName))!;

        Assert.That(error.Code, Is.EqualTo("ND0106"));
        Assert.That(error.Message.Replace(folder.FullName, "FLEET", StringComparison.Ordinal), Is.EqualTo(
            "FLEET: nixosConfigurations.'web.example'.config.gemini.deployment-coordinator.canary.hosts is '0%': expected a whole number of at least 1, or a share above 0% and up to 100%, such as '10%'."));
    }

    [Test]
    public void A_flake_without_hosts_or_with_broken_syntax_is_a_sentence()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", "{ outputs = { self }: { packages = { }; }; }");
        Assert.That(Assert.ThrowsAsync<FleetException>(() => LoadAsync(folder.FullName))!.Code, Is.EqualTo("ND0108"));

        folder.Write("flake.nix", Flake());
        Assert.That(Assert.ThrowsAsync<FleetException>(() => LoadAsync(folder.FullName))!.Code, Is.EqualTo("ND0108"));

        folder.Write("flake.nix", "{ outputs = ");
        var syntax = Assert.ThrowsAsync<NixException>(() => LoadAsync(folder.FullName))!;
        Assert.That(syntax.Code, Is.EqualTo("ND0303"));
        Assert.That(syntax.Message, Does.StartWith("nix ").And.Contain("syntax error, unexpected end of file").And.Not.Contain("\u001b"));
    }

    [Test]
    public void A_misspelt_host_is_found_before_any_host_is_evaluated()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(("p620", "throw \"must not be looked at\"")));

        var error = Assert.ThrowsAsync<UsageException>(() => LoadAsync(folder.FullName, "p62O"))!;

        Assert.That(error.Message, Does.EndWith("has no host 'p62O' (did you mean 'p620'?)."));
    }

    [Test]
    public async Task I_can_describe_hosts_in_a_plain_Nix_file()
    {
        using var folder = new TestFolder("my nix files");
        var set = Set(("a", Host(Toplevel("a"))), ("b", Host(Toplevel("b"))));
        foreach (var text in new[] { set, $"{{ nixosConfigurations = {set}; }}", $"{{ }}: {set}", $"{{ lib ? null }}: {{ nixosConfigurations = {set}; }}" })
        {
            var file = folder.Write("hosts ${x}.nix", text);
            Assert.That((await LoadAsync(file)).Systems, Has.Count.EqualTo(2), text);
        }
    }

    [Test]
    public async Task I_can_build_installables_named_in_a_json_file()
    {
        using var folder = new TestFolder("json fleet");
        folder.Write("fleet/flake.nix", Flake(("razer", Host(Toplevel("razer"))), ("web.example", Host(Toplevel("web"))), ("bad", "throw \"nope\"")));
        var file = folder.Write("fleet.json", """
            { "hosts": {
                "razer": { "installable": "./fleet#nixosConfigurations.razer" },
                "web": { "installable": "./fleet#nixosConfigurations.\"web.example\".config.system.build.toplevel" },
                "bad": { "installable": "./fleet#nixosConfigurations.bad" },
                "none": { "installable": "./elsewhere#nixosConfigurations.none" } } }
            """);

        var loaded = await LoadAsync(file);

        Assert.That(loaded.Systems.ToDictionary(s => s.Key.Value, s => s.Value.Derivation!.Name),
            Is.EquivalentTo(new Dictionary<string, string> { ["razer"] = "nixos-system-razer.drv", ["web"] = "nixos-system-web.drv" }));
        Assert.That(loaded.Failures[HostName.Parse("bad")].Message, Is.EqualTo("bad does not evaluate: nope"));
        Assert.That(loaded.Failures[HostName.Parse("none")].Message, Does.Contain("elsewhere"));
    }

    [Test]
    public void Without_Nix_it_is_said_how_to_get_it()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake());
        var error = Assert.ThrowsAsync<NixException>(() => FleetSources.Open(folder.FullName, Options with { ProgramFolder = folder.FullName }).LoadAsync(null, default))!;
        Assert.That(error.Code, Is.EqualTo("ND0301"));
        Assert.That(error.Message, Does.Contain("apt install nix-bin"));
    }

    [Test]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void A_Nix_that_is_too_old_is_refused()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake());
        var old = folder.Write("nix", "#!/bin/sh\necho 'nix (Nix) 2.3.16'\n");
        File.SetUnixFileMode(old, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var error = Assert.ThrowsAsync<NixException>(() => FleetSources.Open(folder.FullName, Options with { ProgramFolder = folder.FullName }).LoadAsync(null, default))!;
        Assert.That(error.Code, Is.EqualTo("ND0302"));
    }

    private static Task<LoadedFleet> LoadAsync(string fleet, string? hosts = null, string? workingFolder = null) =>
        FleetSources.Open(fleet, Options, workingFolder).LoadAsync(hosts is null ? null : HostSelection.Parse(hosts), CancellationToken.None);
}
