using Cake.Cli;
using Cake.Core;
using Cake.Core.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>Adds the deployment tasks to a Frosting build.</summary>
public static class CakeHostExtensions
{
    /// <summary>Runs the host and says with the exit code how that ended; see <see cref="ExitCodes"/>.</summary>
    /// <param name="host">The host.</param>
    /// <param name="arguments">What the program was given.</param>
    /// <param name="status">Where the exit code is noted.</param>
    /// <returns>The exit code.</returns>
    public static int Run(this CakeHost host, IReadOnlyCollection<string> arguments, ExitStatus status)
    {
        ArgumentNullException.ThrowIfNull(host);
        IServiceCollection services = new ServiceCollection();
        host.ConfigureServices(all => services = all);
        var noted = services.LastOrDefault(s => s.ServiceType == typeof(ExitStatus))?.ImplementationInstance as ExitStatus ?? status;
        try
        {
            var help = HelpRequest.From(arguments);
            if (help is not null)
            {
                services.AddSingleton(help);
                arguments = [];
            }

            BrokenArguments.Refuse(arguments);
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine($"Error: {e.Code}: {e.Message}");
            return ExitCodes.Usage;
        }

        var code = noted.After(host.Run(arguments));
        status.Code = noted.Code;

        // The host passes on what it was given once it has understood it.
        return code == ExitCodes.Success || services.Any(s => s.ServiceType == typeof(ICakeArguments)) ? code : ExitCodes.Usage;
    }

    /// <summary>Adds the deployment tasks and what they share.</summary>
    /// <param name="host">The host; its context implements <see cref="INixDeployContext"/>.</param>
    /// <param name="configure">Says how.</param>
    /// <returns>The same host.</returns>
    /// <example><code>host.UseNixDeploy(o => o.Prefix = "Fleet-")</code></example>
    public static CakeHost UseNixDeploy(this CakeHost host, Action<NixDeployTaskOptions> configure) => host.UseNixDeploy(new ExitStatus(), configure);

    /// <summary>Adds the deployment tasks, what they share, and exit codes that tell failures apart.</summary>
    /// <param name="host">The host; its context implements <see cref="INixDeployContext"/>.</param>
    /// <param name="status">Where the exit code is noted; hand it to <see cref="Run"/> too.</param>
    /// <param name="configure">Says how.</param>
    /// <returns>The same host.</returns>
    public static CakeHost UseNixDeploy(this CakeHost host, ExitStatus status, Action<NixDeployTaskOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new NixDeployTaskOptions();
        configure(options);
        return host.UseNixDeploy(status, options);
    }

    /// <summary>Adds the deployment tasks, what they share, and exit codes that tell failures apart.</summary>
    /// <param name="host">The host; its context implements <see cref="INixDeployContext"/>.</param>
    /// <param name="status">Where the exit code is noted; hand it to <see cref="Run"/> too.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <returns>The same host.</returns>
    public static CakeHost UseNixDeploy(this CakeHost host, ExitStatus status, NixDeployTaskOptions? options = null)
    {
        var wanted = options ?? new NixDeployTaskOptions();
        return host.UseExitStatus(status).ConfigureServices(services =>
        {
            services.AddSingleton(wanted).AddSingleton<NixDeployState>().AddSingleton<IVersionResolver, ProductVersion>()
                .Decorate<ICakeEngine>((provider, engine) => new PipelineEngine(engine, provider))
                .Decorate<IConsole>((_, console) => new PlainConsole(console))
                .Decorate<ICakeLog>((_, log) => new FailureLog(log, status))
                .Decorate<ICakeReportPrinter>((_, printer) => new LastWordPrinter(printer));
            foreach (var task in NixDeployTasks.All.Where(wanted.Filter))
            {
                services.AddSingleton(typeof(IFrostingTask), task);
            }
        });
    }
}
