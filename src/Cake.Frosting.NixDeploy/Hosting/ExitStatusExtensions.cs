using Cake.Core;
using Cake.Core.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting.NixDeploy;

/// <summary>Connects a host with an <see cref="ExitStatus"/>.</summary>
public static class ExitStatusExtensions
{
    /// <summary>Has the host note what its tasks fail with. Contexts and tasks can have the status injected.</summary>
    /// <param name="host">The host.</param>
    /// <param name="status">Where to note it.</param>
    /// <returns>The same host.</returns>
    public static CakeHost UseExitStatus(this CakeHost host, ExitStatus status)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.ConfigureServices(services => services
            .AddSingleton(status)
            .AddSingleton<IExecutionStrategy>(provider => new ExitStatusStrategy(
                new DefaultExecutionStrategy(
                    provider.GetRequiredService<ICakeLog>(),
                    provider.GetRequiredService<ICakeReportPrinter>()),
                status)));
    }
}
