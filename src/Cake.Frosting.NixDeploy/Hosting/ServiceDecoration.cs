using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting.NixDeploy;

/// <summary>Puts something of ours around one of the host's services.</summary>
internal static class ServiceDecoration
{
    /// <summary>Registers a service that stands on the one which counts so far.</summary>
    /// <typeparam name="T">The service.</typeparam>
    /// <param name="services">The host's services.</param>
    /// <param name="around">Given the services and the one which counted.</param>
    public static IServiceCollection Decorate<T>(this IServiceCollection services, Func<IServiceProvider, T, T> around)
        where T : class
    {
        var inner = services.Last(s => s.ServiceType == typeof(T));
        return services.AddSingleton(provider => around(
            provider, (T)(inner.ImplementationInstance ?? inner.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!))));
    }
}
