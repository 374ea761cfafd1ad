using System.Text;
using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;
using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using CommandResult = NixDeploy.HostProtocol.CommandResult;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>The scripts as text: every shell that a host may have reads them, and values go through them unharmed.</summary>
[Parallelizable(ParallelScope.Self)]
internal sealed partial class ShellScriptsTests
{
    /// <summary>Shells that a host's <c>/bin/sh</c> may be; those that this machine has are tried.</summary>
    private static readonly string[][] Shells = [.. new string[][] { ["sh"], ["dash"], ["bash", "--posix"], ["busybox", "sh"] }.Where(s => Find(s[0]) is not null)];

    /// <summary>Those that are not the same program under two names.</summary>
    public static IEnumerable<string[]> DistinctShells => Shells.Length > 1 ? Shells.Where(s => s[0] != "sh") : Shells;

    private static readonly Dictionary<string, string> Scripts = new(ShellScripts.Names.Select(n => KeyValuePair.Create(n, ShellScripts.Text(n)))) { ["guard"] = ShellScripts.Guard() };

    private static readonly string Echo = Resource("common") + "begin\nfor value; do answer value \"$value\"; done\nend\n";

    [Test]
    public async Task Every_shell_reads_every_script([ValueSource(nameof(Shells))] string[] shell, [ValueSource(nameof(Names))] string script)
    {
        var result = await RunAsync([.. shell, "-n"], Scripts[script]);
        Assert.That(result.ExitCode, Is.Zero, result.StandardError);
        Assert.That(result.StandardError, Is.Empty);
    }

    [Test]
    public async Task Shellcheck_finds_nothing([ValueSource(nameof(Names))] string script)
    {
        if (Find("shellcheck") is null)
        {
            Assert.Ignore("shellcheck is not installed here; CI installs it.");
        }

        // Put together, no name may be undefined but those that read_values defines.
        var text = Scripts[script].Replace("disable=SC2154", "disable=SC1000", StringComparison.Ordinal);
        var result = await RunAsync(["shellcheck", "--shell=sh", "--exclude=SC2034,SC2317", "-"], DeclarationOf().Replace(text, m => string.Concat(Keys(m.Value).Select(k => $"{k}=''\n")) + m.Value));
        Assert.That(result.ExitCode, Is.Zero, result.StandardOutput);
    }

    [Test]
    public void No_script_dies_because_a_file_cannot_be_made([ValueSource(nameof(Names))] string script) =>
        Assert.That(Scripts[script], Does.Not.Match(@"(^|[\s;&|{(]):\s*>"), "make_file is the form that carries on");

    [Test]
    public void The_guard_travels_inside_of_activate_whole()
    {
        Assert.That(ShellScripts.Text("activate"), Does.Contain($"cat <<'NIXDEPLOY_TEXT'\n{ShellScripts.Guard()}NIXDEPLOY_TEXT\n"));
        Assert.That(ShellScripts.Guard(), Does.Not.Contain("NIXDEPLOY_TEXT"));
    }

    [Test]
    public async Task Named_values_go_through_every_shell_unharmed([ValueSource(nameof(Shells))] string[] shell)
    {
        var values = HostileText.Argument.Array[500].Single();
        var script = Resource("common") + "begin\nread_values 'first' 'second' \"$@\"\nshift \"$Words\"\nanswer first \"$first\"\nanswer second \"$second\"\nfor value; do answer value \"$value\"; done\nend\n";
        var words = ScriptWords.Of(("second", "a=b -- c\n'd' $(id)"), ("first", string.Concat(values))).With(values);
        var result = await RunAsync([.. shell, "-s"], Encoding.UTF8.GetString(ShellQuoter.StandardInput(new ShellScript("values", script, words, TimeSpan.Zero))));
        var answer = HostAnswer.Parse(HostName.Parse("p620"), "values", new CommandResult(result.ExitCode, result.StandardOutput, result.StandardError));
        Assert.Multiple(() =>
        {
            Assert.That(answer.Text("first"), Is.EqualTo(string.Concat(values)));
            Assert.That(answer.Text("second"), Is.EqualTo("a=b -- c\n'd' $(id)"));
            Assert.That(answer.All("value").Select(f => f[0]), Is.EqualTo(values));
        });
    }

    [TestCase("fence missing", "run=r")]
    [TestCase("run missing", "fence=7")]
    [TestCase("colour unknown", "run=r", "fence=7", "colour=red")]
    [TestCase("fence not-a-number", "run=r", "fence=seven")]
    [TestCase("fence not-a-number", "run=r", "fence=")]
    [TestCase("fence not-a-number", "run=r", "fence=08")]
    [TestCase("fence not-a-number", "run=r", "fence=1234567890123456789")]
    [TestCase("wait not-a-number", "run=r", "fence=7", "wait=-1")]
    [TestCase("run repeated", "run=r", "fence=7", "run=s")]
    [TestCase("run malformed", "run", "fence=7")]
    [TestCase("run fence malformed", "run fence=7", "fence=7")]
    [TestCase("$(id) malformed", "$(id)=7")]
    [TestCase(" malformed", "=7")]
    [TestCase("run missing", "fence=7", "--", "run=r")]
    public async Task Values_that_a_script_does_not_take_are_refused(string refusal, params string[] words)
    {
        var script = Resource("common") + "begin\nread_values 'run fence:number' 'wait:number' \"$@\"\nanswer reached\nend\n";
        foreach (var shell in Shells)
        {
            var result = await RunAsync([.. shell, "-s"], Encoding.UTF8.GetString(ShellQuoter.StandardInput(new ShellScript("values", script, [.. words], TimeSpan.Zero))));
            var answer = HostAnswer.Parse(HostName.Parse("p620"), "values", new CommandResult(result.ExitCode, result.StandardOutput, result.StandardError));
            Assert.That((string.Join(' ', answer.Find("error", 3)!.Value), answer.All("reached").Any()), Is.EqualTo(("bad-request " + refusal, false)), string.Join(' ', shell));
        }
    }

    [Test]
    public void What_a_script_can_refuse_is_in_the_table_and_what_is_in_the_table_can_be_refused()
    {
        var common = Resource("common");
        var functions = FunctionOf().Matches(common).ToDictionary(m => m.Groups["name"].Value, m => Refused(m.Value));
        var refused = ShellScripts.Names.SelectMany(script =>
        {
            var own = Resource(script);
            var called = functions.Where(f => Regex.IsMatch(own, $@"\b{f.Key}\b")).SelectMany(f => f.Value);
            return Refused(own).Concat(called).Distinct().Select(word => $"{script}: {word}");
        });

        Assert.That(refused, Is.EquivalentTo(HostRefusals.All.SelectMany(k => k.Scripts.Select(s => $"{s}: {k.Word}"))));
        Assert.That(functions.Values.SelectMany(w => w).Distinct(), Is.EquivalentTo(Refused(common)), "every refusal stands in a function");
        Assert.That(Refused(ShellScripts.Guard()[common.Length..]), Is.Empty, "nobody reads what the guard would refuse");
    }

    [Test]
    public async Task Hostile_values_go_through_every_shell_unharmed([ValueSource(nameof(Shells))] string[] shell)
    {
        var values = HostileText.Argument.Array[500].Single();
        var result = await RunAsync([.. shell, "-s"], $"set -- {string.Join(' ', values.Select(Quote))}\n{Echo}");
        var answer = HostAnswer.Parse(HostName.Parse("p620"), "echo", new CommandResult(result.ExitCode, result.StandardOutput, result.StandardError));
        Assert.That(answer.All("value").Select(f => f[0]), Is.EqualTo(values));
    }

    [TestCase("sleep 300 & exit 0", 0, "", TestName = "A_child_that_a_program_leaves_behind_does_not_hold_up_its_end")]
    [TestCase("trap '' TERM; sleep 300 & exit 3", 3, "")]
    [TestCase("kill -KILL $$", 137, "")]
    [TestCase("sleep 300", 124, "")]
    [TestCase("exec /dev/null", 126, "")]
    [TestCase("exec no-such-program", 127, "")]
    [TestCase("echo out; echo err >&2; cat", 0, "out\n")]
    public async Task A_program_s_end_is_the_end(string program, int code, string output)
    {
        var limit = code == 124 ? "1" : "200";
        foreach (var shell in Shells)
        {
            var begun = TimeProvider.System.GetTimestamp();
            var result = await RunAsync([.. shell, "-s"], Encoding.UTF8.GetString(ShellQuoter.StandardInput(new ShellScript("run", ShellScripts.Text("run"), [$"limit={limit}", "--", "sh", "-c", program], TimeSpan.Zero))));
            var took = TimeProvider.System.GetElapsedTime(begun);
            Assert.That((result.ExitCode, ScriptBody(result)), Is.EqualTo((code, output)), $"{string.Join(' ', shell)}: {result.StandardError}");
            Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(90)));
        }
    }

    [Test]
    public async Task A_program_may_say_megabytes([ValueSource(nameof(Shells))] string[] shell)
    {
        var result = await RunAsync([.. shell, "-s"], Encoding.UTF8.GetString(ShellQuoter.StandardInput(new ShellScript("run", ShellScripts.Text("run"), ["limit=60", "--", "head", "-c", "5000000", "/dev/zero"], TimeSpan.Zero))));
        Assert.That((result.ExitCode, ScriptBody(result).Length), Is.EqualTo((0, 5000000)));
    }

    [Test]
    public async Task A_login_that_leaves_its_line_unfinished_harms_nothing()
    {
        var result = await RunAsync(["sh", "-s"], $"printf 'Welcome'\n{Echo}");
        Assert.DoesNotThrow(() => HostAnswer.Parse(HostName.Parse("p620"), "echo", new CommandResult(0, result.StandardOutput, "")));
    }

    private static Dictionary<string, string>.KeyCollection Names() => Scripts.Keys;

    /// <summary>The words of a text's refusals; an error line that is not the last is written without refuse.</summary>
    private static string[] Refused(string text) => [.. RefusalOf().Matches(text).Select(m => m.Groups["word"].Value).Distinct()];

    /// <summary>The keys that a script declares to read_values.</summary>
    private static string[] Keys(string text) =>
        [.. DeclarationOf().Matches(text).SelectMany(m => $"{m.Groups["needed"].Value} {m.Groups["optional"].Value}".Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(k => k.Split(':')[0])];

    [GeneratedRegex(@"(?:\brefuse|answer error) (?<word>[a-z-]+)")]
    private static partial Regex RefusalOf();

    [GeneratedRegex(@"^read_values '(?<needed>[^']*)' '(?<optional>[^']*)'", RegexOptions.Multiline)]
    private static partial Regex DeclarationOf();

    [GeneratedRegex(@"^(?<name>[a-z_]+)\(\) .*?(?=^[a-z_]+\(\) |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FunctionOf();

    private static string ScriptBody(BufferedCommandResult result) =>
        HostAnswer.Body(HostName.Parse("p620"), "run", new CommandResult(result.ExitCode, result.StandardOutput, result.StandardError));

    private static string Quote(string value) => "'" + value.Replace("'", @"'\''", StringComparison.Ordinal) + "'";

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(ShellScripts).Assembly.GetManifestResourceStream($"NixDeploy.HostProtocol.Scripts.{name}.sh")!);
        return reader.ReadToEnd();
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task<BufferedCommandResult> RunAsync(string[] words, string input) => await Cli.Wrap(words[0])
        .WithArguments(words[1..])
        .WithStandardInputPipe(PipeSource.FromString(input, Encoding.UTF8))
        .WithValidation(CommandResultValidation.None)
        .ExecuteBufferedAsync(Encoding.UTF8);
}
