using Cake.Core.Composition;
using Cake.Core.Configuration;
using Cake.Core.Packaging;
using Cake.Frosting.Compat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting.Compat.Tests.Hosting;

public sealed class ServicesTests
{
    [Test]
    public void Tasks_get_services_by_injection() =>
        Assert.That(
            BuildRun.Of(
                host => host.WithTask<Injected>().ConfigureServices(services => services.AddSingleton(new Greeting("hello"))),
                "--target=Injected").Steps,
            Is.EqualTo(["hello"]));

    [Test]
    public void A_startup_class_configures_services() =>
        Assert.That(
            BuildRun.Of(host => host.WithTask<Injected>().UseStartup<Startup>(), "--target=Injected").Steps,
            Is.EqualTo(["from startup"]));

    [Test]
    public void A_cake_module_adds_services() =>
        Assert.That(
            BuildRun.Of(host => host.WithTask<Injected>().UseModule<Module>(), "--target=Injected").Steps,
            Is.EqualTo(["from module"]));

    [Test]
    public void A_cake_setting_can_be_set() =>
        Assert.That(
            BuildRun.Of(host => host.WithTask<Setting>().UseCakeSetting("Colour", "red"), "--target=Setting").Steps,
            Is.EqualTo(["red"]));

    [Test]
    public void A_tool_is_installed_before_the_first_task() =>
        Assert.That(
            BuildRun.Of(
                host => host.WithTask<Injected>()
                    .UseStartup<Startup>()
                    .ConfigureServices(services => services.AddSingleton<IToolInstaller, RecordingInstaller>())
                    .InstallTool(new Uri("dotnet:?package=Some.Tool&version=1.2.3")),
                "--target=Injected").Steps,
            Is.EqualTo(["installed Some.Tool", "from startup"]));

    [Test]
    public void A_tool_that_nothing_can_install_is_an_error()
    {
        var run = BuildRun.Of(
            host => host.WithTask<Setting>().InstallTool(new Uri("carrier-pigeon:?package=Some.Tool")),
            "--target=Setting");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(-1));
            Assert.That(run.Output, Does.Contain("carrier-pigeon"));
        });
    }

    [Test]
    public void Without_a_context_of_its_own_a_build_has_the_standard_one()
    {
        Injected.Last = "";
        var exitCode = new CakeHost().WithTask<Plain>().Run(["--target=Plain", "--verbosity=quiet"]);
        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.Zero);
            Assert.That(Injected.Last, Is.EqualTo(nameof(FrostingContext)));
        });
    }

    private sealed record Greeting(string Text);

    private sealed class Injected(Greeting greeting) : FrostingTask<StepsContext>
    {
        public static string Last { get; set; } = "";

        public override void Run(StepsContext context) => context.Did(greeting.Text);
    }

    private sealed class Setting(ICakeConfiguration configuration) : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did(configuration.GetValue("Colour"));
    }

    private sealed class Plain : FrostingTask<IFrostingContext>
    {
        public override void Run(IFrostingContext context) => Injected.Last = context.GetType().Name;
    }

    private sealed class Startup : IFrostingStartup
    {
        public void Configure(IServiceCollection services) => services.AddSingleton(new Greeting("from startup"));
    }

    private sealed class Module : ICakeModule
    {
        public void Register(ICakeContainerRegistrar registrar) => registrar.RegisterInstance(new Greeting("from module")).Singleton();
    }

    private sealed class RecordingInstaller(Steps steps) : IToolInstaller
    {
        public void Install(PackageReference tool) => steps.Add($"installed {tool.Package}");
    }
}
