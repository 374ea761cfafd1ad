using Microsoft.Extensions.DependencyInjection;
using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>Adds the deployment tasks to a Frosting build.</summary>
public static class CakeHostExtensions
{
    /// <summary>Runs the host and says with the exit code how that ended; see <see cref="ExitCodes"/>.</summary>
    /// <param name="host">The host.</param>
    /// <param name="arguments">What the program was given.</param>
    /// <param name="status">The status that <see cref="UseNixDeploy"/> was given.</param>
    /// <returns>The exit code.</returns>
    public static int Run(this CakeHost host, IReadOnlyCollection<string> arguments, ExitStatus status)
    {
        try
        {
            BrokenArguments.Refuse(arguments);
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine($"Error: {e.Code}: {e.Message}");
            return ExitCodes.Usage;
        }

        var code = status.After(host.Run(arguments));
        return code != ExitCodes.Success && status is { Code: null, Services: { } services } && Targets.AnyUnknown(arguments, services) ? ExitCodes.Usage : code;
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
            status.Services = services;
            services.AddSingleton(wanted).AddSingleton<NixDeployState>();
            foreach (var task in NixDeployTasks.All.Where(wanted.Filter))
            {
                services.AddSingleton(typeof(IFrostingTask), task);
            }
        });
    }
}
