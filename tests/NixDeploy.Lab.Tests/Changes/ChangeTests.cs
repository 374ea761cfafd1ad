using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Labs.Support;
using NixDeploy.Nix;
using NixDeploy.Planning;
using NixDeploy.Survey;

namespace NixDeploy.Labs.Tests.Changes;

/// <summary>Two systems with known differences, compared while a real host runs one of them.</summary>
public sealed class ChangeTests : LabTest
{
    private const string Name = "p510";
    private const int Megabyte = 1 << 20;

    private static LabUnit Unit(string exec) => new() { Exec = exec, Version = "1" };

    private static LabSystem One(LabSystem system) => system with
    {
        Version = "10",
        Packages = Texts(("bash", "5.2"), ("gone", "1.0"), ("up", "1.9"), ("down", "2.0")),
        Units = Units(("stays", Unit("exec sleep infinity")), ("changes", Unit("exec sleep 100001")), ("goes", Unit("exec sleep infinity"))),
        Etc = Texts(("a/a.conf", "1"), ("gone.conf", "1"), ("same.conf", "1")),
        Users = ["alice", "carol"],
        Kernel = "6.12.1",
        KernelParams = ["quiet"],
        PayloadMegabytes = 1,
    };

    private static LabSystem Two(LabSystem system) => system with
    {
        Version = "11",
        Packages = Texts(("bash", "5.2"), ("new", "1.0"), ("up", "1.10"), ("down", "1.0")),
        Units = Units(("stays", Unit("exec sleep infinity")), ("changes", Unit("exec sleep 100002")), ("comes", Unit("exec sleep infinity"))),
        Etc = Texts(("a/a.conf", "2"), ("same.conf", "1"), ("new.conf", "1")),
        Users = ["bob", "carol"],
        Kernel = "6.12.2",
        KernelParams = ["quiet", "splash"],
        PayloadMegabytes = 2,
    };

    [Test]
    public async Task Known_differences_are_found_both_ways_round_wherever_the_old_system_is()
    {
        var host = Lab[Name];
        await host.ResetAsync(Ct);
        var one = await PrepareAsync(host, One);
        await host.SwitchAsync(one, "switch", Ct);
        var two = await BuildAsync(Two);

        var there = await CompareAsync(two);
        await DeleteFromControllerAsync(one);
        var gone = await CompareAsync(two);
        Assert.Multiple(() =>
        {
            AssertForth(there);
            Assert.That(Json(gone), Is.EqualTo(Json(there)), "whether the controller has the old system makes no difference");
            Assert.That(there.DryActivation, Is.Null, "the host lacks the new system");
            Assert.That(there.BytesToCopy, Is.InRange(2 * Megabyte, 2 * Megabyte + Megabyte / 4));
            Assert.That(there.ClosureBytesAfter - there.ClosureBytesBefore, Is.InRange(Megabyte - 50_000, Megabyte + 50_000));
        });

        await host.ImportAsync(two, Ct);
        var copied = await CompareAsync(two);
        Assert.Multiple(() =>
        {
            AssertForth(copied);
            Assert.That((copied.PathsToCopy, copied.BytesToCopy), Is.EqualTo((0, 0)));
            Assert.That(copied.DryActivation!.Restart, Is.EqualTo(new[] { "changes.service" }));
            Assert.That(copied.DryActivation.Stop, Is.EqualTo(new[] { "goes.service" }));
            Assert.That(copied.DryActivation.Start, Is.EqualTo(new[] { "comes.service" }));
        });
        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(one), "nothing was activated");
        Assert.That(await host.GenerationAsync(Ct), Is.EqualTo(1), "nothing was made the default");

        await host.SwitchAsync(two, "switch", Ct);
        Assert.That(await BuildAsync(One), Is.EqualTo(one));
        var back = await CompareAsync(one);
        Assert.Multiple(() =>
        {
            Assert.That(back.Packages.Select(Text), Is.EqualTo(new[] { "down Upgraded 1.0 2.0", "gone Added  1.0", "new Removed 1.0 ", "payload Downgraded 11 10", "up Downgraded 1.10 1.9" }));
            Assert.That(Text(back.Units), Is.EqualTo("+goes.service -comes.service ~changes.service"));
            Assert.That(Text(back.Etc), Is.EqualTo("+gone.conf -new.conf ~a/a.conf"));
            Assert.That(Text(back.Users), Is.EqualTo("+alice -bob ~"));
            Assert.That(back.Kernel, Is.EqualTo(new ValueChange("linux-6.12.2", "linux-6.12.1")));
            Assert.That((back.ClosureBytesAfter, back.ClosureBytesBefore), Is.EqualTo((there.ClosureBytesBefore, there.ClosureBytesAfter)));
            Assert.That(back.DryActivation!.Restart, Is.EqualTo(new[] { "changes.service" }));
        });
    }

    [Test]
    public async Task The_newer_script_s_own_check_is_told_while_planning_and_a_switch_under_way_is_not_waited_for()
    {
        var host = Lab[Name];
        await host.ResetAsync(Ct);
        var target = await PrepareAsync(host, s => One(s) with { NewerScript = true, Faults = new LabFaults { Checks = "echo not here; exit 1" } });

        var told = await CompareAsync(target);
        Assert.That(told.DryActivation!.FailedCheck, Does.StartWith("not here\n"));
        Assert.That(RiskAssessment.OfHost(Change(told), guarded: true, DurationHistory.Empty).Reasons, Has.Some.Contains("check before a switch"));

        await host.ReadAsync("systemd-run --unit=holder --setenv=PATH=$PATH flock /run/nixos/switch-to-configuration.lock sleep infinity; while flock -n /run/nixos/switch-to-configuration.lock true; do sleep 0.05; done", Ct);
        Assert.That((await CompareAsync(target)).DryActivation, Is.Null);
        await host.ReadAsync("systemctl stop holder", Ct);
    }

    [Test]
    public async Task What_the_activation_leaves_alone_and_what_it_does_to_systemd_and_swap_is_told()
    {
        LabSystem With(LabSystem system, string text, params (string, string)[] etc) =>
            (system with { Etc = Texts(etc) }).WithUnit("kept", Unit($"echo {text}; exec sleep infinity") with { Service = LabUnit.Lines(("X-RestartIfChanged", "false")) });
        var host = Lab[Name];
        await host.ResetAsync(Ct);
        await host.SwitchAsync(await PrepareAsync(host, s => With(One(s), "one", ("fstab", "/dev/vda2 none swap defaults\n"))), "test", Ct);
        var target = await PrepareAsync(host, s => With(One(s), "two", ("systemd/system.conf", "[Manager]\nLogLevel=info\n")));

        var dry = (await CompareAsync(target)).DryActivation!;

        Assert.That((dry.Keep.Single(), dry.RestartsSystemd, dry.SwapOff.Single()), Is.EqualTo(("kept.service", true, "/dev/vda2")));
        Assert.That(dry.Restart, Is.Empty);
    }

    [Test]
    public async Task A_specialisation_of_the_target_counts_as_the_target()
    {
        var host = Lab[Name];
        await host.ResetAsync(Ct);
        var system = await PrepareAsync(host, s => One(s) with { Specialisations = ImmutableSortedDictionary<string, Newtonsoft.Json.Linq.JObject>.Empty.Add("mobile", new() { ["version"] = "mobile", ["users"] = new Newtonsoft.Json.Linq.JArray("dave") }) });
        await host.ReadAsync($"nix-env -p /nix/var/nix/profiles/system --set {system}", Ct);
        await host.SwitchAsync($"{system}/specialisation/mobile", "test", Ct);
        Assert.That(await host.CurrentSystemAsync(Ct), Is.Not.EqualTo(system));

        var changes = await InspectAsync(system);

        Assert.That(changes.Problem, Is.Null);
        Assert.That(changes.Unchanged, Is.True);
        var contents = await new NixStore().ContentsAsync(StorePath.Parse(system), Ct);
        Assert.That(contents!.Users, Is.EqualTo(new[] { "alice", "carol", "deployer", "root" }), "the specialisation's users are not the system's");
    }

    private static void AssertForth(SystemChanges changes)
    {
        Assert.That(changes.Packages.Select(Text), Is.EqualTo(new[] { "down Downgraded 2.0 1.0", "gone Removed 1.0 ", "new Added  1.0", "payload Upgraded 10 11", "up Upgraded 1.9 1.10" }));
        Assert.That(changes.Counts, Is.EqualTo(new ChangeCounts
        {
            PackagesAdded = 1,
            PackagesRemoved = 1,
            PackagesUpgraded = 2,
            PackagesDowngraded = 1,
            Units = 3,
            Etc = 3,
            Users = 2,
            Rebuilt = changes.Counts.Rebuilt,
        }));
        Assert.That(changes.NixosVersion, Is.EqualTo(new ValueChange("lab.10", "lab.11")));
        Assert.That(changes.Kernel, Is.EqualTo(new ValueChange("linux-6.12.1", "linux-6.12.2")));
        Assert.That(changes.Initrd && changes.KernelModules);
        Assert.That(changes.KernelParams, Is.EqualTo(new ValueChange("quiet", "quiet splash")));
        Assert.That(Text(changes.Units), Is.EqualTo("+comes.service -goes.service ~changes.service"));
        Assert.That(Text(changes.Etc), Is.EqualTo("+new.conf -gone.conf ~a/a.conf"));
        Assert.That(Text(changes.Users), Is.EqualTo("+bob -alice ~"));
    }

    private static HostChange Change(SystemChanges changes) =>
        new(new Host(HostName.Parse(Name)), SystemRef.Unknown, new SystemBuild(StorePath.Parse($"/nix/store/{new string('a', 32)}-x"), null)) { Changes = changes, HasEarlier = true };

    private async Task<string> BuildAsync(Func<LabSystem, LabSystem> change)
    {
        await ChangeAsync(Name, change);
        return (await Lab.BuildAsync([Name], Ct))[0];
    }

    private async Task DeleteFromControllerAsync(string system)
    {
        await Tool.RunAsync("nix-store", ["--delete", system], Ct);
        Assert.That(await new NixStore().ContentsAsync(StorePath.Parse(system), Ct), Is.Null);
    }

    private async Task<SystemChanges> CompareAsync(string target)
    {
        var changes = await InspectAsync(target);
        Assert.That(changes.Problem, Is.Null);
        return changes.Changes!;
    }

    private async Task<HostChanges> InspectAsync(string target)
    {
        var machine = Lab[Name];
        var host = new Host(HostName.Parse(Name))
        {
            Target = new TargetSettings
            {
                Host = machine.Address,
                Port = machine.Port,
                User = machine.User,
                IdentityFile = machine.IdentityFile,
                KnownHosts = machine.KnownHosts,
            },
        };
        var transports = TransportRegistry.Create((connection, h) => new ShellHostSession(connection, h), [], TimeProvider.System);
        var store = new NixStore();
        await using var sessions = new HostSessions(transports.For);
        var fleet = new Fleet("lab", new FleetSettings(), ImmutableSortedDictionary<HostName, Host>.Empty.Add(host.Name, host));
        var loaded = new LoadedFleet(fleet, [host.Name], ImmutableDictionary<HostName, SystemBuild>.Empty, ImmutableDictionary<HostName, Problem>.Empty, []);
        var inspection = (await FleetInspector.InspectAsync(sessions, loaded, loaded.Selected, TimeProvider.System, Ct)).Single();
        var changes = await ChangeInspector.CompareAsync(
            sessions, [new ComparedHost(host, inspection.State!, new SystemBuild(StorePath.Parse(target), null))], _ => store, Ct);
        Assert.That(sessions.TrafficOf(host.Name).Connections, Is.EqualTo(1));
        return changes[host.Name];
    }

    private static string Json(SystemChanges changes) => JsonFormat.Write(changes);

    private static string Text(PackageChange p) => $"{p.Name} {p.Kind} {string.Join('+', p.Before)} {string.Join('+', p.After)}";

    private static string Text(ItemChanges items) => $"+{string.Join('+', items.Added)} -{string.Join('-', items.Removed)} ~{string.Join('~', items.Changed)}";

    private static ImmutableSortedDictionary<string, string> Texts(params (string Key, string Value)[] entries) =>
        entries.ToImmutableSortedDictionary(e => e.Key, e => e.Value);

    private static ImmutableSortedDictionary<string, LabUnit> Units(params (string Key, LabUnit Unit)[] entries) =>
        entries.ToImmutableSortedDictionary(e => e.Key, e => e.Unit);
}
