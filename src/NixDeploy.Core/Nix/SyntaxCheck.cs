using System.Collections.Immutable;
using CliWrap;

namespace NixDeploy.Nix;

/// <summary>Parses the Nix files of a fleet, those that no evaluation comes to as well, and tells every one that is wrong.</summary>
internal sealed class SyntaxCheck(NixOptions options)
{
    private const int MostTogether = 200;

    private readonly NixCommand nix = new(options);

    /// <summary>Parses the files of a fleet; one that is not in a folder of this machine has none.</summary>
    /// <returns>A sentence for each file that cannot be parsed, with Nix's words.</returns>
    public async Task<ImmutableArray<string>> RunAsync(string fleet, CancellationToken cancellationToken)
    {
        var wrong = new List<string>();
        foreach (var files in Files(fleet).Order(StringComparer.Ordinal).Chunk(MostTogether))
        {
            wrong.AddRange(await ParseAsync(files, cancellationToken).ConfigureAwait(false));
        }

        return [.. wrong];
    }

    /// <summary>Halves what is wrong until the files are found: Nix stops at the first one.</summary>
    private async Task<IEnumerable<string>> ParseAsync(string[] files, CancellationToken cancellationToken)
    {
        var output = await nix.RunAsync("nix-instantiate", ["--parse", .. files], cancellationToken, stdout: PipeTarget.Null).ConfigureAwait(false);
        if (output.ExitCode == 0)
        {
            return [];
        }

        if (files.Length == 1)
        {
            return [$"{files[0]} cannot be parsed: {NixErrors.Essence(output.Stderr).ReplaceLineEndings(" ")}"];
        }

        var half = files.Length / 2;
        return [.. await ParseAsync(files[..half], cancellationToken).ConfigureAwait(false), .. await ParseAsync(files[half..], cancellationToken).ConfigureAwait(false)];
    }

    private static IEnumerable<string> Files(string fleet)
    {
        var path = Path.GetFullPath(fleet);
        return File.Exists(path) && Path.GetExtension(path) == ".nix" ? [path]
            : File.Exists(Path.Combine(path, "flake.nix")) ? FilesIn(path)
            : [];
    }

    /// <summary>Neither hidden folders nor links, such as the result of a build.</summary>
    private static IEnumerable<string> FilesIn(string folder) => Directory
        .EnumerateDirectories(folder)
        .Where(d => !Path.GetFileName(d).StartsWith('.') && !File.GetAttributes(d).HasFlag(FileAttributes.ReparsePoint))
        .SelectMany(FilesIn)
        .Concat(Directory.EnumerateFiles(folder, "*.nix"));
}
