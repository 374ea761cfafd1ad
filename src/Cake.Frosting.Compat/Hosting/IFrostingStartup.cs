using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting;

/// <summary>A class that configures a host's services.</summary>
public interface IFrostingStartup
{
    /// <summary>Adds services.</summary>
    /// <param name="services">The host's services.</param>
    void Configure(IServiceCollection services);
}
