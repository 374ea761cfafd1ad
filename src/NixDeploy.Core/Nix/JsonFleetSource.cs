using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Description;
using NixDeploy.Fleets.Selection;

namespace NixDeploy.Nix;

/// <summary>A fleet.json: systems that are there already, or installables of flakes.</summary>
internal sealed class JsonFleetSource(string origin, string path, NixOptions options) : IFleetSource
{
    private readonly NixCommand nix = new(options);
    private readonly string folder = Path.GetDirectoryName(path)!;

    public string Origin => origin;

    public async Task<LoadedFleet> LoadAsync(HostSelection? selection, CancellationToken cancellationToken)
    {
        var reader = new FleetReader(origin, folder);
        var description = reader.Finish(await JsonFile.ReadAsync(path, origin, (FleetReader.HostsKey, reader.Add), cancellationToken).ConfigureAwait(false));
        description = description with { Fleet = Omissions.Apply(description.Fleet) };
        var selected = selection?.Select(description.Fleet) ?? [.. description.Fleet.Hosts.Keys];
        var leftOut = LoadedFleet.LeftOutOf(description.Fleet, selected);
        var sources = selected.Concat(leftOut).ToDictionary(h => h, h => description.Systems[h]);

        var systems = sources.Where(s => s.Value.Toplevel is not null).ToImmutableDictionary(s => s.Key, s => new SystemBuild(s.Value.Toplevel!, null)).ToBuilder();
        var failures = ImmutableDictionary.CreateBuilder<HostName, Problem>();
        var installables = sources.Where(s => s.Value.Installable is not null).ToDictionary(s => s.Key, s => Installable.Parse(s.Value.Installable!));
        foreach (var (host, result) in await EvaluateAsync(installables, cancellationToken).ConfigureAwait(false))
        {
            var (system, error) = Systems.Read(result.Value, result.Error);
            if (system is not null)
            {
                systems[host] = system;
            }
            else
            {
                failures[host] = Systems.Failure(host, error, null);
            }
        }

        foreach (var (host, test) in await TestsAsync(sources, cancellationToken).ConfigureAwait(false))
        {
            if (test.Test is null)
            {
                failures.TryAdd(host, new Problem("ND0304", $"{host}: its test {sources[host].Test} does not evaluate: {test.Error?.Message ?? "it is no derivation"}"));
                systems.Remove(host);
            }
            else if (systems.TryGetValue(host, out var system))
            {
                systems[host] = system with { Test = test.Test };
            }
        }

        return new LoadedFleet(description.Fleet, selected, systems.ToImmutable(), failures.ToImmutable(), [.. description.Warnings, .. nix.Warnings.Select(w => $"Nix: {w}")]) { NotSelected = leftOut };
    }

    /// <summary>Results that are there already, or what builds them.</summary>
    private async Task<Dictionary<HostName, (TestBuild? Test, NixException? Error)>> TestsAsync(
        Dictionary<HostName, SystemSource> sources, CancellationToken cancellationToken)
    {
        var said = sources.Where(s => s.Value.Test is not null).ToDictionary(s => s.Key, s => s.Value.Test!);
        var tests = said.Where(s => !Installable.IsOne(s.Value)).ToDictionary(s => s.Key, s => ((TestBuild?)new TestBuild(StorePath.Parse(s.Value), null), (NixException?)null));
        var built = said.Where(s => Installable.IsOne(s.Value)).ToDictionary(s => s.Key, s => Installable.Parse(s.Value));
        foreach (var (host, result) in await EvaluateAsync(built, cancellationToken).ConfigureAwait(false))
        {
            tests[host] = Systems.ReadTest(result.Value, result.Error);
        }

        return tests;
    }

    /// <summary>One evaluation for each flake and set in it, whichever hosts it serves.</summary>
    private async Task<IEnumerable<KeyValuePair<HostName, Evaluated>>> EvaluateAsync(Dictionary<HostName, Installable> installables, CancellationToken cancellationToken)
    {
        if (installables.Count == 0)
        {
            return [];
        }

        await nix.CheckVersionAsync(cancellationToken).ConfigureAwait(false);
        var all = new List<KeyValuePair<HostName, Evaluated>>();
        foreach (var group in installables.GroupBy(i => (i.Value.Flake, i.Value.First), i => i.Key))
        {
            var flake = FlakeReference.OfInstallable(group.Key.Flake, folder);
            all.AddRange(await Evaluation.RunAsync(
                [.. group.Order()],
                (chunk, ct) => nix.EvaluateAsync(
                    [
                        "--no-write-lock-file", $"{flake.Reference}#{group.Key.First}",
                        "--apply", $"{NixExpressions.Installables} [ {string.Join(' ', chunk.Select(h => NixText.List(installables[h].Rest)))} ]",
                    ],
                    flake.WorkingFolder,
                    ct),
                options.Evaluators,
                cancellationToken).ConfigureAwait(false));
        }

        return all;
    }
}
