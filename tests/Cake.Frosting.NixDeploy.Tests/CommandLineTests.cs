using CliWrap.Buffered;

namespace Cake.Frosting.NixDeploy.Tests;

/// <summary>What is typed, and what a person reads first: targets, help, the version, one ending.</summary>
[TestFixture]
public sealed class CommandLineTests
{
    private Programs programs = null!;

    [SetUp]
    public void Begin() => programs = new Programs();

    [TearDown]
    public void End() => programs.Dispose();

    [Test]
    public async Task Targets_run_in_the_order_given_and_the_first_failure_stops()
    {
        await File.WriteAllTextAsync(Path.Combine(programs.Folder, "fleet.json"), """
            { "hosts": { "a": { "installable": "./missing#x", "target": { "transport": "local" } } } }
            """);
        var run = await programs.RunAsync("FrostingConsumer", "--target=Validate", "--target=DeployAll");
        Assert.That(run.ExitCode, Is.Not.Zero);
        Assert.That(Steps(run), Is.EqualTo(new[] { "Validate" }));
        Assert.That(programs.Runs, Is.Empty, "nothing was begun");
    }

    [TestCase("Validate,Plan,Announce", "Validate", "Plan", "DeployAll", "Announce")]
    [TestCase("Announce,DeployAll,Plan", "DeployAll", "Announce", "Plan")]
    [TestCase("Plan,plan", "Plan")]
    public async Task A_shared_dependency_runs_once(string targets, params string[] expected)
    {
        var run = await programs.RunAsync("FrostingConsumer", [.. targets.Split(',').Select(t => $"--target={t}"), $"--fleet={Programs.Demo}", "--hosts=p620"]);
        Assert.That(run.ExitCode, Is.Zero, Said(run));
        Assert.That(Steps(run), Is.EqualTo(expected));
    }

    [Test]
    public async Task Exclusive_targets_keep_their_order()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=Plan", "--target=Announce", "--exclusive");
        Assert.That(run.ExitCode, Is.Zero, Said(run));
        Assert.That(Steps(run), Is.EqualTo(new[] { "Plan", "Announce" }));
    }

    [TestCase("--target=Plann", "'Plan'")]
    [TestCase("--target=Deploy-All", "'DeployAll'")]
    [TestCase("--target=Preveiw", "'Preview'")]
    [TestCase("--target=Nonsense", "Nonsense")]
    public async Task An_unknown_target_gets_the_nearest_name_and_nothing_runs(string target, string words)
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=Plan", target, $"--fleet={Programs.Demo}");
        Assert.That(run.ExitCode, Is.EqualTo(2), Said(run));
        Assert.That(Said(run), Does.Contain("ND0216").And.Contain(words));
        Assert.That(Steps(run), Is.Empty);
    }

    [TestCase("--target=Plan")]
    [TestCase("--target=Announce")]
    public async Task An_unknown_argument_is_refused_before_the_first_task(string target)
    {
        var run = await programs.RunAsync("FrostingConsumer", target, $"--fleet={Programs.Demo}", "--greting=hello");
        Assert.That(run.ExitCode, Is.EqualTo(2), Said(run));
        Assert.That(Said(run), Does.Contain("ND0210").And.Contain("'greeting'"));
        Assert.That(Steps(run), Is.Empty);
    }

    [TestCase("--target=Preview --target=Validate --generation=3", "--generation is not valid for Preview and Validate")]
    [TestCase("--target=DeployAll --greeting=x", "--greeting is not valid for DeployAll")]
    public async Task What_no_task_of_several_uses_is_refused(string arguments, string words)
    {
        var run = await programs.RunAsync("FrostingConsumer", [.. arguments.Split(' '), $"--fleet={Programs.Demo}"]);
        Assert.That(run.ExitCode, Is.EqualTo(2), Said(run));
        Assert.That(Said(run), Does.Contain("ND0212").And.Contain(words));
    }

    [Test]
    public async Task Alone_it_says_what_can_be_done()
    {
        var run = await programs.RunAsync("FrostingConsumer");
        Assert.That(run.ExitCode, Is.Zero, Said(run));
        Assert.That(run.StandardOutput, Does.Contain("DeployAll").And.Contain("Announce").And.Contain("--help"));
        Assert.That(Steps(run), Is.Empty);
    }

    [TestCase("--target", "ND0211")]
    [TestCase("-t Preview -t", "ND0211")]
    [TestCase("--target=Preview --verbosity=loud", "ND0211")]
    [TestCase("--target=Preview --working=/no/such/folder", "ND0211")]
    [TestCase("--target=Preview --exclusive=maybe", "")]
    [TestCase("--target=Preview --hosts", "ND0201")]
    [TestCase("--target=Preview --strategy=smart --strategy=rolling", "ND0212")]
    [TestCase("--target=Preview --fleet=", "ND0211")]
    public async Task What_cannot_be_read_is_a_usage_error_before_anything_runs(string arguments, string code)
    {
        var run = await programs.RunAsync("FrostingConsumer", arguments.Split(' '));
        Assert.That(run.ExitCode, Is.EqualTo(2), Said(run));
        Assert.That(Said(run), Does.Contain(code).And.Not.Contain("   at "));
        Assert.That(Steps(run), Is.Empty);
    }

    [Test]
    public async Task Arguments_without_a_target_are_a_usage_error()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--hosts=razer");
        Assert.That(run.ExitCode, Is.EqualTo(2), Said(run));
        Assert.That(Said(run), Does.Contain("ND0216").And.Contain("--target="));
    }

    [TestCase("--help")]
    [TestCase("-h")]
    public async Task Help_shows_tasks_arguments_defaults_and_examples(string argument)
    {
        var run = await programs.RunAsync("FrostingConsumer", argument);
        Assert.That(run.ExitCode, Is.Zero, Said(run));
        Assert.That(run.StandardOutput, Does.Contain("DeployAll").And.Contain("--parallel-limit=N").And.Contain("the fleet's, else 4").And.Contain("--greeting=TEXT").And.Contain("--target=Rollback --hosts="));
        Assert.That(run.StandardOutput, Does.Not.Contain("](").And.Not.Contain("\\|"), "no Markdown");
    }

    [TestCase("--help Rollback", "--generation=N", "--strategy")]
    [TestCase("--help=rollback", "--generation=N", "--strategy")]
    [TestCase("--target=Rollback --help", "--generation=N", "--strategy")]
    [TestCase("--help Announce", "--greeting=TEXT", "--generation")]
    public async Task Help_of_a_task_shows_its_arguments_alone(string arguments, string with, string without)
    {
        var run = await programs.RunAsync("FrostingConsumer", arguments.Split(' '));
        Assert.That(run.ExitCode, Is.Zero, Said(run));
        Assert.That(run.StandardOutput, Does.Contain(with).And.Not.Contain(without));
    }

    [Test]
    public async Task Help_of_an_unknown_task_names_the_nearest()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--help", "Rolback");
        Assert.That(run.ExitCode, Is.EqualTo(2), Said(run));
        Assert.That(Said(run), Does.Contain("ND0216").And.Contain("'Rollback'"));
    }

    [Test]
    public async Task Version_is_ours()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--version");
        Assert.That(run.ExitCode, Is.Zero, Said(run));
        Assert.That(run.StandardOutput, Does.Match(@"^NixDeploy \d+\.\d+\.\d+(\+[0-9a-f]{7,40})? \(Cake \d+\.\d+\.\d+\)\s*$"));
    }

    [TestCase("--target=Plan", "--hosts=nix")]
    [TestCase("--target=DeployAll", "--hosts=razer")]
    [TestCase("--target=Nonsense")]
    public async Task What_is_not_read_by_a_terminal_has_no_colours(params string[] arguments)
    {
        var run = await programs.RunAsync("FrostingConsumer", [.. arguments, $"--fleet={Programs.Demo}"], e => e.Set("NO_COLOR", null).Set("TERM", "xterm-256color").Set("GITHUB_ACTIONS", "true").Set("GITHUB_ACTION", "run"));
        Assert.That(Said(run), Does.Not.Contain('\u001b'));
    }

    [Test]
    public async Task A_failure_is_told_once()
    {
        var refused = await programs.RunAsync("FrostingConsumer", "--target=DeployAll", "--hosts=nix", $"--fleet={Programs.Demo}");
        Assert.That(Said(refused).Split('\n').Count(l => l.Contains("error", StringComparison.OrdinalIgnoreCase)), Is.EqualTo(1), Said(refused));

        await File.WriteAllTextAsync(Path.Combine(programs.Folder, "fleet.json"), (await File.ReadAllTextAsync(Path.Combine(Programs.Demo, "fleet.json"))).Replace("\"simulation\": {", "\"simulation\": { \"fail\": \"activate\",", StringComparison.Ordinal));
        var failed = await programs.RunAsync("FrostingConsumer", "--target=DeployAll", "--hosts=p620");
        Assert.That(failed.ExitCode, Is.EqualTo(1), Said(failed));
        Assert.That(Said(failed), Does.Not.Contain("ended as").And.Not.Contain("Error:").And.Not.Contain("An error occurred").And.Not.Contain("Duration"));
        Assert.That(Said(failed).TrimEnd().Split('\n')[^1], Does.StartWith("Report: "));
    }

    private static string Said(BufferedCommandResult run) => run.StandardOutput + run.StandardError;

    /// <summary>The tasks that began, by the heading that Cake gives each.</summary>
    private static List<string> Steps(BufferedCommandResult run)
    {
        var lines = run.StandardOutput.Split('\n', StringSplitOptions.TrimEntries);
        return [.. lines.Zip(lines.Skip(1), lines.Skip(2)).Where(l => l.First.StartsWith("====", StringComparison.Ordinal) && l.Third == l.First).Select(l => l.Second)];
    }
}
