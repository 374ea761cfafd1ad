using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using NixDeploy.Fleets;

namespace NixDeploy.Testing;

/// <summary>How a system behaves when a simulated host activates it; one that nobody described just works.</summary>
public sealed record SimulatedSystem
{
    private const string Base32 = "0123456789abcdfghijklmnpqrsvwxyz";

    /// <summary>The units that fail to start, by their full names: the activation ends with exit code 4.</summary>
    public ImmutableArray<string> FailToStart { get; init; } = [];

    /// <summary>The units that start and are failed at the first look after it, by their full names.</summary>
    public ImmutableArray<string> FailLater { get; init; } = [];

    /// <summary>Whether nothing is activated because the host would have to reboot.</summary>
    public bool NeedsReboot { get; init; }

    /// <summary>Whether a host that runs it cannot be brought back: restoring ends in <c>RestoreFailed</c>.</summary>
    public bool CannotBeLeft { get; init; }

    /// <summary>A store path that looks like a system's; the same name gives the same path.</summary>
    /// <param name="name">Letters, digits and <c>+ - . _ ? =</c>: becomes <c>nixos-system-NAME</c>.</param>
    public static StorePath Path(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name)).Select(b => Base32[b % Base32.Length]).ToArray();
        return StorePath.Parse($"/nix/store/{new string(hash)}-nixos-system-{name}");
    }
}
