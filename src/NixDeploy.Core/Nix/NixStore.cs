using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using System.Threading.Channels;
using CliWrap;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Nix;

/// <summary>The Nix store of this machine, through <c>nix-store</c>: the commands that every version of Nix has.</summary>
internal sealed class NixStore : ILocalStore
{
    private const string Program = "nix-store";

    private readonly NixCommand nix;

    /// <summary>Creates the store.</summary>
    /// <param name="options">How Nix is run; <see langword="null"/> takes the defaults.</param>
    public NixStore(NixOptions? options = null) => nix = new NixCommand(options ?? new NixOptions());

    /// <summary>How many bytes of paths one command line may have; the kernel's own limit is about twice that.</summary>
    internal int MostArgumentBytes { get; init; } = 1 << 20;

    /// <inheritdoc/>
    public async Task RealiseAsync(
        ImmutableDictionary<HostName, SystemBuild> systems, string? rootsFolder, Action<BuildResult> built, Action<HostName?, string> log, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(systems);
        ArgumentNullException.ThrowIfNull(built);
        ArgumentNullException.ThrowIfNull(log);
        var roots = rootsFolder is null ? null : RootsFolder(rootsFolder);
        var invalid = await InvalidAsync(systems.Values.SelectMany(Paths), cancellationToken).ConfigureAwait(false);

        await ReportAsync(systems.Where(s => !invalid.Contains(s.Value.Toplevel)), roots, built, cancellationToken).ConfigureAwait(false);
        var building = new ConcurrentDictionary<HostName, SystemBuild>();
        foreach (var (host, system) in systems.Where(s => invalid.Contains(s.Value.Toplevel)))
        {
            if (CannotBuild(host, system, invalid) is { } problem)
            {
                built(new BuildResult(host, problem));
            }
            else
            {
                building[host] = system;
            }
        }

        if (!building.IsEmpty)
        {
            await BuildAsync(building, roots, built, log, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<ImmutableDictionary<HostName, Problem>> DryRealiseAsync(ImmutableDictionary<HostName, SystemBuild> systems, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(systems);
        var problems = ImmutableDictionary.CreateBuilder<HostName, Problem>();
        var invalid = await InvalidAsync(systems.Values.SelectMany(Paths), cancellationToken).ConfigureAwait(false);
        var derivations = new Dictionary<HostName, StorePath>();
        foreach (var (host, system) in systems.Where(s => invalid.Contains(s.Value.Toplevel)))
        {
            if (CannotBuild(host, system, invalid) is { } problem)
            {
                problems[host] = problem;
            }
            else
            {
                derivations[host] = system.Derivation!;
            }
        }

        if (derivations.Count == 0 || (await DryRunAsync(derivations.Values, cancellationToken).ConfigureAwait(false)).ExitCode == 0)
        {
            return problems.ToImmutable();
        }

        foreach (var (host, derivation) in derivations)
        {
            if (await DryRunAsync([derivation], cancellationToken).ConfigureAwait(false) is { ExitCode: not 0 } failed)
            {
                problems[host] = failed.Failure().ToProblem();
            }
        }

        return problems.ToImmutable();
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<StorePath>> ClosureAsync(StorePath system, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(system);
        return [.. (await QueryAsync(["--query", "--requisites", system.Value], cancellationToken).ConfigureAwait(false)).Select(StorePath.Parse)];
    }

    /// <inheritdoc/>
    public async Task<SystemContents?> ContentsAsync(StorePath system, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(system);
        var output = await nix.RunScriptAsync(ShellScripts.Text("contents"), ScriptWords.Of(("programs", nix.ProgramFolder), ("system", system.Value)), cancellationToken).ConfigureAwait(false);
        if (ScriptText.Body(output.Stdout) is not { } body || ScriptText.Lines(body) is not { } lines || lines.Contains("error"))
        {
            throw Unreadable(output.Stderr.TrimEnd().Split('\n')[^1]);
        }

        try
        {
            return ContentsReader.Read(system, key => lines[key]);
        }
        catch (FormatException e)
        {
            throw Unreadable($"what it says of '{e.Message}' cannot be understood");
        }

        NixException Unreadable(string why) =>
            new("ND0310", $"What {system} consists of cannot be read from this machine's store{(why.Length > 0 ? $" ({NixErrors.Plain(why)})" : "")}; try 'nix-store --verify --check-contents'.");
    }

    /// <inheritdoc/>
    public async Task ExportAsync(ImmutableArray<StorePath> paths, Stream destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var batches = Batches(paths).ToList();
        foreach (var (i, batch) in batches.Index())
        {
            await using var part = new ExportPart(destination, last: i == batches.Count - 1);
            List<string> arguments = ["--export", .. batch.Select(p => p.Value)];
            var stderr = new StringBuilder();
            var exitCode = await nix.RunAsync(Program, arguments, null, PipeTarget.ToStream(part), PipeTarget.ToStringBuilder(stderr), cancellationToken).ConfigureAwait(false);
            new NixOutput(Program, arguments, exitCode, "", stderr.ToString()).ThrowIfFailed();
        }

        await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private Task<NixOutput> DryRunAsync(IEnumerable<StorePath> derivations, CancellationToken cancellationToken) =>
        nix.RunAsync(Program, ["--realise", "--dry-run", .. derivations.Select(d => d.Value).Distinct()], null, cancellationToken);

    private static Problem? CannotBuild(HostName host, SystemBuild system, ImmutableHashSet<StorePath> invalid) => system.Derivation switch
    {
        null => new Problem("ND0306", $"{host}: its system {system.Toplevel} is not in this machine's store, and the fleet does not say how to build it."),
        var derivation when invalid.Contains(derivation) =>
            new Problem("ND0307", $"{host}: its derivation {derivation} is not in this machine's store any more: evaluate the fleet again."),
        _ => null,
    };

    private static IEnumerable<StorePath> Paths(SystemBuild system) => system.Derivation is { } derivation ? [system.Toplevel, derivation] : [system.Toplevel];

    private static string RootsFolder(string folder)
    {
        try
        {
            return Directory.CreateDirectory(Path.GetFullPath(folder)).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NixException("ND0309", $"The folder for garbage collector roots cannot be made: {e.Message}", e);
        }
    }

    /// <summary>One realisation for all; hosts are reported while it runs, and at its end those that have no system.</summary>
    private async Task BuildAsync(
        ConcurrentDictionary<HostName, SystemBuild> building, string? roots, Action<BuildResult> built, Action<HostName?, string> log, CancellationToken cancellationToken)
    {
        var hosts = building.GroupBy(b => b.Value.Derivation!.Value).ToDictionary(g => g.Key, g => g.Min(b => b.Key));
        var watch = new BuildWatch((derivation, line) => log(derivation is not null && hosts.TryGetValue(derivation, out var host) ? host : null, line));

        // Many builds may end while one look at the store is under way; the next look covers them all.
        var ended = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var stderr = PipeTarget.ToDelegate(line =>
        {
            if (watch.Feed(line))
            {
                ended.Writer.TryWrite(true);
            }
        });

        var reporting = ReportWhileAsync();
        try
        {
            List<string> arguments = ["--realise", "--keep-going", "--log-format", "internal-json", "-v", .. hosts.Keys.Order(StringComparer.Ordinal)];
            await nix.RunAsync(Program, arguments, null, PipeTarget.Null, stderr, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ended.Writer.Complete();
            await reporting.ConfigureAwait(false);
        }

        await ReportValidAsync(_ => true).ConfigureAwait(false);
        foreach (var (host, system) in building)
        {
            built(new BuildResult(host, await FailureAsync(host, system, watch, cancellationToken).ConfigureAwait(false)));
        }

        async Task ReportWhileAsync()
        {
            await foreach (var _ in ended.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                if (!cancellationToken.IsCancellationRequested)
                {
                    await ReportValidAsync(s => watch.HasStarted(s.Derivation!) || watch.HasStarted(s.Toplevel)).ConfigureAwait(false);
                }
            }
        }

        async Task ReportValidAsync(Func<SystemBuild, bool> which)
        {
            var candidates = building.Where(b => which(b.Value)).ToList();
            if (candidates.Count == 0)
            {
                return;
            }

            var invalid = await InvalidAsync(candidates.Select(c => c.Value.Toplevel), cancellationToken).ConfigureAwait(false);
            var valid = candidates.Where(c => !invalid.Contains(c.Value.Toplevel)).ToList();
            valid.ForEach(v => building.TryRemove(v));
            await ReportAsync(valid, roots, built, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<Problem> FailureAsync(HostName host, SystemBuild system, BuildWatch watch, CancellationToken cancellationToken)
    {
        var closure = (await QueryAsync(["--query", "--requisites", system.Derivation!.Value], cancellationToken).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        var (derivation, error, lines) = watch.Failure(closure);
        var end = lines.Count == 0 ? "." : $"; its log ends with:\n{string.Join('\n', lines)}";
        return new Problem("ND0305", $"{host} does not build: {error}{end}")
        {
            Command = $"nix-store --read-log {derivation ?? system.Derivation.Value}",
        };
    }

    /// <summary>Protects systems from the garbage collector and says that they are there.</summary>
    private Task ReportAsync(IEnumerable<KeyValuePair<HostName, SystemBuild>> systems, string? roots, Action<BuildResult> built, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(systems, cancellationToken, async (entry, ct) =>
        {
            var (host, system) = entry;
            if (roots is null)
            {
                built(new BuildResult(host, null));
                return;
            }

            var output = await nix.RunAsync(Program, ["--realise", system.Toplevel.Value, "--add-root", Path.Combine(roots, host.Value), "--indirect"], null, ct).ConfigureAwait(false);
            built(new BuildResult(host, output.ExitCode == 0 ? null : output.Failure().ToProblem()));
        });

    private async Task<ImmutableHashSet<StorePath>> InvalidAsync(IEnumerable<StorePath> paths, CancellationToken cancellationToken)
    {
        var invalid = ImmutableHashSet.CreateBuilder<StorePath>();
        foreach (var batch in Batches([.. paths.Distinct()]))
        {
            invalid.UnionWith((await QueryAsync(["--check-validity", "--print-invalid", .. batch.Select(p => p.Value)], cancellationToken).ConfigureAwait(false)).Select(StorePath.Parse));
        }

        return invalid.ToImmutable();
    }

    private async Task<IEnumerable<string>> QueryAsync(List<string> arguments, CancellationToken cancellationToken)
    {
        var output = await nix.RunAsync(Program, arguments, null, cancellationToken).ConfigureAwait(false);
        output.ThrowIfFailed();
        return output.Lines;
    }

    private IEnumerable<ImmutableArray<StorePath>> Batches(ImmutableArray<StorePath> paths)
    {
        var (start, bytes) = (0, 0);
        for (var i = 0; i < paths.Length; i++)
        {
            if (i > start && bytes + paths[i].Value.Length + 1 > MostArgumentBytes)
            {
                yield return paths[start..i];
                (start, bytes) = (i, 0);
            }

            bytes += paths[i].Value.Length + 1;
        }

        if (start < paths.Length)
        {
            yield return paths[start..];
        }
    }
}
