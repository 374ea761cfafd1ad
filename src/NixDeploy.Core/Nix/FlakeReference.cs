using System.Buffers;

namespace NixDeploy.Nix;

/// <summary>How a flake is named to Nix.</summary>
/// <param name="Reference">The reference on its command line.</param>
/// <param name="WorkingFolder">The folder that Nix is started in.</param>
/// <param name="BaseFolder">What relative paths inside the fleet's settings are relative to.</param>
internal sealed record FlakeReference(string Reference, string WorkingFolder, string BaseFolder)
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+");

    private static readonly string[] LocalSchemes = ["path:", "git+file:"];

    /// <summary>A folder with flake.nix, absolute.</summary>
    /// <remarks>
    /// What Nix makes of spaces, '#', '?' and '%' in a reference differs between its versions (2.8 does not decode <c>%20</c>), so a
    /// folder whose path has such characters is never written down: Nix is started in it and finds it as <c>.</c>.
    /// </remarks>
    public static FlakeReference OfFolder(string folder) =>
        new(folder.AsSpan().ContainsAnyExcept(Plain) ? "." : folder, folder, folder);

    /// <summary>Any other reference, such as <c>github:owner/repository</c> or <c>path:./fleet</c>.</summary>
    /// <param name="reference">The reference as the user wrote it.</param>
    /// <param name="workingFolder">What it is relative to.</param>
    /// <exception cref="FleetException"><c>ND0103</c>: it names something inside a flake.</exception>
    public static FlakeReference OfUrl(string reference, string workingFolder)
    {
        if (reference.Contains('#', StringComparison.Ordinal))
        {
            throw new FleetException("ND0103", $"{NixErrors.Secrets(reference)} names something inside a flake: omit '#' and what follows; the hosts are its nixosConfigurations.");
        }

        return new(reference, workingFolder, LocalFolder(reference, workingFolder) ?? workingFolder);
    }

    /// <summary>The flake of an installable in a file.</summary>
    public static FlakeReference OfInstallable(string flake, string folder) =>
        Directory.Exists(Path.GetFullPath(flake, folder)) ? OfFolder(Path.GetFullPath(flake, folder)) : new(flake, folder, folder);

    /// <summary>The folder on this machine that a <c>path:</c> or <c>git+file:</c> reference means; <see langword="null"/>: none.</summary>
    public static string? LocalFolder(string reference, string workingFolder)
    {
        var scheme = LocalSchemes.FirstOrDefault(s => reference.StartsWith(s, StringComparison.Ordinal));
        if (scheme is null)
        {
            return null;
        }

        var path = reference[scheme.Length..].Split('?')[0];
        var folder = Path.GetFullPath(path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path, workingFolder);
        return Directory.Exists(folder) ? folder : null;
    }
}
