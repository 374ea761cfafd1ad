using System.Globalization;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs;

/// <summary>
/// Moments of a switch-to-configuration at which a host can be held: <c>activating</c>, <c>activated</c>, <c>boot-loader</c> (before it is
/// installed), <c>boot-default</c> (after). What was held stays held over a power cut until it is released.
/// </summary>
public sealed partial class LabHost
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Lets the host come to this moment, and no further.</summary>
    public void Hold(string moment) => File.WriteAllText(InLab($"hold-{moment}"), "");

    /// <summary>Lets the host go on.</summary>
    public void Release(string moment)
    {
        File.Delete(InLab($"held-{moment}"));
        File.Delete(InLab($"hold-{moment}"));
    }

    /// <summary>Waits until the host is at this moment, held.</summary>
    public Task WaitUntilHeldAsync(string moment, CancellationToken ct) =>
        Wait.UntilAsync(_ => Task.FromResult(File.Exists(InLab($"held-{moment}"))), $"{Name} to be held at {moment}", Patience, ct);

    /// <summary>Also lets the host be held at <c>before-set</c>: before nix-env changes a profile.</summary>
    public Task MakeProfileHoldableAsync(CancellationToken ct) => ReadAsync(
        """
        mkdir -p /usr/lib/lab && ln -sf /usr/bin/nix /usr/lib/lab/nix-env && rm /usr/bin/nix-env
        cat >/usr/bin/nix-env <<'END'
        #!/bin/sh
        if [ -e /var/lib/lab/hold-before-set ]; then
          : >/var/lib/lab/held-before-set
          while [ -e /var/lib/lab/hold-before-set ]; do sleep 0.05; done
        fi
        exec /usr/lib/lab/nix-env "$@"
        END
        chmod 755 /usr/bin/nix-env
        """,
        ct);

    /// <summary>How often a system's activation has started, in trials and rollbacks.</summary>
    public int ActivationsOf(string system) =>
        File.Exists(InLab("moments")) ? File.ReadLines(InLab("moments")).Count(line => line == $"activating {system}") : 0;

    /// <summary>Waits until a file or a link (also one to nowhere) is there, by its path on the host's disk.</summary>
    public Task WaitForFileAsync(string path, CancellationToken ct) =>
        Wait.UntilAsync(_ => Task.FromResult(File.Exists(Root + path) || new FileInfo(Root + path).LinkTarget is not null), $"{path} on {Name}", Patience, ct);

    /// <summary>Waits until so much more has been sent to the host.</summary>
    public Task ReceivesAsync(int megabytes, CancellationToken ct)
    {
        var before = Sent();
        return Wait.UntilAsync(_ => Task.FromResult(Sent() > before + (megabytes << 20)), $"{Name} to receive {megabytes} MB", Patience, ct);
    }

    // What leaves this machine's end of the cable.
    private long Sent() => long.Parse(File.ReadAllText($"/sys/class/net/{Link}/statistics/tx_bytes"), CultureInfo.InvariantCulture);

    private string InLab(string name) => $"{Root}/var/lib/lab/{name}";
}
