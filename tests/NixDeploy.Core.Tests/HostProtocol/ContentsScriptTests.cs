using System.Text;
using CliWrap;
using CliWrap.Buffered;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Nix;
using NixDeploy.Tests.Changes;
using NixDeploy.Tests.Nix;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>The script on a made-up system in a real store, in every shell that this machine has.</summary>
[Platform("Linux")]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
[Parallelizable(ParallelScope.Self)]
internal sealed class ContentsScriptTests
{
    /// <summary>A system with all that make-etc, systemd and hostile people put into one.</summary>
    private const string Builder = """
        mkdir -p $out/bin $out/specialisation $out/etc/d/empty $out/etc/systemd/system/foo.service.d $out/etc/systemd/system/multi-user.target.wants
        printf '#!/bin/sh\nif [ "$1" = check ]; then cat %s/check; exit "$(cat %s/code)"; fi\necho "would restart the following units: a.service"\ntouch %s/ran' "$trace" "$trace" "$trace" >$out/bin/switch-to-configuration
        chmod +x $out/bin/switch-to-configuration
        cd $out/etc/systemd/system
        echo one >a.service; ln -s $out/etc/systemd/system/a.service linked.service; ln -s a.service alias.service; ln -s ../../d linked.service.wants; ln -s /dev/null masked.service
        mkdir foo.service.wants "$(printf 'x\ty').target.requires"; ln -s ../b.service foo.service.wants/b.service; ln -s ../c@.service "$(printf 'x\ty').target.requires/c@1.service"
        ln -s ../a.service multi-user.target.wants/a.service; echo two >foo.service.d/o.conf; echo no >foo.service.d/o.txt
        mkdir $out/dropins; echo 5 >$out/dropins/x.conf; ln -s $out/dropins linked.service.d; ln -s /nonexistent/unit broken.service
        echo two >"tab	unit.service"; echo three >'back\slash.service'
        cd $out/etc/d
        echo 1 >plain; echo 644 >plain.mode; echo 0 >plain.uid; echo 2 >"$(printf 'new\nline\n.')"; echo 3 >'-n'; echo 4 >"$(printf 'a\nnixdeploy-end')"
        ln -s /usr dirlink; ln -s $users users; ln -s /nonexistent/x broken; echo 5 >orphan.mode; ln -s "$(printf 'x\\y\nz')" "$(printf 'l\n\\')"
        printf 1.2 >$out/nixos-version; printf 'quiet splash\n' >$out/kernel-params
        ln -s $users $out/users-groups.json; ln -s $kernel $out/kernel; ln -s $kernel $out/specialisation/"x y"; echo ours >$out/initrd
        """;

    private static readonly string[][] Shells = [.. new string[][] { ["dash"], ["bash", "--posix"], ["busybox", "sh"], ["sh"] }.Where(s => Exists(s[0]))];

    private readonly NixStore store = new(TestNix.Options);
    private TestFolder trace = null!;
    private StorePath system = null!;

    [OneTimeSetUp]
    public async Task Build()
    {
        TestNix.Require();
        trace = new TestFolder();
        var expression = $$"""
            derivation {
              name = "nixos-system-made-up-1.2"; system = builtins.currentSystem; builder = "/bin/sh"; PATH = "/usr/bin:/bin"; trace = {{NixText.Quote(trace.FullName)}};
              users = builtins.toFile "users-groups.json" "{\"users\":[{\"name\":\"root\"},{\"name\":\"a\\nb\"}]}";
              kernel = builtins.toFile "linux-6.12.1" "kernel";
              args = [ "-euc" {{NixText.Quote(Builder)}} ];
            }
            """;
        var result = await Cli.Wrap("nix-build").WithArguments(["--no-out-link", "--expr", expression]).WithEnvironmentVariables(TestNix.Options.Environment).ExecuteBufferedAsync();
        system = StorePath.Parse(result.StandardOutput.Trim());
    }

    [OneTimeTearDown]
    public void Clean() => trace?.Dispose();

    [Test]
    public async Task A_system_is_described()
    {
        var contents = (await store.ContentsAsync(system, CancellationToken.None))!;

        Assert.Multiple(() =>
        {
            Assert.That(contents.System, Is.EqualTo(system));
            Assert.That(contents.Closure.Keys.Select(p => p.Name), Is.EquivalentTo(new[] { system.Name, "users-groups.json", "linux-6.12.1" }));
            Assert.That(contents.Closure.Values, Is.All.Positive);
            Assert.That(contents.Closure.Single(p => p.Key.Name == "linux-6.12.1").Value, Is.EqualTo(120), "a NAR of six bytes");
            Assert.That(contents.Version, Is.EqualTo("1.2"));
            Assert.That(contents.Kernel?.Name, Is.EqualTo("linux-6.12.1"));
            Assert.That(contents.Initrd, Is.Null, "it is the system's own file");
            Assert.That(contents.KernelModules, Is.Null);
            Assert.That(contents.KernelParams, Is.EqualTo("quiet splash"));
            Assert.That(contents.Users, Is.EqualTo(new[] { "a\nb", "root" }));
            Assert.That(contents.Specialisations.Single(), Is.EqualTo(KeyValuePair.Create("x y", contents.Kernel!)));
            Assert.That(contents.Units.Keys, Is.EqualTo(new[]
            {
                "a.service", "alias.service", @"back\slash.service", "broken.service", "foo.service", "linked.service", "masked.service", "tab\tunit.service",
            }));
            Assert.That(contents.Wanted, Is.EqualTo(new[] { "a.service", "c@1.service" }), "what targets want");
            Assert.That(contents.Units["linked.service"], Does.StartWith(contents.Units["a.service"] + " linked.service.d/x.conf="));
            Assert.That(contents.Units["a.service"], Has.Length.EqualTo(64));
            Assert.That(contents.Units["masked.service"], Is.EqualTo("/dev/null"));
            Assert.That(contents.Etc.Keys, Is.EqualTo(new[]
            {
                "d/-n", "d/a\nnixdeploy-end", "d/broken", "d/dirlink", "d/l\n\\", "d/new\nline\n.", "d/orphan.mode", "d/plain", "d/users",
            }));
            Assert.That(contents.Etc["d/dirlink"], Is.EqualTo("/usr"));
            Assert.That(contents.Etc["d/l\n\\"], Is.EqualTo("x\\y\nz"));
            Assert.That(contents.Etc["d/new\nline\n."], Has.Length.EqualTo(64));
            Assert.That(contents.Etc["d/plain"], Does.Contain("plain.mode="));
        });
    }

    [Test]
    public async Task Every_shell_says_the_same([ValueSource(nameof(Shells))] string[] shell) =>
        Assert.That(await RunAsync(shell, "", system.Value, ""), Is.EqualTo(await RunAsync(["sh"], "", system.Value, "")).And.EndsWith("nixdeploy-end\n"));

    [Test]
    public async Task What_is_missing_is_told_and_nothing_is_activated_then()
    {
        var missing = SystemContentsPath("missing");
        var said = await RunAsync(["sh"], "", "", system.Value, [system.Value, missing.Value]);
        Assert.That(said, Is.EqualTo($"\nnixdeploy-begin 1\nmissing\t{missing}\nnixdeploy-end\n"));
        Assert.That(await RunAsync(["sh"], "", missing.Value, missing.Value), Is.EqualTo("\nnixdeploy-begin 1\nnixdeploy-end\n"));
        Assert.That(File.Exists(Path.Combine(trace.FullName, "ran")), Is.False);
    }

    [TestCase(0, "fine", "")]
    [TestCase(1, "Usage: switch-to-configuration [switch|boot|test]", "", TestName = "What_knows_no_check_is_not_against_it")]
    [TestCase(11, "Could not acquire lock", "", TestName = "What_is_busy_is_not_against_it")]
    [TestCase(1, "not this one\nPre-switch checks failed", "check-failed\tnot this one\ncheck-failed\tPre-switch checks failed\n", TestName = "What_its_own_check_has_against_it_is_told")]
    [TestCase(7, "", "check-failed\tit ended with 7\n", TestName = "A_check_that_fails_without_a_word_is_told")]
    public async Task What_is_all_there_says_what_it_would_do(int code, string check, string told)
    {
        await File.WriteAllTextAsync(Path.Combine(trace.FullName, "check"), check);
        await File.WriteAllTextAsync(Path.Combine(trace.FullName, "code"), $"{code}");
        var said = await RunAsync(["sh"], "", "", system.Value, [system.Value]);
        File.Delete(Path.Combine(trace.FullName, "ran"));
        Assert.That(said, Is.EqualTo($"\nnixdeploy-begin 1\ndry-activated\t0\nwould\twould restart the following units: a.service\n{told}nixdeploy-end\n"));
    }

    [Test]
    public async Task A_system_that_is_not_there_has_no_contents() =>
        Assert.That(await store.ContentsAsync(SystemContentsPath("nowhere"), CancellationToken.None), Is.Null);

    [Test]
    public void A_store_that_cannot_be_read_is_said_so()
    {
        using var folder = new TestFolder();
        File.WriteAllText(Path.Combine(folder.FullName, "nix-store"), "#!/bin/sh\necho 'error: the disk is on fire' >&2\nexit 1\n");
        File.SetUnixFileMode(Path.Combine(folder.FullName, "nix-store"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var broken = new NixStore(TestNix.Options with { ProgramFolder = folder.FullName });
        Assert.That(
            async () => await broken.ContentsAsync(system, CancellationToken.None),
            Throws.InstanceOf<NixException>().With.Property("Code").EqualTo("ND0310").And.Message.Contains("the disk is on fire"));
    }

    private static StorePath SystemContentsPath(string name) => ContentsGen.PathOf($"nixos-system-{name}", 'z');

    private static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    private static async Task<string> RunAsync(string[] shell, string programs, string system, string target, params string[] closure)
    {
        var result = await Cli.Wrap(shell[0])
            .WithArguments([.. shell[1..], "-s", "--", .. ScriptWords.Of(("programs", programs), ("system", system), ("target", target)).With(closure)])
            .WithStandardInputPipe(PipeSource.FromString(ShellScripts.Text("contents")))
            .WithEnvironmentVariables(TestNix.Options.Environment)
            .ExecuteBufferedAsync(Encoding.UTF8);
        return result.StandardOutput;
    }
}
