using Cake.Core.Packaging;

namespace Cake.Frosting;

/// <summary>Installs the tools that a build asked for.</summary>
public interface IToolInstaller
{
    /// <summary>Installs a tool and makes it known to Cake's tool locator.</summary>
    /// <param name="tool">The tool.</param>
    void Install(PackageReference tool);
}
