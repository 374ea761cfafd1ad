using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>What a host says of itself in one round trip (<c>inspect</c>).</summary>
public sealed record HostState
{
    /// <summary>Where <c>/run/current-system</c> points; <see langword="null"/> when there is none.</summary>
    public StorePath? CurrentSystem { get; init; }

    /// <summary>Where <c>/run/booted-system</c> points; <see langword="null"/> when there is none.</summary>
    public StorePath? BootedSystem { get; init; }

    /// <summary>Whether the kernel, initrd, modules or kernel parameters that it was booted with differ from those of the current system.</summary>
    public bool RebootNeeded { get; init; }

    /// <summary>The number of the profile's current generation; <see langword="null"/> when there is none.</summary>
    public int? Generation { get; init; }

    /// <summary>The profile's generations, by number.</summary>
    public ImmutableArray<Generation> Generations { get; init; } = [];

    /// <summary>Bytes free on the file system of /nix/store.</summary>
    public long StoreFreeBytes { get; init; }

    /// <summary>Bytes free on the file system of /boot; <see langword="null"/> when there is no /boot.</summary>
    public long? BootFreeBytes { get; init; }

    /// <summary>Units that are failed now.</summary>
    public ImmutableArray<string> FailedUnits { get; init; } = [];

    /// <summary>The units that were asked for.</summary>
    public ImmutableArray<UnitState> Units { get; init; } = [];

    /// <summary>The load average of the last minute.</summary>
    public double Load { get; init; }

    /// <summary>How many processors programs may use, 1 or more.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>Bytes of memory that programs can still use.</summary>
    public long MemoryAvailableBytes { get; init; }

    /// <summary>The host's clock, in whole seconds.</summary>
    public DateTimeOffset Clock { get; init; }

    /// <summary>What the host calls itself; empty when it does not say.</summary>
    public string HostName { get; init; } = "";

    /// <summary>What <c>/etc/machine-id</c> has; empty when there is none.</summary>
    public string MachineId { get; init; } = "";

    /// <summary>The kernel's boot id; changes with every boot.</summary>
    public string BootId { get; init; } = "";

    /// <summary>Who holds the host's lock, or <see langword="null"/>.</summary>
    public HostLock? Lock { get; init; }

    /// <summary>The last transaction, or <see langword="null"/>.</summary>
    public TransactionState? Transaction { get; init; }

    /// <summary>Why no deployment can start here (no systemd, a read-only store, no Nix, a newer protocol); empty when one can.</summary>
    public ImmutableArray<string> Obstacles { get; init; } = [];

    /// <summary>
    /// Whether a newer NixDeploy wrote the host's lock or record, which this version neither reads nor changes: <see cref="Lock"/> or
    /// <see cref="Transaction"/> is then <see langword="null"/>, and it is one of the <see cref="Obstacles"/>.
    /// </summary>
    public bool NewerProtocol { get; init; }

    /// <summary>The profile's current system by its generation list; <see langword="null"/> when there is none.</summary>
    public StorePath? ProfileSystem => Generations.FirstOrDefault(g => g.Number == Generation)?.System;

    /// <summary>How busy the host is.</summary>
    public HostBaseline Baseline => new(Load, MemoryAvailableBytes);

    /// <summary>What the host runs, for plans and events: without a generation where the profile's is of another system.</summary>
    public SystemRef Running => new(CurrentSystem, ProfileSystem is { } profile && profile != CurrentSystem ? null : Generation);
}

/// <summary>A unit's state as <c>systemctl show</c> has it.</summary>
/// <param name="Unit">The unit's full name.</param>
/// <param name="Load"><c>LoadState</c>, such as loaded or not-found.</param>
/// <param name="Active"><c>ActiveState</c>, such as active, activating or failed.</param>
/// <param name="Sub"><c>SubState</c>, such as running, exited or auto-restart.</param>
/// <param name="Restarts"><c>NRestarts</c>: automatic restarts since it was started.</param>
public sealed record UnitState(string Unit, string Load, string Active, string Sub, int Restarts)
{
    /// <summary><c>InvocationID</c>: a new one with every start; empty when it has none.</summary>
    public string Invocation { get; init; } = "";
}

/// <summary>The holder of a host's lock.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Controller">The controller's host name and process id.</param>
/// <param name="Since">When it was taken, by the host's clock.</param>
/// <param name="Fence">The number of this holding; grows with each.</param>
public sealed record HostLock(string Run, string Controller, DateTimeOffset Since, long Fence)
{
    /// <summary>Whether its guard is running: such a lock cannot be broken, and ends by itself.</summary>
    public bool Guarded { get; init; }

    /// <summary>Who holds it, since when, for how long, and its number: one clause for sentences.</summary>
    /// <param name="now">The present, for its age.</param>
    public string Describe(DateTimeOffset now)
    {
        var age = now - Since > TimeSpan.Zero ? now - Since : TimeSpan.Zero;
        var shown = age < TimeSpan.FromMinutes(2) ? $"{age.TotalSeconds:0} s" : age < TimeSpan.FromHours(2) ? $"{age.TotalMinutes:0} min" : $"{age.TotalHours:0} h";
        return string.Create(CultureInfo.InvariantCulture,
            $"run {Run} of {Controller} since {Since.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z ({shown}; lock {Fence}{(Guarded ? ", its guard is at work" : "")})");
    }
}

/// <summary>What a program on the host answered.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Error">What it wrote to standard error.</param>
public sealed record CommandResult(int ExitCode, string Output, string Error);
