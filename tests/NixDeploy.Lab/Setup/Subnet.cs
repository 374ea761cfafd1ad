using System.Globalization;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Setup;

/// <summary>
/// The addresses of a lab: 10.N.I.0/30 for its host I, with N from 77 to 99. Who has which N is a link in
/// /run/nixdeploy-lab to the lab's directory; making a link succeeds for one process only.
/// </summary>
internal sealed record Subnet(int Octet)
{
    private const string Registry = "/run/nixdeploy-lab";

    public string Address(int index) => $"10.{Octet}.{index + 1}.2";

    public string Gateway(int index) => $"10.{Octet}.{index + 1}.1";

    /// <summary>The name of a host's network namespace and of its cable's end on this machine; at most 15 characters.</summary>
    public string Link(string host) => $"nl{Octet}-{host}";

    public static async Task<Subnet> ClaimAsync(string directory, CancellationToken ct)
    {
        Directory.CreateDirectory(Registry);
        var note = Path.Combine(directory, "subnet");
        var before = File.Exists(note) ? int.Parse(await File.ReadAllTextAsync(note, ct), CultureInfo.InvariantCulture) : (int?)null;
        foreach (var octet in before is { } only ? [only] : Enumerable.Range(77, 23))
        {
            if (OwnerOf(octet) == directory || (await IsFreeAsync(octet, ct) && TryClaim(octet, directory)))
            {
                await File.WriteAllTextAsync(note, octet.ToString(CultureInfo.InvariantCulture), ct);
                return new Subnet(octet);
            }
        }

        throw new LabUnavailableException(before is { } taken
            ? $"The network 10.{taken}.0.0 of this lab has been taken by something else; take the lab down and bring it up again."
            : "The lab needs one of the networks 10.77.0.0 to 10.99.0.0, and all are in use.");
    }

    public static void Release(string directory)
    {
        foreach (var link in ExecutionGraph().Where(link => link.LinkTarget == directory))
        {
            link.Delete();
        }
    }

    public static bool AnyClaimed() => ExecutionGraph().Any();

    /// <summary>The directories of all labs on this machine.</summary>
    public static IEnumerable<string> Claimed() => ExecutionGraph().Select(link => link.LinkTarget!);

    // A link to a directory counts as a directory, and one whose lab is gone as a file.
    private static IEnumerable<FileSystemInfo> ExecutionGraph() => !Directory.Exists(Registry)
        ? []
        : new DirectoryInfo(Registry).EnumerateFileSystemInfos("10.*").Where(link => link.LinkTarget is not null);

    private static string? OwnerOf(int octet) => new FileInfo($"{Registry}/10.{octet}").LinkTarget;

    private static bool TryClaim(int octet, string directory)
    {
        var link = new FileInfo($"{Registry}/10.{octet}");
        if (link.LinkTarget is { } owner && !Directory.Exists(owner))
        {
            link.Delete();
        }

        try
        {
            link.CreateAsSymbolicLink(directory);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<bool> IsFreeAsync(int octet, CancellationToken ct) =>
        (await Tool.RunAsync("ip", ["-4", "route", "show", "root", $"10.{octet}.0.0/16"], ct)).Length == 0;
}
