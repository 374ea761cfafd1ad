using NixDeploy;

namespace Cake.NixDeploy;

/// <summary>What a script's deployment is to do. Every default is the fleet's own.</summary>
public sealed class NixDeploySettings
{
    /// <summary>The fleet: a folder, a file or a flake reference; <see langword="null"/> is Cake's working directory.</summary>
    public string? Fleet { get; set; }

    /// <summary>Where journals, reports and logs are kept; <see langword="null"/> is the fleet's own folder in the user's state directory.</summary>
    public string? StateFolder { get; set; }

    /// <summary>Which hosts, how, and what when one fails.</summary>
    public DeploymentRequest Request { get; set; } = new();

    /// <summary>A file with hosts besides those of <see cref="Request"/>, one a line; <see langword="null"/> for none.</summary>
    public string? HostsFile { get; set; }

    /// <summary>A file that gets the machine-readable plan or result; <see langword="null"/> for none.</summary>
    public string? JsonFile { get; set; }

    /// <summary>A file that gets the plan's graph: <c>.dot</c> or <c>.gv</c>, <c>.mmd</c> or <c>.mermaid</c>; <see langword="null"/> for none.</summary>
    public string? GraphFile { get; set; }

    /// <summary>A file that gets the plan as Markdown; <see langword="null"/> for none.</summary>
    public string? MarkdownFile { get; set; }

    /// <summary>The earlier generation that a rollback rolls back to; nothing else uses it; <see langword="null"/> is the newest with another system.</summary>
    public int? Generation { get; set; }

    /// <summary>What the coordinator is made of beside the settings above: transports, strategies, the clock.</summary>
    public NixDeployOptions Options { get; set; } = new();

    /// <summary>The request with the hosts of the file in it.</summary>
    internal DeploymentRequest RequestWithHosts => HostsFile is null ? Request : Request with { Hosts = global::NixDeploy.Fleets.Selection.HostsFile.Join(Request.Hosts, HostsFile) };
}
