using Cake.Core;
using Cake.Core.Configuration;
using Cake.Core.IO;

namespace Cake.Frosting.Internal;

/// <summary>Cake's settings: the program's own, then cake.config and the environment, then the command line.</summary>
internal sealed class HostConfiguration : ICakeConfiguration
{
    private readonly ICakeConfiguration _settings;

    public HostConfiguration(
        IEnumerable<CakeSetting> settings,
        IFileSystem fileSystem,
        ICakeEnvironment environment,
        ICakeArguments arguments)
    {
        var own = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in settings)
        {
            own[setting.Key] = setting.Value;
        }

        _settings = new CakeConfigurationProvider(fileSystem, environment).CreateConfiguration(
            environment.WorkingDirectory,
            own,
            arguments.GetArguments().ToDictionary(argument => argument.Key, argument => argument.Value.FirstOrDefault() ?? ""));
    }

    public string? GetValue(string key) => _settings.GetValue(key);
}
