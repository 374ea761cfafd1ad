using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting.Compat.Tests.Support;

internal static class CakeHostTaskExtensions
{
    /// <summary>Adds one task that is not public, so that no other test finds it.</summary>
    public static CakeHost WithTask<TTask>(this CakeHost host)
        where TTask : class, IFrostingTask =>
        host.ConfigureServices(services => services.AddSingleton<IFrostingTask, TTask>());
}
