using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting.NixDeploy;

/// <summary>Adds the deployment tasks to a Frosting build.</summary>
public static class CakeHostExtensions
{
    /// <summary>Adds the deployment tasks, what they share, and exit codes that tell failures apart.</summary>
    /// <param name="host">The host; its context implements <see cref="INixDeployContext"/>.</param>
    /// <param name="status">Where the exit code is noted: return <see cref="ExitStatus.After"/> of <c>Run</c>'s result.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <returns>The same host.</returns>
    public static CakeHost UseNixDeploy(this CakeHost host, ExitStatus status, NixDeployTaskOptions? options = null)
    {
        var wanted = options ?? new NixDeployTaskOptions();
        return host.UseExitStatus(status).ConfigureServices(services =>
        {
            services.AddSingleton(wanted).AddSingleton<NixDeployState>();
            foreach (var task in NixDeployTasks.All.Where(wanted.Filter))
            {
                services.AddSingleton(typeof(IFrostingTask), task);
            }
        });
    }
}
