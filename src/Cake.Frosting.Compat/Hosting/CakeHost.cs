using System.Reflection;
using Cake.Frosting.Internal;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console.Cli;

namespace Cake.Frosting;

/// <summary>Puts a build together and runs it.</summary>
public sealed class CakeHost
{
    private readonly List<Assembly> _assemblies = [];
    private readonly ServiceCollection _services = HostServices.Create();

    /// <summary>Creates a host that knows the tasks of the program's own assembly.</summary>
    public CakeHost()
    {
        if (Assembly.GetEntryAssembly() is { } program)
        {
            _assemblies.Add(program);
        }
    }

    /// <summary>Creates a host that knows the tasks of the program's own assembly.</summary>
    /// <returns>The host.</returns>
    public static CakeHost Create() => new();

    /// <summary>Adds the tasks of an assembly: its public classes that implement <see cref="IFrostingTask"/>.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <returns>This host.</returns>
    public CakeHost AddAssembly(Assembly assembly)
    {
        _assemblies.Add(assembly);
        return this;
    }

    /// <summary>Adds services. Among several registrations of one service the last counts.</summary>
    /// <param name="services">Called at once with the host's services.</param>
    /// <returns>This host.</returns>
    public CakeHost ConfigureServices(Action<IServiceCollection> services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services(_services);
        return this;
    }

    /// <summary>Runs the build.</summary>
    /// <param name="args">The command line.</param>
    /// <returns>0 when it succeeded, -1 whatever it failed with.</returns>
    public int Run(IEnumerable<string> args)
    {
        foreach (var task in TaskTypes())
        {
            _services.AddSingleton(typeof(IFrostingTask), task);
        }

        var app = new CommandApp<HostCommand>(new CommandServices(_services));
        app.Configure(config => config
            .AddExample("--target", "Default")
            .AddExample("--verbosity", "quiet")
            .AddExample("--tree"));
        return app.Run(args);
    }

    private IEnumerable<Type> TaskTypes() =>
        from assembly in _assemblies
        from type in assembly.GetExportedTypes()
        where type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IFrostingTask))
        select type;
}
