using System.Reflection;
using Cake.Cli;
using Cake.Core;
using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>What <c>--version</c> says: the version of NixDeploy with the commit that it was built from, and Cake's.</summary>
internal sealed class ProductVersion : IVersionResolver
{
    public string GetVersion() => $"NixDeploy {Of(typeof(DeploymentCoordinator).Assembly)} (Cake {Of(typeof(ICakeEngine).Assembly).Split('+')[0]})";

    public string GetProductVersion() => GetVersion();

    private static string Of(Assembly assembly) => assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? $"{assembly.GetName().Version}";
}
