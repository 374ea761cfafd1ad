using System.Collections.Immutable;
using System.Text;
using CsCheck;
using Newtonsoft.Json.Linq;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Description;
using NixDeploy.Nix;

namespace NixDeploy.Tests.Fleets.Description;

[TestFixture]
public class FleetReaderTests
{
    private const string System = "/nix/store/00000000000000000000000000000000-nixos-system-x";

    [Test]
    public void Every_setting_arrives_where_it_belongs()
    {
        var (fleet, systems) = Read($$"""
            { "deployment-coordinator": {
                "enable": true, "strategy": "canary", "parallel-limit": 7, "copy-limit": 9, "tag-limits": { "b": 2, "a": 1, "c": null },
                "canary": { "hosts": "12.5%", "tag": "b", "waves": [1, "10%", 5, "50%", "100%"], "bake": 0, "approval": "required", "approval-timeout": 90 }, "health-check-timeout": 90, "health-window": 0, "auto-rollback": false,
                "guard-timeout": 45.5, "guard-reboot": false, "reboot": "if-needed", "reboot-timeout": 300, "on-failure": "abort", "max-failures": "25%",
                "notifications": { "enable": true, "email": "ops@example.org", "slack-webhook": "https://hooks.example.org/x" } },
              "hosts": {
                "web": {
                  "enable": true, "role": "client", "dependencies": ["db", "db"], "tags": ["a", "b"], "critical-services": ["nginx"],
                  "health-checks": [
                    { "service": "nginx", "timeout": 5, "interval": 0.5 }, { "http": "https://[::1]/ok" }, { "tcp": "localhost:22" }, { "tcp": "[::1]:8080" },
                    { "dns": "example.org" }, { "ping": "10.0.0.1" }, { "command": ["test", "-e", ""] }, { "command": "/bin/true" } ],
                  "rollback-on-failure": false, "health-window": 3, "health-check-timeout": 4, "parallel-limit": 3, "reboot": "always", "reboot-timeout": 30, "installable": "./fleet#nixosConfigurations.web", "test": "./fleet#checks.x86_64-linux.web",
                  "target": { "host": "10.0.0.2", "port": 2222, "user": "deploy", "identity-file": "keys/id", "known-hosts": "~/.ssh/known", "accept-new": true,
                              "host-key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==", "transport": "openssh", "elevation": ["sudo", "-n"], "connect-timeout": 2.5,
                              "profile": "/nix/var/nix/profiles/other" } },
                "db": { "toplevel": "{{System}}", "target": { "transport": "simulated", "port": null },
                        "simulation": { "running": "{{System}}", "generation": 155, "seconds": { "build": 0.3, "copy": 0, "activate": 1 }, "fail": "health" } } } }
            """);

        var web = fleet.Hosts[HostName.Parse("web")];
        Assert.Multiple(() =>
        {
            Assert.That(fleet.Settings, Is.EqualTo(new FleetSettings
            {
                Strategy = "canary",
                ParallelLimit = 7,
                CopyLimit = 9,
                TagLimits = ImmutableSortedDictionary<string, int>.Empty.Add("a", 1).Add("b", 2),
                Canary = new CanarySettings
                {
                    Hosts = new HostShare(null, 12.5),
                    Tag = "b",
                    Waves = [new(1, null), new(null, 10), new(5, null), new(null, 50), new(null, 100)],
                    Bake = S(0),
                    Approval = Approval.Required,
                    ApprovalTimeout = S(90),
                },
                HealthCheckTimeout = S(90),
                HealthWindow = S(0),
                AutoRollback = false,
                GuardTimeout = S(45.5),
                GuardReboot = false,
                Reboot = RebootPolicy.IfNeeded,
                RebootTimeout = S(300),
                OnFailure = OnFailure.Abort,
                MaxFailures = new FailureBudget(null, 25),
                Notifications = new NotificationSettings { Enable = true, Email = "ops@example.org", SlackWebhook = new ValueReference.Secret("https://hooks.example.org/x") },
            }));
            Assert.That((web.Role, web.RollbackOnFailure, web.HealthWindow, web.HealthCheckTimeout, web.ParallelLimit), Is.EqualTo(("client", false, S(3), S(4), 3)));
            Assert.That((web.Reboot, web.RebootTimeout), Is.EqualTo((RebootPolicy.Always, S(30))));
            Assert.That(web.Dependencies, Is.EqualTo(new[] { HostName.Parse("db") }));
            Assert.That(web.Tags, Is.EqualTo(new[] { "a", "b" }));
            Assert.That(web.CriticalServices, Is.EqualTo(new[] { "nginx" }));
            Assert.That(web.HealthChecks.Select(c => c.Title), Is.EqualTo(new[]
            {
                "service nginx", "http https://[::1]/ok", "tcp localhost:22", "tcp ::1:8080", "dns example.org", "ping 10.0.0.1", "command test -e ", "command /bin/true",
            }));
            Assert.That((web.HealthChecks[0].Timeout, web.HealthChecks[0].Interval), Is.EqualTo((S(5), S(0.5))));
            Assert.That(web.Target with { Elevation = [] }, Is.EqualTo(new TargetSettings
            {
                Host = "10.0.0.2",
                Port = 2222,
                User = "deploy",
                IdentityFile = "/srv/fleet/keys/id",
                KnownHosts = "~/.ssh/known",
                AcceptNew = true,
                HostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==",
                Transport = "openssh",
                ConnectTimeout = S(2.5),
                Profile = "/nix/var/nix/profiles/other",
            } with
            { Elevation = [] }).Using<TargetSettings>((a, b) => a.ToString() == b.ToString()));
            Assert.That(web.Target.Elevation, Is.EqualTo(new[] { "sudo", "-n" }));
            Assert.That(systems[HostName.Parse("web")], Is.EqualTo(new SystemSource(null, "./fleet#nixosConfigurations.web") { Test = "./fleet#checks.x86_64-linux.web" }));
            Assert.That(systems[HostName.Parse("db")], Is.EqualTo(new SystemSource(StorePath.Parse(System), null)));
            Assert.That(fleet.Hosts[HostName.Parse("db")].Simulation, Is.EqualTo(new SimulationSettings
            {
                Running = StorePath.Parse(System),
                Generation = 155,
                Build = S(0.3),
                Activate = S(1),
                Fail = SimulatedFailure.Health,
            }));
        });
    }

    [Test]
    public void What_is_not_said_has_its_default()
    {
        var (fleet, _) = Read($$"""{ "hosts": { "a": { "toplevel": "{{System}}" } } }""");
        Assert.That(fleet.Settings, Is.EqualTo(new FleetSettings()));
        Assert.That(fleet.Hosts[HostName.Parse("a")].ToString(), Is.EqualTo(new Host(HostName.Parse("a")).ToString()));
    }

    [TestCase("""{ "hosts": { "a": { "rol": "x", TOP } } }""", "f:1:26: hosts.a.rol is not a setting (did you mean 'role'?).")]
    [TestCase("""{ "host": {}, "hosts": { "a": { TOP } } }""", "f:1:9: host is not a setting (did you mean 'hosts'?).")]
    [TestCase("""{ "hosts": { "a": { "target": { "port": 70000 }, TOP } } }""", "hosts.a.target.port is 70000: expected a whole number from 1 to 65535.")]
    [TestCase("""{ "hosts": { "a": { "target": { "port": "22" }, TOP } } }""", "hosts.a.target.port is '22': expected a whole number from 1 to 65535.")]
    [TestCase("""{ "hosts": { "a": { "target": { "port": 22.5 }, TOP } } }""", "is 22.5: expected a whole number")]
    [TestCase("""{ "hosts": { "a": { "target": { "port": 99999999999999999999999 }, TOP } } }""", "is 99999999999999999999999: expected a whole number")]
    [TestCase("""{ "hosts": { "a": { "target": { "host": "-oProxyCommand=x" }, TOP } } }""", "hosts.a.target.host is '-oProxyCommand=x': expected a name or an address.")]
    [TestCase("""{ "hosts": { "a": { "target": { "connect-timeout": 0 }, TOP } } }""", "expected a number of seconds above 0 to 2592000.")]
    [TestCase("""{ "hosts": { "a": { "target": { "connect-timeout": 1e999 }, TOP } } }""", "expected a number of seconds above 0 to 2592000.")]
    [TestCase("""{ "hosts": { "a": { "target": { "host-key": "ssh-ed25519" }, TOP } } }""", "expected a public key, 'TYPE BASE64'.")]
    [TestCase("""{ "hosts": { "a": { "target": [], TOP } } }""", "hosts.a.target is a list: expected an object of settings.")]
    [TestCase("""{ "hosts": { "a": { "dependencies": ["b", 3, "no name"], TOP } } }""", "hosts.a.dependencies[1] is 3: expected a host's name.", "hosts.a.dependencies[2] is 'no name': expected a host's name.")]
    [TestCase("""{ "hosts": { "a": { "dependencies": "b", TOP } } }""", "hosts.a.dependencies is 'b': expected a list, each element a host's name.")]
    [TestCase("""{ "hosts": { "a": { "parallel-limit": 0, TOP } } }""", "hosts.a.parallel-limit is 0: expected a whole number of at least 1.")]
    [TestCase("""{ "hosts": { "a": { "rollback-on-failure": "yes", TOP } } }""", "is 'yes': expected true or false.")]
    [TestCase("""{ "hosts": { "a": { "health-checks": [ { "http": "http://me:hunter2@host/" } ], TOP } } }""",
        "hosts.a.health-checks[0].http has a user or a password in its URL, which is not sent")]
    [TestCase("""{ "hosts": { "a": { "health-checks": [ { "http": "http://me:hunter2@host:99999/" } ], TOP } } }""", "[0].http is 'http://…@host:99999/': expected an absolute http or https URL")]
    [TestCase("""{ "hosts": { "a": { "health-checks": [ { "command": ["true\u0000x"] }, { "command": "a\u0000" }, { "dns": "a\u0000" } ], TOP } } }""",
        "hosts.a.health-checks[0].command has 'true\\u0000x': expected a text without NUL characters, which no program can be given.", "[1].command has 'a\\u0000'", "[2].dns is 'a\\u0000'")]
    [TestCase("""{ "hosts": { "a": { "target": { "elevation": ["sudo", "a\u0000"], "profile": "/a\u0000", "identity-file": "/a\u0000", "user": "a\u0000" }, "critical-services": ["a\u0000b"], TOP } } }""",
        "critical-services[0] is 'a\\u0000b'", "target.user is", "target.identity-file is '/a", "target.elevation[1] is 'a\\u0000': expected a text without NUL characters", "target.profile is '/a")]
    [TestCase("""{ "hosts": { "a": { "target": { "elevation": ["sudo", "-S"] }, TOP } } }""", "hosts.a.target.elevation")]
    [TestCase("""{ "hosts": { "a": { "target": { "elevation": ["sudo", "-nS"] }, TOP } } }""", "hosts.a.target.elevation")]
    [TestCase("""{ "hosts": { "a": { "target": { "elevation": ["sudo", "--stdin"] }, TOP } } }""", "hosts.a.target.elevation")]
    [TestCase("""{ "hosts": { "a": { "target": { "elevation": ["/run/wrappers/bin/sudo", "-S", "-p", "x"] }, TOP } } }""", "hosts.a.target.elevation")]
    [TestCase("""{ "hosts": { "a": { "target": { "elevation": ["env", "LANG=C", "sudo", "-kS"] }, TOP } } }""", "hosts.a.target.elevation")]
    [TestCase("""{ "hosts": { "a": { "target": { "elevation": ["sudo", "-u", "deploy", "sudo", "--std"] }, TOP } } }""", "hosts.a.target.elevation")]
    [TestCase("""{ "hosts": { "a": { "target": { "elevation": ["su", "-c"] }, TOP } } }""", "hosts.a.target.elevation")]
    [TestCase("""{ "hosts": { "a": { "target": { "elevation": ["/bin/su", "-"] }, TOP } } }""", "hosts.a.target.elevation")]
    [TestCase("""{ "hosts": { "a": { "health-checks": [ {} ], TOP } } }""", "hosts.a.health-checks[0] has none of them: a health check has exactly one of service, http, tcp, dns, ping, command, baseline.")]
    [TestCase("""{ "hosts": { "a": { "health-checks": [ { "service": "x", "tcp": "a:1" } ], TOP } } }""", "has service and tcp: a health check has exactly one of")]
    [TestCase("""{ "hosts": { "a": { "health-checks": [ { "servce": "x" } ], TOP } } }""", "hosts.a.health-checks[0].servce is not a setting (did you mean 'service'?).")]
    [TestCase("""{ "hosts": { "a": { "health-checks": [ { "http": "localhost" }, { "tcp": "a:0" }, { "tcp": "::1:22" }, { "command": [] }, null, 1 ], TOP } } }""",
        "[0].http is 'localhost'", "[1].tcp is 'a:0'", "[2].tcp is '::1:22'", "[3].command is a list", "[4] is null", "[5] is 1")]
    [TestCase("""{ "hosts": { "-x": { TOP } } }""", "hosts.-x is not a host's name")]
    [TestCase("""{ "hosts": { "a b": null } }""", "hosts.'a b' is not a host's name")]
    [TestCase("""{ "hosts": { "a": null } }""", "hosts.a is null")]
    [TestCase("""{ "hosts": { "web.example": 1 } }""", "hosts.'web.example' is 1: expected an object of settings.")]
    [TestCase("""{ "hosts": [] }""", "hosts is a list: expected an object with a key per host.")]
    [TestCase("""[ 1 ]""", "the document is a list: expected an object of settings.")]
    [TestCase("""{ "hosts": { "a": { } } }""", "hosts.a needs one of toplevel (a system that is built already) or installable (what to build).")]
    [TestCase("""{ "hosts": { "a": { "installable": ".#x", TOP } } }""", "hosts.a has both toplevel and installable: keep one.")]
    [TestCase("""{ "hosts": { "a": { "installable": "x" } } }""", "hosts.a.installable is 'x': expected a flake and an attribute")]
    [TestCase("""{ "hosts": { "a": { "installable": ".#x", "target": { "transport": "simulated" } } } }""", "hosts.a is simulated and needs toplevel")]
    [TestCase("""{ "hosts": { "a": { "toplevel": "/nix/store/x" } } }""", "hosts.a.toplevel is '/nix/store/x': expected a store path, /nix/store/HASH-NAME.")]
    [TestCase("""{ "hosts": { "a": { "simulation": { "fail": "bild" }, TOP } } }""", "is 'bild': expected build, copy, activate, health or unreachable (did you mean 'build'?).")]
    [TestCase("""{ "deployment-coordinator": { "strategy": "not one" }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.strategy is 'not one': expected a strategy's name.")]
    [TestCase("""{ "deployment-coordinator": { "copy-limit": 0 }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.copy-limit is 0: expected a whole number of at least 1.")]
    [TestCase("""{ "deployment-coordinator": { "tag-limits": [1] }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.tag-limits is a list: expected an object with a whole number for each tag.")]
    [TestCase("""{ "deployment-coordinator": { "tag-limits": { "db": 0, "a b": 1 } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.tag-limits.db is 0: expected a whole number of at least 1.", "deployment-coordinator.tag-limits.'a b' is not a tag.")]
    [TestCase("""{ "deployment-coordinator": { "tag-limits": { "dbb": 1 } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.tag-limits.dbb: no host has the tag 'dbb' (did you mean 'db'?).")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "tag": "bd" } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.canary.tag: no host has the tag 'bd' (did you mean 'db'?).")]
    [TestCase("""{ "deployment-coordinator": { "canary": 1 }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.canary is 1: expected an object of settings.")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "host": 1 } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.canary.host is not a setting (did you mean 'hosts'?).")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "hosts": 0 } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.canary.hosts is 0: expected a whole number of at least 1, or a share above 0% and up to 100%, such as '10%'.")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "hosts": "0%" } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "canary.hosts is '0%': expected")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "hosts": "100.1%" } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "canary.hosts is '100.1%': expected")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "hosts": "-Infinity%" } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "canary.hosts is '-Infinity%': expected")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "hosts": "3" } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "canary.hosts is '3': expected")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "bake": -1 } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.canary.bake is -1: expected a number of seconds from 0 to 2592000.")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "waves": [1, 0, "x%"] } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "canary.waves[1] is 0: expected a whole number", "canary.waves[2] is 'x%': expected")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "waves": [1, "10%", 2, "10%"] } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.canary.waves do not grow: 10% is no more than a wave before it.")]
    [TestCase("""{ "deployment-coordinator": { "canary": { "waves": [2, "10%", 1] } }, "hosts": { "a": { "tags": ["db"], TOP } } }""", "deployment-coordinator.canary.waves do not grow: 1 is no more than a wave before it.")]
    [TestCase("""{ "deployment-coordinator": { "off-line": "skip", "unreachable": "skip" }, "hosts": { "a": { TOP } } }""", "deployment-coordinator.off-line is the earlier name of unreachable, which is there too; keep unreachable.")]
    [TestCase("""{ "hosts": { "a": { "off-line": "skp", TOP } } }""", "hosts.a.unreachable is 'skp': expected fail, skip or defer (did you mean 'skip'?).")]
    [TestCase("""{ "deployment-coordinator": { "parallel-limit": 0 }, "hosts": { "a": { TOP } } }""", "is 0: expected a whole number of at least 1.")]
    [TestCase("""{ "deployment-coordinator": { "max-failures": "101%" }, "hosts": { "a": { TOP } } }""", "is '101%': expected a whole number of at least 0, or a share such as '25%'.")]
    [TestCase("""{ "deployment-coordinator": { "max-failures": -1 }, "hosts": { "a": { TOP } } }""", "is -1: expected")]
    public void What_is_wrong_is_said_with_its_place(string json, params string[] expected)
    {
        var error = Assert.Throws<FleetException>(() => Read(json.Replace("TOP", $"\"toplevel\": \"{System}\"", StringComparison.Ordinal)))!;
        Assert.That(error.Code, Is.EqualTo("ND0106"));
        Assert.That(error.Message.Split('\n'), Has.Length.EqualTo(expected.Length));
        foreach (var (line, part) in error.Message.Split('\n').Zip(expected))
        {
            Assert.That(line, Does.Contain(part).And.Match(@"^f:\d+:\d+: "));
        }
    }

    [TestCase("""["sudo"]""")]
    [TestCase("""["sudo", "-n", "--"]""")]
    [TestCase("""["sudo", "-A"]""")]
    [TestCase("""["sudo", "-p", "-S", "-n"]""")]
    [TestCase("""["sudo", "-nuS"]""")]
    [TestCase("""["sudo", "--prompt", "--stdin", "-n"]""")]
    [TestCase("""["sudo", "-n", "tool", "-S"]""")]
    [TestCase("""["sudo", "-n", "--", "-S"]""")]
    [TestCase("""["sudo", "--set-home", "-n"]""")]
    [TestCase("""["doas", "-n", "-u", "su"]""")]
    public void An_elevation_that_asks_for_no_password_on_standard_input_is_taken(string elevation) =>
        Assert.That(() => Read($$"""{ "hosts": { "a": { "target": { "elevation": {{elevation}} }, "toplevel": "{{System}}" } } }"""), Throws.Nothing);

    [Test]
    public void An_earlier_name_is_read_with_one_notice()
    {
        var description = Read($$"""
            { "deployment-coordinator": { "off-line": "defer" },
              "hosts": { "a": { "off-line": "skip", "toplevel": "{{System}}" }, "b": { "off-line": null, "toplevel": "{{System}}" }, "c": { "unreachable": "fail", "off-line": null, "toplevel": "{{System}}" } } }
            """);
        var (fleet, warnings) = (description.Fleet, description.Warnings);
        Assert.That((fleet.Settings.Unreachable, Of("a"), Of("b"), Of("c")), Is.EqualTo((UnreachablePolicy.Defer, UnreachablePolicy.Skip, (UnreachablePolicy?)null, UnreachablePolicy.Fail)));
        Assert.That(warnings, Has.Length.EqualTo(1).And.One.Contains("unreachable").And.One.Contains("2 places"));

        UnreachablePolicy? Of(string host) => fleet.Hosts[HostName.Parse(host)].Unreachable;
    }

    [Test]
    public void A_value_can_be_in_a_file_or_a_variable()
    {
        var (fleet, _) = Read($$"""
            { "deployment-coordinator": { "notifications": { "slack-webhook": { "file": "/run/secrets/slack" }, "email": { "env": "OPS" } } },
              "hosts": { "a": { "toplevel": "{{System}}", "health-checks": [ { "http": { "env": "CHECK_URL" } }, { "command": ["ask", { "file": "~/token" }] }, { "http": "http://x/?token=hunter2" } ] } } }
            """);
        Assert.That((fleet.Settings.Notifications.SlackWebhook, fleet.Settings.Notifications.Email), Is.EqualTo(((ValueReference)new ValueReference.File("/run/secrets/slack"), (ValueReference)new ValueReference.Environment("OPS"))));
        var host = fleet.Hosts[HostName.Parse("a")];
        Assert.That(host.HealthChecks.Select(c => c.Title), Is.EqualTo(new[] { "http variable CHECK_URL", "command ask file ~/token", "http http://x/?…" }));
        Assert.That(JsonFormat.Write(JsonFormat.Read<Host>(JsonFormat.Write(host))), Is.EqualTo(JsonFormat.Write(host)).And.Contains("{\"env\":\"CHECK_URL\"}"));
    }

    [Test]
    public void A_secret_is_in_no_json_of_the_settings()
    {
        var (fleet, _) = Read($$"""{ "deployment-coordinator": { "notifications": { "slack-webhook": "https://hooks.example.org/hunter2" } }, "hosts": { "a": { "toplevel": "{{System}}" } } }""");
        Assert.That(JsonFormat.Write(fleet.Settings), Does.Contain("slack-webhook").And.Not.Contain("hunter2"));
    }

    [Test]
    public void A_default_that_is_said_is_as_good_as_none()
    {
        Assert.That(new FleetSettings { ParallelLimit = 4, Canary = new CanarySettings { Bake = TimeSpan.FromMinutes(5), Waves = [] } }, Is.EqualTo(new FleetSettings()));
        Assert.That(new Host(HostName.Parse("a")) { Tags = [], RollbackOnFailure = true, Target = new TargetSettings { Transport = "auto" } }, Is.EqualTo(new Host(HostName.Parse("a"))));
        Assert.That(new Host(HostName.Parse("a")) { Reboot = RebootPolicy.Never }, Is.Not.EqualTo(new Host(HostName.Parse("a"))), "the fleet may say always");
    }

    [Test]
    public void A_host_and_its_fleet_are_the_same_after_a_round_trip_as_json()
    {
        var (fleet, _) = Read($$"""
            { "deployment-coordinator": { "strategy": "canary", "tag-limits": { "b": 2 }, "canary": { "hosts": "12.5%", "waves": [1, "50%"], "bake": 0.5 }, "disk-reserve": 7, "max-failures": "25%", "unreachable": "defer" },
              "hosts": { "web": { "dependencies": ["db"], "tags": ["b"], "health-checks": [ { "service": "nginx", "timeout": 5 }, { "command": ["a", "b"] } ], "reboot": "always", "toplevel": "{{System}}",
                "target": { "port": 2222, "elevation": ["sudo", "-n"], "connect-timeout": 2.5 }, "simulation": { "running": "{{System}}", "seconds": { "copy": 1 }, "fail": "health" } } } }
            """);
        var host = fleet.Hosts[HostName.Parse("web")];
        var read = JsonFormat.Read<Host>(JsonFormat.Write(host));
        Assert.That(JsonFormat.Write(read), Is.EqualTo(JsonFormat.Write(host)).And.Contains("\"target\":{\"port\":2222"));
        Assert.That(read with { HealthChecks = [] }, Is.EqualTo(host with { HealthChecks = [] }));
        Assert.That(JsonFormat.Read<FleetSettings>(JsonFormat.Write(fleet.Settings)), Is.EqualTo(fleet.Settings));
    }

    [Test]
    public void A_secret_is_not_repeated()
    {
        var error = Assert.Throws<FleetException>(() => Read("""{ "deployment-coordinator": { "notifications": { "slack-webhook": "hooks/secret" } }, "hosts": {} }"""))!;
        Assert.That(error.Message, Does.Contain("slack-webhook is not right").And.Not.Contain("hooks/secret"));
    }

    [TestCase("http://me:hunter2@host/")]
    [TestCase("http://me:hunter2@host:99999/")]
    [TestCase("http://me:hun@ter2@host:99999/")]
    [TestCase("ftp://me:hunter2@host/")]
    public void A_password_in_a_url_is_not_repeated(string url)
    {
        var error = Assert.Throws<FleetException>(() => Read($$"""{ "hosts": { "a": { "health-checks": [ { "http": "{{url}}" } ], "toplevel": "{{System}}" } } }"""))!;
        Assert.That(error.Message, Does.Contain("hosts.a.health-checks[0].http").And.Not.Contain("hun").And.Not.Contain("me:"));
    }

    [Test]
    public void Very_many_mistakes_are_counted()
    {
        var error = Assert.Throws<FleetException>(() => Read($$"""{ "hosts": { {{string.Join(", ", Enumerable.Range(0, 50).Select(i => $"\"h{i}\": {{}}"))}} } }"""))!;
        Assert.That(error.Message.Split('\n'), Has.Length.EqualTo(21).And.ItemAt(20).EqualTo("… and 30 more."));
    }

    [TestCase("", "ND0105", "f is empty")]
    [TestCase(" \n ", "ND0105", "f is empty")]
    [TestCase("{", "ND0105", "f:1:2: not JSON: ")]
    [TestCase("{ \"hosts\": {\n 'a': 1 } }", "ND0105", "f:2:2: not JSON: ")]
    [TestCase("{ \"hosts\": { } // no", "ND0105", "not JSON: ")]
    [TestCase("{ \"hosts\": { }, }", "ND0105", "not JSON: ")]
    [TestCase("{} {}", "ND0105", "not JSON: ")]
    [TestCase("{ \"hosts\": {\n \"a\": {}, \"a\": {} } }", "ND0105", "f:2:14: the key 'a' is there twice (at hosts.a).")]
    [TestCase("{ \"hosts\": {},\n \"hosts\": {} }", "ND0105", "the key 'hosts' is there twice (at hosts).")]
    [TestCase("{ \"hosts\": { \"a\": { \"role\": \"x\", \"role\": \"y\" } } }", "ND0105", "the key 'role' is there twice (at hosts.a.role).")]
    [TestCase("{}", "ND0108", "f describes no host")]
    [TestCase("{ \"hosts\": {} }", "ND0108", "f describes no host")]
    [TestCase("null", "ND0108", "f describes no host")]
    public void What_is_no_fleet_is_a_sentence(string text, string code, string message)
    {
        var error = Assert.Throws<FleetException>(() => Read(text))!;
        Assert.That((error.Code, error.Message.Split('\n').Length), Is.EqualTo((code, 1)));
        Assert.That(error.Message, Does.StartWith(message).Or.Contain(message));
    }

    [Test]
    public void Nonsense_of_any_size_and_depth_is_a_sentence()
    {
        Assert.That(() => Read(new string('x', 10_000_000)), Throws.InstanceOf<FleetException>().With.Message.Length.LessThan(300));
        Assert.That(() => Read(new string('[', 10_000_000)), Throws.InstanceOf<FleetException>().With.Message.Length.LessThan(300));
        Assert.That(() => Read($"{{ \"hosts\": {string.Concat(Enumerable.Repeat("{\"a\":", 60))}1{new string('}', 61)}"), Throws.InstanceOf<FleetException>());
        Assert.That(() => Read($"{{ \"{new string('k', 10_000_000)}\": 1 }}"), Throws.InstanceOf<FleetException>().With.Message.Length.LessThan(300));
        Assert.That(() => JsonFile.Parse(new byte[] { 0xff, 0xfe, 0x7b, 0x00 }, "f"), Throws.InstanceOf<FleetException>().With.Message.Contains("not text in UTF-8"));
    }

    [Test]
    public void A_byte_order_mark_does_no_harm()
    {
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes("{ \"hosts\": 1 }")];
        Assert.That(JsonFile.Parse(bytes, "f")["hosts"]!.Value<int>(), Is.EqualTo(1));
    }

    [Test]
    public void Files_that_cannot_be_read_are_sentences()
    {
        using var folder = new TestFolder();
        Assert.That(() => JsonFile.ReadAsync(folder.FullName, "f", null, default), Throws.InstanceOf<FleetException>().With.Message.Contains("it is a folder"));
        Assert.That(() => JsonFile.ReadAsync(Path.Combine(folder.FullName, "none"), "f", null, default), Throws.InstanceOf<FleetException>().With.Message.StartsWith("f cannot be read: "));
        var big = Path.Combine(folder.FullName, "big");
        using (var file = File.Create(big))
        {
            file.SetLength(300L << 20);
        }

        Assert.That(() => JsonFile.ReadAsync(big, "f", null, default), Throws.InstanceOf<FleetException>().With.Message.Contains("larger than 256 MiB"));
    }

    /// <summary>Whatever the document is: a fleet, or a <see cref="FleetException"/>; nothing else ever leaves the reader.</summary>
    [Test]
    public void Any_json_is_a_fleet_or_a_sentence()
    {
        var keys = Gen.OneOf(
            Gen.OneOf<string>([.. Settings.All.SelectMany(s => s.Name.Split('.')).Distinct(), "off-line"]),
            Gen.String[0, 8]);
        var leaf = Gen.OneOf(
            Gen.Const(JValue.CreateNull()),
            Gen.Bool.Select(b => new JValue(b)),
            Gen.Long.Select(n => new JValue(n)),
            Gen.Double.Select(n => new JValue(n)),
            Gen.String[0, 10].Select(s => new JValue(s)),
            Gen.OneOf(System, "localhost:22", "http://x/", "smart", "25%", "simulated", ".#a", "", " ").Select(s => new JValue(s)));
        var any = Gen.Recursive<JToken>((depth, self) => depth > 5
            ? leaf.Select(l => (JToken)l)
            : Gen.Frequency(
                (2, leaf.Select(l => (JToken)l)),
                (1, self.Array[0, 3].Select(a => (JToken)new JArray(a.Select(t => t.DeepClone())))),
                (3, Gen.Select(keys, self).Array[0, 5].Select(ps => (JToken)new JObject(ps.DistinctBy(p => p.Item1).Select(p => new JProperty(p.Item1, p.Item2.DeepClone())))))));
        var document = Gen.OneOf(any, Gen.Select(any, any, (host, coordinator) => (JToken)new JObject(
            new JProperty("deployment-coordinator", coordinator.DeepClone()), new JProperty("hosts", new JObject(new JProperty("a", host.DeepClone()))))));

        document.Sample(
            d =>
            {
                try
                {
                    Assert.That(Read(d.ToString()).Fleet.Hosts, Is.Not.Empty);
                }
                catch (FleetException e)
                {
                    Assert.That(e.Message, Is.Not.Empty);
                }
            },
            iter: 1000,
            threads: 1);
    }

    private static FleetDescription Read(string text)
    {
        var reader = new FleetReader("f", "/srv/fleet");
        return reader.Finish(JsonFile.Parse(Encoding.UTF8.GetBytes(text), "f", (FleetReader.HostsKey, reader.Add)));
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
