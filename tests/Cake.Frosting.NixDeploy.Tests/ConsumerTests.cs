using Newtonsoft.Json.Linq;

namespace Cake.Frosting.NixDeploy.Tests;

/// <summary>Somebody else's build and program, with our tasks and our library in them.</summary>
[TestFixture]
public sealed class ConsumerTests
{
    private Programs programs = null!;

    [SetUp]
    public void Begin() => programs = new Programs();

    [TearDown]
    public void End() => programs.Dispose();

    [Test]
    public async Task A_pipelines_own_task_runs_behind_DeployAll()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=Announce", $"--fleet={Programs.Demo}", "--json=result.json");
        Assert.That(run.ExitCode, Is.Zero, run.StandardOutput + run.StandardError);
        Assert.That(run.StandardOutput, Does.Contain("DEPLOYED").And.Contain("deployed, and now announced"));
        var result = JObject.Parse(await File.ReadAllTextAsync(Path.Combine(programs.Folder, "result.json")));
        Assert.That((string?)result["outcome"], Is.EqualTo("succeeded"));
        Assert.That(programs.Runs, Has.Exactly(1).Items);
    }

    [Test]
    public async Task A_pipeline_keeps_its_own_task_of_a_name_of_ours()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=Plan");
        Assert.That(run.ExitCode, Is.Zero, run.StandardOutput + run.StandardError);
        Assert.That(run.StandardOutput, Does.Contain("the pipeline's own plan"));
    }

    [Test]
    public async Task A_pipelines_task_depends_on_a_renamed_task_and_on_a_canary()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=Release", $"--fleet={Programs.Demo}", "--bake=1");
        Assert.That(run.ExitCode, Is.Zero, run.StandardOutput + run.StandardError);
        Assert.That(run.StandardOutput, Does.Match("(?s)Preview.*Canary.*Strategy: canary.*released"));
        var preview = await programs.RunAsync("FrostingConsumer", "--target=Preview", $"--fleet={Programs.Demo}");
        Assert.That(preview.ExitCode, Is.Zero, preview.StandardOutput + preview.StandardError);
        Assert.That(preview.StandardOutput, Does.Contain("p620").And.Not.Contain("the pipeline's own plan"));
    }

    [Test]
    public async Task A_task_that_a_pipeline_leaves_out_is_unknown()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=Reject");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.StandardError, Does.Contain("ND0216"));
    }

    [TestCase("DeployAllParallel", "parallel")]
    [TestCase("Rolling", "rolling")]
    [TestCase("BlueGreen", "blue-green")]
    [TestCase("Canary", "canary", "--bake=1")]
    [TestCase("QuickDeploy", "smart", "--hosts=razer")]
    [TestCase("QuickAll", "smart")]
    [TestCase("EmergencyDeploy", "smart", "--hosts=razer")]
    public async Task A_task_for_what_people_say_deploys(string task, string strategy, params string[] arguments)
    {
        var run = await programs.RunAsync("FrostingConsumer", [$"--target={task}", $"--fleet={Programs.Demo}", "--json=result.json", .. arguments]);
        Assert.That(run.ExitCode, Is.Zero, run.StandardOutput + run.StandardError);
        var result = JObject.Parse(await File.ReadAllTextAsync(Path.Combine(programs.Folder, "result.json")));
        Assert.That((string?)result["outcome"], Is.EqualTo("succeeded"));
        Assert.That(run.StandardOutput, Does.Contain($"Strategy: {strategy}"));
    }

    [Test]
    public async Task TestAll_builds_every_host_and_activates_none()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=TestAll", $"--fleet={Programs.Demo}", "--json=tested.json");
        Assert.That(run.ExitCode, Is.Zero, run.StandardOutput + run.StandardError);
        Assert.That(programs.Runs, Is.Empty);
        Assert.That((bool?)JObject.Parse(await File.ReadAllTextAsync(Path.Combine(programs.Folder, "tested.json")))["valid"], Is.True);
    }

    [TestCase("Rolling", "--strategy=smart")]
    [TestCase("Canary", "--parallel")]
    [TestCase("BlueGreen", "--bake=3")]
    [TestCase("TestAll", "--unreachable=skip")]
    public async Task A_task_that_names_its_strategy_takes_no_other(string target, string argument)
    {
        var run = await programs.RunAsync("FrostingConsumer", $"--target={target}", $"--fleet={Programs.Demo}", argument);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.StandardError, Does.Contain("ND0212").And.Contain(target));
    }

    [Test]
    public async Task A_folder_without_a_fleet_is_an_error_and_never_the_demo()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=DeployAll");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.StandardOutput + run.StandardError, Does.Contain("ND0103"));
    }

    [TestCase("--fleat=x", "ND0210", "'fleet'")]
    [TestCase("--strategy=smrt", "ND0240", "'smart'")]
    [TestCase("--parallel-limit=0", "ND0211", "at least 1")]
    [TestCase("--parallel-limit=many", "ND0211", "'many'")]
    [TestCase("--on-failure=abrt", "ND0211", "'abort'")]
    [TestCase("--max-failures=101%", "ND0211", "'101%'")]
    [TestCase("--hosts=", "ND0201", "")]
    [TestCase("--hosts=p602", "ND0203", "'p620'")]
    [TestCase("--dry-run=maybe", "ND0211", "'maybe'")]
    [TestCase("--json=/no/such/folder/x", "ND0214", "/no/such/folder")]
    public async Task A_wrong_argument_is_one_sentence_with_a_code_and_exit_code_2(string argument, string code, string words)
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=DeployAll", $"--fleet={Programs.Demo}", argument);
        var said = run.StandardOutput + run.StandardError;
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2), said);
            Assert.That(said, Does.Contain(code).And.Contain(words));
            Assert.That(said, Does.Not.Contain("   at "), "no stack trace");
            Assert.That(programs.Runs, Is.Empty, "nothing was begun");
        });
    }

    [Test]
    public async Task Two_strategies_exclude_each_other()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=DeployAll", $"--fleet={Programs.Demo}", "--parallel", "--sequential");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.StandardOutput + run.StandardError, Does.Contain("--parallel and --sequential"));
    }

    [TestCase("DeployAll", "--hosts=razer")]
    [TestCase("EmergencyDeploy", "--hosts=razer")]
    [TestCase("TestRollback", "--hosts=razer")]
    [TestCase("VerifyRollback", "--hosts=razer")]
    public async Task A_generation_is_refused_by_all_tasks_but_Rollback(string target, string hosts)
    {
        var run = await programs.RunAsync("FrostingConsumer", $"--target={target}", $"--fleet={Programs.Demo}", hosts, "--generation=245");
        var said = run.StandardOutput + run.StandardError;
        Assert.That(run.ExitCode, Is.EqualTo(2), said);
        Assert.That(said, Does.Contain("ND0212").And.Contain($"--generation is not valid for {target}."));
        Assert.That(programs.Runs, Is.Empty, "nothing was begun");
    }

    [TestCase("Status", "--break-lock", "ND0212: --break-lock is not valid for Status.")]
    [TestCase("Status", "--on-failure=abort", "--on-failure")]
    [TestCase("VerifyRollback", "--wait-lock=3", "--wait-lock")]
    [TestCase("HealthCheck", "--generation=1", "ND0212")]
    [TestCase("Validate", "--strategy=smart", "--strategy")]
    [TestCase("Rollback", "--strategy=parallel", "--strategy")]
    [TestCase("EmergencyDeploy", "--plan=x", "--plan")]
    [TestCase("Approve", "--hosts=razer", "--hosts")]
    public async Task What_a_task_does_not_use_is_refused(string target, string argument, string words)
    {
        var run = await programs.RunAsync("FrostingConsumer", $"--target={target}", $"--fleet={Programs.Demo}", argument);
        var said = run.StandardOutput + run.StandardError;
        Assert.That(run.ExitCode, Is.EqualTo(2), said);
        Assert.That(said, Does.Contain("ND0212").And.Contain(words));
    }

    [Test]
    public async Task In_a_pipeline_an_argument_may_be_for_another_task()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=Announce", $"--fleet={Programs.Demo}", "--ask-hosts=false");
        Assert.That(run.ExitCode, Is.Zero, run.StandardOutput + run.StandardError);
    }

    [TestCase("--target=Nonsense")]
    [TestCase("--target=DeployAll", "razer")]
    [TestCase("Status")]
    public async Task A_target_that_there_is_not_and_a_word_that_is_no_argument_are_usage_errors(params string[] arguments)
    {
        var run = await programs.RunAsync("FrostingConsumer", arguments);
        Assert.That(run.ExitCode, Is.EqualTo(2), run.StandardOutput + run.StandardError);
    }

    [Test]
    public async Task A_rollback_names_its_hosts()
    {
        var run = await programs.RunAsync("FrostingConsumer", "--target=Rollback", $"--fleet={Programs.Demo}");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.StandardOutput + run.StandardError, Does.Contain("ND0213"));
    }

    [Test]
    public async Task What_was_deployed_is_shown_by_status_and_goes_back_by_rollback()
    {
        await programs.RunAsync("FrostingConsumer", "--target=DeployAll", $"--fleet={Programs.Demo}");
        var back = await programs.RunAsync("FrostingConsumer", "--target=Rollback", $"--fleet={Programs.Demo}", "--hosts=razer");
        Assert.That(back.ExitCode, Is.Zero, back.StandardOutput + back.StandardError);
        var status = await programs.RunAsync("FrostingConsumer", "--target=Status", $"--fleet={Programs.Demo}", "--json=status.json");
        Assert.That(status.ExitCode, Is.Zero, status.StandardOutput + status.StandardError);
        var hosts = JObject.Parse(await File.ReadAllTextAsync(Path.Combine(programs.Folder, "status.json")))["hosts"]!;
        Assert.That((string?)hosts["razer"]!["change"], Is.EqualTo("CHANGED"));
        Assert.That((string?)hosts["p620"]!["change"], Is.EqualTo("UNCHANGED"));
    }

    [Test]
    public async Task A_plain_program_deploys_without_Cake_in_under_fifteen_lines()
    {
        var source = await File.ReadAllLinesAsync(Path.Combine(Programs.Demo, "..", "..", "tests", "Consumers", "Plain", "Program.cs"));
        Assert.That(source.Count(line => line.Trim().Length > 0), Is.LessThan(15));
        var run = await programs.RunAsync("PlainConsumer", Programs.Demo, Path.Combine(programs.Folder, "state"));
        Assert.That(run.ExitCode, Is.Zero, run.StandardOutput + run.StandardError);
        Assert.That(run.StandardOutput, Does.StartWith("Succeeded:").And.Contain("p620 Deployed"));
    }

    [Test]
    public void A_plain_program_carries_no_terminal_and_no_Cake()
    {
        var libraries = JObject.Parse(File.ReadAllText(Programs.DependenciesOf("PlainConsumer")))["libraries"]!.Children<JProperty>().Select(l => l.Name).ToList();
        Assert.That(libraries, Has.Some.StartsWith("NixDeploy.Core/"));
        Assert.That(libraries, Has.None.StartsWith("Spectre.").And.None.StartsWith("Cake."));
    }
}
