using System.Collections.Immutable;
using System.Text.RegularExpressions;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Selection;

namespace NixDeploy.Nix;

/// <summary>Where a fleet's description is read from.</summary>
public interface IFleetSource
{
    /// <summary>Where it is read, as it was named: <see cref="Fleet.Origin"/> of what is read.</summary>
    string Origin { get; }

    /// <summary>Reads the fleet and finds out which system each selected host is to have; builds nothing.</summary>
    /// <param name="selection">Which hosts are meant; <see langword="null"/>: all.</param>
    /// <param name="cancellationToken">Cancels reading; nothing was changed.</param>
    /// <exception cref="FleetException">The description is wrong.</exception>
    /// <exception cref="UsageException">The selection does not fit the fleet.</exception>
    /// <exception cref="NixException">Nix is missing, or nothing of the fleet evaluates.</exception>
    Task<LoadedFleet> LoadAsync(HostSelection? selection, CancellationToken cancellationToken);
}

/// <summary>A fleet that was read.</summary>
/// <param name="Fleet">All hosts and the fleet's settings.</param>
/// <param name="Selected">The hosts that are meant; never empty.</param>
/// <param name="Systems">The system that each selected and each left-out host is to have.</param>
/// <param name="Failures">Why some of those have none: those that do not evaluate.</param>
/// <param name="Warnings">Sentences for people; nothing that stops a deployment.</param>
public sealed record LoadedFleet(
    Fleet Fleet,
    ImmutableSortedSet<HostName> Selected,
    ImmutableDictionary<HostName, SystemBuild> Systems,
    ImmutableDictionary<HostName, Problem> Failures,
    ImmutableArray<string> Warnings)
{
    /// <summary>The hosts that selected ones depend on, directly or through others, and that are not selected themselves.</summary>
    public ImmutableSortedSet<HostName> NotSelected { get; init; } = [];

    /// <summary>The hosts of which not even the settings evaluate: their role, tags and all else are not known.</summary>
    public ImmutableSortedSet<HostName> Undescribed { get; init; } = [];

    /// <summary>Why a host cannot even be asked: its target is not known either; <see langword="null"/>: it can be.</summary>
    internal Problem? Untold(HostName host) => Undescribed.Contains(host) ? Failures.GetValueOrDefault(host) : null;

    /// <summary>What <see cref="NotSelected"/> is for a selection; names that the fleet does not have are the topology's to complain about.</summary>
    internal static ImmutableSortedSet<HostName> LeftOutOf(Fleet fleet, ImmutableSortedSet<HostName> selected) =>
        selected.Count == fleet.Hosts.Count ? [] : [.. FleetDependencies.Behind(fleet, selected).Where(d => !selected.Contains(d))];
}

/// <summary>Finds the source that an argument means.</summary>
internal static partial class FleetSources
{
    private const string FlakeFile = "flake.nix";
    private const string FleetFile = "fleet.json";

    /// <summary>The source that <c>--fleet</c> means: a folder with flake.nix or fleet.json, a flake reference, a <c>*.nix</c> or a <c>*.json</c> file.</summary>
    /// <param name="fleet">The argument, as the user wrote it.</param>
    /// <param name="options">How Nix is run; <see langword="null"/> takes the defaults.</param>
    /// <param name="workingFolder">What a relative path is relative to; <see langword="null"/> takes the process's.</param>
    /// <exception cref="FleetException"><c>ND0103</c>: nothing of that is there.</exception>
    public static IFleetSource Open(string fleet, NixOptions? options = null, string? workingFolder = null)
    {
        options ??= new NixOptions();
        var here = Path.GetFullPath(workingFolder ?? Directory.GetCurrentDirectory());
        if (string.IsNullOrWhiteSpace(fleet) || fleet.Contains('\0', StringComparison.Ordinal))
        {
            throw new FleetException("ND0103", $"{Text.Quote(fleet)} is no fleet: give a folder with {FlakeFile} or {FleetFile}, a flake reference, or a .nix or .json file.");
        }

        var path = Path.GetFullPath(fleet, here);
        if (Directory.Exists(path))
        {
            return OpenFolder(fleet, path, options);
        }

        if (File.Exists(path))
        {
            return Path.GetExtension(path) switch
            {
                ".nix" when Path.GetFileName(path) == FlakeFile => OpenFolder(fleet, Path.GetDirectoryName(path)!, options),
                ".nix" => new NixFleetSource(NixConfigurations.OfFile(fleet, path), options),
                ".json" => new JsonFleetSource(fleet, path, options),
                _ => throw new FleetException("ND0103", $"{fleet} is neither a .nix nor a .json file: a fleet is a folder with {FlakeFile} or {FleetFile}, a flake reference, or such a file."),
            };
        }

        return Scheme().IsMatch(fleet)
            ? new NixFleetSource(NixConfigurations.OfFlake(fleet, FlakeReference.OfUrl(fleet, here)), options)
            : throw new FleetException("ND0103", $"There is no fleet {Text.Quote(fleet)}: no such folder or file ({path}), and it is no flake reference such as github:owner/repository.");
    }

    private static IFleetSource OpenFolder(string fleet, string path, NixOptions options)
    {
        if (File.Exists(Path.Combine(path, FlakeFile)))
        {
            return new NixFleetSource(NixConfigurations.OfFlake(fleet, FlakeReference.OfFolder(path)), options);
        }

        return File.Exists(Path.Combine(path, FleetFile))
            ? new JsonFleetSource(Path.Combine(fleet, FleetFile), Path.Combine(path, FleetFile), options)
            : throw new FleetException("ND0103", $"The folder {path} has neither {FlakeFile} nor {FleetFile}: name a fleet with --fleet=FOLDER, a flake reference, or a .nix or .json file.");
    }

    /// <summary>Two characters at least, so that it is no drive.</summary>
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]+:.")]
    private static partial Regex Scheme();
}
