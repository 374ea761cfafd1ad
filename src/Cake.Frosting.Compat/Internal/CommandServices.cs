using Microsoft.Extensions.DependencyInjection;
using Spectre.Console.Cli;

namespace Cake.Frosting.Internal;

/// <summary>What the command line's own objects are made of: the parser's services, and the host's as one of them.</summary>
internal sealed class CommandServices : ITypeRegistrar, ITypeResolver
{
    private readonly ServiceCollection _services = [];
    private ServiceProvider? _provider;

    public CommandServices(IServiceCollection host) => _services.AddSingleton(host);

    public ITypeResolver Build()
    {
        _provider = _services.BuildServiceProvider();
        return this;
    }

    public void Register(Type service, Type implementation) => _services.AddSingleton(service, implementation);

    public void RegisterInstance(Type service, object implementation) => _services.AddSingleton(service, implementation);

    public void RegisterLazy(Type service, Func<object> factory) => _services.AddSingleton(service, _ => factory());

    public object? Resolve(Type? type) => type is null ? null : _provider?.GetService(type);
}
