using Cake.Common;
using Cake.Frosting.Compat.Tests.Support;

namespace Cake.Frosting.Compat.Tests.Hosting;

public sealed class ArgumentTests
{
    private static BuildRun Run(params string[] arguments) =>
        BuildRun.Of(
            host => host.WithTask<Default>().WithTask<First>().WithTask<Second>().WithTask<Greet>(),
            arguments);

    [Test]
    public void Without_a_target_Default_runs() => Assert.That(Run().Steps, Is.EqualTo(["First", "Default"]));

    [Test]
    public void A_target_is_found_whatever_its_case() => Assert.That(Run("--target=second").Steps, Is.EqualTo(["Second"]));

    [Test]
    public void Several_targets_run_and_what_they_share_runs_once() =>
        Assert.That(Run("--target=Second", "--target", "Default", "--target=First").Steps, Is.EquivalentTo(["Second", "First", "Default"]));

    [Test]
    public void Exclusive_leaves_out_what_the_target_depends_on() => Assert.That(Run("--exclusive").Steps, Is.EqualTo(["Default"]));

    [Test]
    public void An_unknown_target_is_an_error()
    {
        var run = Run("--target=Missing");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(-1));
            Assert.That(run.Output, Does.Contain("Missing"));
        });
    }

    [Test]
    public void Unknown_arguments_pass_and_tasks_can_read_them()
    {
        var run = Run("--target=Greet", "--name=Ada", "--flag");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Steps, Is.EqualTo(["Ada", "flag"]));
        });
    }

    [Test]
    public void The_target_itself_is_an_argument_that_tasks_can_read() =>
        Assert.That(Run("--target=Greet", "--name=x").Steps[1], Is.EqualTo("no flag"));

    [Test]
    public void Help_runs_nothing_and_succeeds()
    {
        var run = Run("--help");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Steps, Is.Empty);
        });
    }

    [TestCase("--version")]
    [TestCase("--info")]
    public void Version_and_info_run_nothing(string argument)
    {
        var run = Run(argument);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Output, Is.Not.Empty);
            Assert.That(run.Steps, Is.Empty);
        });
    }

    [Test]
    public void The_tree_shows_dependencies_and_runs_nothing()
    {
        var run = Run("--tree");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Output, Does.Contain("└─First"));
            Assert.That(run.Steps, Is.Empty);
        });
    }

    [Test]
    public void A_value_that_an_argument_cannot_have_is_an_error() => Assert.That(Run("--verbosity=loud").ExitCode, Is.EqualTo(-1));

    [Test]
    public void Quiet_leaves_out_the_headings_of_tasks() =>
        Assert.That(Run("--verbosity=quiet").Output, Does.Not.Contain("====="));

    [IsDependentOn(typeof(First))]
    private sealed class Default : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did("Default");
    }

    private sealed class First : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did("First");
    }

    private sealed class Second : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did("Second");
    }

    private sealed class Greet : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context)
        {
            context.Did(context.Argument<string>("name"));
            context.Did(context.HasArgument("flag") ? "flag" : "no flag");
        }
    }
}
