using Cake.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting.Compat.Tests.Support;

/// <summary>A build with the tasks a test names, its exit code, what it wrote and what it did.</summary>
internal sealed record BuildRun(int ExitCode, string Output, IReadOnlyList<string> Steps)
{
    public static BuildRun Of(Action<CakeHost> configure, params string[] arguments)
    {
        var steps = new Steps();
        var console = new RecordingConsole();
        var host = new CakeHost()
            .ConfigureServices(services => services
                .AddSingleton(steps)
                .AddSingleton<IConsole>(console)
                .AddSingleton(console.Ansi))
            .UseContext<StepsContext>();
        configure(host);
        var exitCode = host.Run(arguments);
        return new BuildRun(exitCode, console.Text, steps.Names);
    }

    public static BuildRun Of<TTask>(params string[] arguments)
        where TTask : class, IFrostingTask =>
        Of(host => host.WithTask<TTask>(), arguments);
}
