using System.Collections.Concurrent;
using System.Collections.Immutable;
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

    public async Task RealiseAsync(
        ImmutableDictionary<HostName, SystemBuild> systems, string? rootsFolder, Action<BuildResult> built, Action<HostName?, string> log, CancellationToken cancellationToken)
    {
        var roots = rootsFolder is null ? null : RootsFolder(rootsFolder);
        var (there, buildable, problems) = await SortAsync(systems, cancellationToken).ConfigureAwait(false);
        await ReportAsync(there, roots, built, cancellationToken).ConfigureAwait(false);
        foreach (var (host, problem) in problems)
        {
            built(new BuildResult(host, problem));
        }

        if (buildable.Count > 0)
        {
            await BuildAsync(new ConcurrentDictionary<HostName, SystemBuild>(buildable), roots, built, log, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<ImmutableDictionary<HostName, Problem>> DryRealiseAsync(ImmutableDictionary<HostName, SystemBuild> systems, CancellationToken cancellationToken)
    {
        var (_, buildable, problems) = await SortAsync(systems, cancellationToken).ConfigureAwait(false);
        var derivations = buildable.ToDictionary(b => b.Key, b => b.Value.Derivation!);
        if (derivations.Count > 0 && (await DryRunAsync(derivations.Values, cancellationToken).ConfigureAwait(false)).ExitCode != 0)
        {
            foreach (var (host, derivation) in derivations)
            {
                if (await DryRunAsync([derivation], cancellationToken).ConfigureAwait(false) is { ExitCode: not 0 } failed)
                {
                    problems[host] = failed.Failure().ToProblem();
                }
            }
        }

        return problems.ToImmutableDictionary();
    }

    public async Task<ImmutableArray<StorePath>> ClosureAsync(StorePath system, CancellationToken cancellationToken)
    {
        return [.. (await QueryAsync(["--query", "--requisites", system.Value], cancellationToken).ConfigureAwait(false)).Select(StorePath.Parse)];
    }

    public async Task<SystemContents?> ContentsAsync(StorePath system, CancellationToken cancellationToken)
    {
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

    public async Task ExportAsync(ImmutableArray<StorePath> paths, Stream destination, CancellationToken cancellationToken)
    {
        var batches = Batches(paths).ToList();
        foreach (var (i, batch) in batches.Index())
        {
            var part = i == batches.Count - 1 ? PipeTarget.ToStream(destination) : PipeTarget.Create((export, ct) => ExportPart.CopyAsync(export, destination, ct));
            var output = await nix.RunAsync(Program, ["--export", .. batch.Select(p => p.Value)], cancellationToken, stdout: part).ConfigureAwait(false);
            output.ThrowIfFailed();
        }

        await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private Task<NixOutput> DryRunAsync(IEnumerable<StorePath> derivations, CancellationToken cancellationToken) =>
        nix.RunAsync(Program, ["--realise", "--dry-run", .. derivations.Select(d => d.Value).Distinct()], cancellationToken);

    /// <summary>The systems that are there, those that can be built, and why others cannot.</summary>
    private async Task<(List<KeyValuePair<HostName, SystemBuild>> There, Dictionary<HostName, SystemBuild> Buildable, Dictionary<HostName, Problem> Problems)> SortAsync(
        ImmutableDictionary<HostName, SystemBuild> systems, CancellationToken cancellationToken)
    {
        var invalid = await InvalidAsync(systems.Values.SelectMany(Paths), cancellationToken).ConfigureAwait(false);
        var missing = systems.Where(s => invalid.Contains(s.Value.Toplevel)).ToDictionary();
        var problems = missing.Where(m => CannotBuild(m.Key, m.Value, invalid) is not null).ToDictionary(m => m.Key, m => CannotBuild(m.Key, m.Value, invalid)!);
        return ([.. systems.Where(s => !missing.ContainsKey(s.Key))], missing.Where(m => !problems.ContainsKey(m.Key)).ToDictionary(), problems);
    }

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
            await nix.RunAsync(Program, arguments, cancellationToken, stdout: PipeTarget.Null, stderr: stderr).ConfigureAwait(false);
        }
        finally
        {
            ended.Writer.Complete();
            await reporting.ConfigureAwait(false);
        }

        await ReportValidAsync(_ => true).ConfigureAwait(false);
        await ReportFailuresAsync().ConfigureAwait(false);

        // What no derivation of a host's closure is blamed for may be another host's: Nix builds nothing at all when one system cannot be built here.
        async Task ReportFailuresAsync()
        {
            var unexplained = new List<KeyValuePair<HostName, SystemBuild>>();
            foreach (var (host, system) in building.OrderBy(b => b.Key))
            {
                var (problem, isExplained) = await FailureAsync(host, system, watch, cancellationToken).ConfigureAwait(false);
                if (isExplained || building.Count == 1)
                {
                    built(new BuildResult(host, problem));
                }
                else
                {
                    unexplained.Add(new(host, system));
                }
            }

            foreach (var part in unexplained.Chunk(Math.Max(1, (building.Count + 1) / 2)))
            {
                await BuildAsync(new(part), roots, built, log, cancellationToken).ConfigureAwait(false);
            }
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

    /// <summary>Copies the whole log of a build that Nix has kept.</summary>
    /// <param name="derivation">The derivation.</param>
    /// <param name="destination">Where to; not closed.</param>
    /// <param name="cancellationToken">Cancels the copy; the destination has a part of it.</param>
    /// <exception cref="NixException">There is none.</exception>
    public async Task ReadLogAsync(string derivation, Stream destination, CancellationToken cancellationToken) =>
        (await nix.RunAsync(Program, ["--read-log", derivation], cancellationToken, stdout: PipeTarget.ToStream(destination)).ConfigureAwait(false)).ThrowIfFailed();

    /// <summary>Why a host has no system, and whether something that its system needs is the cause.</summary>
    private async Task<(Problem Problem, bool IsExplained)> FailureAsync(HostName host, SystemBuild system, BuildWatch watch, CancellationToken cancellationToken)
    {
        var requisites = await nix.RunAsync(Program, ["--query", "--requisites", system.Derivation!.Value], cancellationToken).ConfigureAwait(false);
        if (requisites.ExitCode != 0)
        {
            return (requisites.Failure().ToProblem(), true);
        }

        var (derivation, error, lines) = watch.Failure(requisites.Lines.ToHashSet(StringComparer.Ordinal));
        var problem = new Problem("ND0305", $"{host} does not build: {error}.")
        {
            Log = [.. lines],
            Derivation = derivation,
            Command = lines.Count > 0 ? $"nix-store --read-log {derivation}" : null,
        };
        return (problem, derivation is not null);
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

            var output = await nix.RunAsync(Program, ["--realise", system.Toplevel.Value, "--add-root", Path.Combine(roots, host.Value), "--indirect"], ct).ConfigureAwait(false);
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
        var output = await nix.RunAsync(Program, arguments, cancellationToken).ConfigureAwait(false);
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
