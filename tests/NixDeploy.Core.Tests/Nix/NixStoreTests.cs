using System.Collections.Concurrent;
using System.Collections.Immutable;
using CliWrap;
using CliWrap.Buffered;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Nix;
using static NixDeploy.Tests.Nix.TestNix;

namespace NixDeploy.Tests.Nix;

[TestFixture]
[Parallelizable(ParallelScope.Self)]
public class NixStoreTests
{
    private readonly NixStore store = new(Options);

    [OneTimeSetUp]
    public void SetUp() => Require();

    [Test]
    public async Task I_can_build_systems_and_keep_them_from_the_garbage_collector()
    {
        using var folder = new TestFolder("a folder");
        var systems = await EvaluateAsync(folder, ("a", Toplevel("a", salt: Salt())), ("b", Toplevel("b", "echo one; echo two", Salt())));

        var (results, log) = await RealiseAsync(systems, folder);

        Assert.That(results.Values, Is.All.Null);
        Assert.That(results, Has.Count.EqualTo(2));
        Assert.That(log.Where(l => l.Host == HostName.Parse("b")).Select(l => l.Line), Is.EqualTo(new[] { "one", "two" }));
        foreach (var (host, system) in systems)
        {
            var root = Path.Combine(folder.FullName, "roots", host.Value);
            Assert.That(File.ReadAllText(root), Is.EqualTo($"{host}\n"));
            Assert.That(new FileInfo(root).LinkTarget, Is.EqualTo(system.Toplevel.Value));
            Assert.That(await StoreAsync("--query", "--roots", system.Toplevel.Value), Does.Contain(root));
        }

        Assert.That((await RealiseAsync(systems, folder)).Results.Values, Is.All.Null, "what is there already is said to be there");
    }

    [Test]
    public async Task What_could_be_built_is_known_without_building_it()
    {
        using var folder = new TestFolder();
        var systems = await EvaluateAsync(folder, ("a", Toplevel("a", salt: Salt())));
        var gone = StorePath.Parse($"/nix/store/{new string('0', 32)}-nixos-system-gone");

        var problems = await store.DryRealiseAsync(
            systems.Add(HostName.Parse("b"), new SystemBuild(gone, null)).Add(HostName.Parse("c"), new SystemBuild(gone, gone)), default);

        Assert.That(problems.OrderBy(p => p.Key).Select(p => $"{p.Key} {p.Value.Code}"), Is.EqualTo(new[] { "b ND0306", "c ND0307" }));
        Assert.That(Path.Exists(systems[HostName.Parse("a")].Toplevel.Value), Is.False);
    }

    [Test]
    public async Task A_build_that_fails_leaves_the_others_unharmed()
    {
        using var folder = new TestFolder();
        var systems = await EvaluateAsync(folder,
            ("a", Toplevel("a", salt: Salt())),
            ("b", Toplevel("b", "i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line $i; done; exit 7", Salt())),
            ("c", Toplevel("c", salt: Salt())));

        var (results, _) = await RealiseAsync(systems, folder);

        Assert.That(results[HostName.Parse("a")], Is.Null);
        Assert.That(results[HostName.Parse("c")], Is.Null);
        var problem = results[HostName.Parse("b")]!;
        var derivation = systems[HostName.Parse("b")].Derivation!;
        Assert.That(problem.Code, Is.EqualTo("ND0305"));
        Assert.That(problem.Message, Is.EqualTo($"b does not build: builder for '{derivation}' failed with exit code 7."));
        Assert.That(problem.Log, Is.EqualTo(Enumerable.Range(11, 20).Select(n => $"line {n}")));
        Assert.That(problem.Derivation, Is.EqualTo(derivation.Value));
        Assert.That(problem.Command, Is.EqualTo($"nix-store --read-log {derivation}"));
        Assert.That(File.Exists(Path.Combine(folder.FullName, "roots", "b")), Is.False);
    }

    [Test]
    public async Task The_command_for_a_log_is_offered_where_there_is_one_and_works_as_printed()
    {
        using var folder = new TestFolder();
        var systems = await EvaluateAsync(folder,
            ("a", Toplevel("a", "echo why; exit 1", Salt())),
            ("b", Toplevel("b", salt: Salt()).Replace("/bin/sh", "/nonexistent", StringComparison.Ordinal)));

        var (results, _) = await RealiseAsync(systems, folder);

        Assert.That(results[HostName.Parse("a")]!.Command, Is.Not.Null);
        foreach (var command in results.Values.Select(r => r!.Command).OfType<string>())
        {
            var printed = await Cli.Wrap("sh").WithArguments(["-c", command]).WithEnvironmentVariables(Options.Environment).ExecuteBufferedAsync();
            Assert.That(printed.StandardOutput, Is.Not.Empty, command);
        }

        using var whole = new MemoryStream();
        await store.ReadLogAsync(results[HostName.Parse("a")]!.Derivation!, whole, CancellationToken.None);
        Assert.That(whole.ToArray(), Is.EqualTo("why\n"u8.ToArray()));
    }

    [Test]
    public async Task The_end_of_a_log_with_long_lines_is_kept()
    {
        using var folder = new TestFolder();
        var systems = await EvaluateAsync(folder, ("a", Toplevel("a", "i=0; x=0123456789; while [ $i -lt 9 ]; do i=$((i+1)); x=$x$x; done; echo $x; echo ${x}END; echo the reason; exit 1", Salt())));

        var (results, _) = await RealiseAsync(systems, folder);

        var log = results[HostName.Parse("a")]!.Log;
        Assert.That(log, Has.Length.EqualTo(3));
        Assert.That(log[1], Has.Length.LessThan(1100).And.EndsWith("END"));
        Assert.That(log[2], Is.EqualTo("the reason"));
    }

    /// <summary>nixpkgs' deployers and Nix itself give up on all of them: deploy-rs#389.</summary>
    [Test]
    public async Task A_system_of_another_architecture_is_its_own_hosts_failure_only()
    {
        using var folder = new TestFolder();
        var systems = await EvaluateAsync(folder,
            ("a", Toplevel("a", salt: Salt())),
            ("b", Toplevel("b", salt: Salt()).Replace("builtins.currentSystem or \"x86_64-linux\"", "\"riscv32-linux\"", StringComparison.Ordinal)),
            ("c", Toplevel("c", salt: Salt())));

        var (results, _) = await RealiseAsync(systems, folder);

        Assert.That(results.Where(r => r.Value is not null).Select(r => $"{r.Key} {r.Value!.Code}"), Is.EqualTo(new[] { "b ND0305" }));
        Assert.That(results[HostName.Parse("b")]!.Message, Does.Contain("riscv32-linux"));
    }

    /// <summary>Every call of nix-store that concerns one of three hosts fails.</summary>
    [TestCase("--check-validity")]
    [TestCase("--realise")]
    [TestCase("--query")]
    public async Task A_command_that_fails_for_one_host_costs_that_host_alone(string command)
    {
        using var folder = new TestFolder();
        var systems = await EvaluateAsync(folder, ("a", Toplevel("a", salt: Salt())), ("b", Toplevel("b", "exit 1", Salt())), ("c", Toplevel("c", salt: Salt())));
        var b = systems[HostName.Parse("b")];
        var programs = Directory.CreateDirectory(Path.Combine(folder.FullName, "bin")).FullName;
        foreach (var program in new[] { "nix-store", "nix" })
        {
            var script = Path.Combine(programs, program);
            await File.WriteAllTextAsync(script, $"#!/bin/sh\ncase \"$*\" in *{command}*{b.Toplevel.Value}* | *{command}*{b.Derivation!.Value}*) echo broken >&2; exit 9 ;; esac\nexec {program} \"$@\"\n");
            await Cli.Wrap("chmod").WithArguments(["+x", script]).ExecuteAsync();
        }

        var broken = new NixStore(Options with { ProgramFolder = programs });
        var results = new ConcurrentDictionary<HostName, Problem?>();

        await broken.RealiseEachAsync(systems, Path.Combine(folder.FullName, "roots"), r => results[r.Host] = r.Problem, (_, _) => { }, CancellationToken.None);

        Assert.That(results.Where(r => r.Value is not null).Select(r => r.Key.Value), Is.EqualTo(new[] { "b" }));
        Assert.That(results, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task Something_that_two_hosts_need_and_that_fails_is_the_failure_of_both()
    {
        using var folder = new TestFolder();
        var shared = Toplevel("shared", "echo the shared thing is broken; exit 1", Salt());
        var systems = await EvaluateAsync(folder, ("a", With(shared, "a")), ("b", With(shared, "b")), ("c", Toplevel("c", salt: Salt())));

        var (results, _) = await RealiseAsync(systems, folder);

        Assert.That(results[HostName.Parse("c")], Is.Null);
        foreach (var host in new[] { "a", "b" })
        {
            Assert.That(results[HostName.Parse(host)]!.Message, Does.StartWith($"{host} does not build: builder for '/nix/store/").And.Contain("nixos-system-shared.drv"));
            Assert.That(results[HostName.Parse(host)]!.Log, Is.EqualTo(new[] { "the shared thing is broken" }));
        }
    }

    [Test]
    public async Task A_host_is_reported_while_others_are_still_building()
    {
        using var folder = new TestFolder();
        var gate = Path.Combine(folder.FullName, "gate");
        var systems = await EvaluateAsync(folder,
            ("fast", Toplevel("fast", salt: Salt())),
            ("slow", Toplevel("slow", $"i=0; while [ ! -e {gate} ] && [ $i -lt 100000000 ]; do i=$((i+1)); done; [ -e {gate} ]", Salt())));
        var first = new TaskCompletionSource<BuildResult>(TaskCreationOptions.RunContinuationsAsynchronously);

        // One job at a time, whichever comes first: fast may have to wait for slow, and then this test would show nothing.
        var parallel = new NixStore(Options with { Environment = Options.Environment.SetItem("NIX_CONFIG", Options.Environment["NIX_CONFIG"] + "\nmax-jobs = 2") });
        var run = parallel.RealiseAsync(systems, Path.Combine(folder.FullName, "roots"), r => first.TrySetResult(r), (_, _) => { }, CancellationToken.None);

        var reported = await first.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(run.IsCompleted, Is.False);
        Assert.That(reported, Is.EqualTo(new BuildResult(HostName.Parse("fast"), null)));
        await File.WriteAllTextAsync(gate, "");
        await run;
    }

    [Test]
    public async Task Systems_that_are_nowhere_are_told_apart()
    {
        using var folder = new TestFolder();
        var none = StorePath.Parse("/nix/store/00000000000000000000000000000000-nixos-system-none");
        var drv = StorePath.Parse("/nix/store/00000000000000000000000000000000-nixos-system-none.drv");
        var systems = await EvaluateAsync(folder, ("a", Toplevel("a", salt: Salt())));

        var (results, _) = await RealiseAsync(
            systems.Add(HostName.Parse("prebuilt"), new SystemBuild(none, null)).Add(HostName.Parse("swept"), new SystemBuild(none, drv)), folder);

        Assert.That(results.ToDictionary(r => r.Key.Value, r => r.Value?.Code),
            Is.EquivalentTo(new Dictionary<string, string?> { ["a"] = null, ["prebuilt"] = "ND0306", ["swept"] = "ND0307" }));
    }

    [Test]
    public async Task I_can_stop_a_build()
    {
        using var folder = new TestFolder();
        var systems = await EvaluateAsync(folder, ("slow", Toplevel("slow", "echo begun; while true; do :; done", Salt())));
        using var cancel = new CancellationTokenSource();
        var run = store.RealiseAsync(systems, Path.Combine(folder.FullName, "roots"), _ => { }, (_, line) =>
        {
            if (line == "begun")
            {
                cancel.Cancel();
            }
        }, cancel.Token);

        Assert.That(async () => await run.WaitAsync(TimeSpan.FromSeconds(60)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_closure_can_be_exported_in_one_part_or_many_and_imported()
    {
        using var folder = new TestFolder();
        var systems = await EvaluateAsync(folder, ("a", With(With(Toplevel("base", salt: Salt()), "middle"), "a")));
        await RealiseAsync(systems, folder);
        var toplevel = systems[HostName.Parse("a")].Toplevel;

        var closure = await store.ClosureAsync(toplevel, CancellationToken.None);

        Assert.That(closure.Select(p => p.Name), Is.EqualTo(new[] { "nixos-system-base", "nixos-system-middle", "nixos-system-a" }));
        using var whole = new MemoryStream();
        await store.ExportAsync(closure, whole, CancellationToken.None);
        using var parts = new MemoryStream();
        await new NixStore(Options) { MostArgumentBytes = 1 }.ExportAsync(closure, parts, CancellationToken.None);
        Assert.That(parts.ToArray(), Is.EqualTo(whole.ToArray()));
        parts.Position = 0;
        var imported = await Cli.Wrap("nix-store").WithArguments("--import").WithEnvironmentVariables(Options.Environment)
            .WithStandardInputPipe(PipeSource.FromStream(parts)).ExecuteBufferedAsync();
        Assert.That(imported.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EquivalentTo(closure.Select(p => p.Value)));
    }

    [Test]
    public void Exporting_what_is_not_there_is_a_sentence()
    {
        var none = StorePath.Parse("/nix/store/00000000000000000000000000000000-none");
        var error = Assert.ThrowsAsync<NixException>(() => store.ExportAsync([none], Stream.Null, CancellationToken.None))!;
        Assert.That(error.Message, Does.StartWith($"nix-store --export {none} failed with exit code 1: ").And.Contain("not valid"));
    }

    [Test]
    public async Task An_export_ends_when_its_destination_breaks()
    {
        using var folder = new TestFolder();
        var systems = await EvaluateAsync(folder, ("big", Toplevel("big", "i=0; x=0123456789abcdef; while [ $i -lt 14 ]; do i=$((i+1)); x=$x$x; done; echo $x > $out; exit 0", Salt())));
        await RealiseAsync(systems, folder);
        using var small = new MemoryStream(new byte[10], writable: true);

        Assert.That(async () => await store.ExportAsync([systems[HostName.Parse("big")].Toplevel], small, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60)), Throws.InstanceOf<NotSupportedException>());
    }

    /// <summary>Makes a derivation new, so that it is built and not found.</summary>
    private static string Salt() => Guid.NewGuid().ToString("N");

    private static string With(string dependency, string name) =>
        $$"""(let dependency = {{dependency}}; in derivation { name = "nixos-system-{{name}}"; system = builtins.currentSystem or "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo ${dependency} > $out" ]; })""";

    private static async Task<ImmutableDictionary<HostName, SystemBuild>> EvaluateAsync(TestFolder folder, params (string Name, string Toplevel)[] hosts)
    {
        var file = folder.Write("hosts.nix", Set([.. hosts.Select(h => (h.Name, Host(h.Toplevel)))]));
        var loaded = await FleetSources.Open(file, Options).LoadAsync(null, CancellationToken.None);
        Assert.That(loaded.Failures, Is.Empty);
        return loaded.Systems;
    }

    private async Task<(Dictionary<HostName, Problem?> Results, List<(HostName? Host, string Line)> Log)> RealiseAsync(ImmutableDictionary<HostName, SystemBuild> systems, TestFolder folder)
    {
        var (results, log) = (new ConcurrentBag<BuildResult>(), new ConcurrentQueue<(HostName?, string)>());
        await store.RealiseAsync(systems, Path.Combine(folder.FullName, "roots"), results.Add, (host, line) => log.Enqueue((host, line)), CancellationToken.None);
        return (results.ToDictionary(r => r.Host, r => r.Problem), [.. log]);
    }

    private static async Task<string> StoreAsync(params string[] arguments) =>
        (await Cli.Wrap("nix-store").WithArguments(arguments).WithEnvironmentVariables(Options.Environment).ExecuteBufferedAsync()).StandardOutput;
}
