using System.Collections.Immutable;
using Newtonsoft.Json.Linq;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Description;
using NixDeploy.Fleets.Selection;

namespace NixDeploy.Nix;

/// <summary>A fleet whose hosts are NixOS configurations: a flake's, or a Nix file's.</summary>
internal sealed class NixFleetSource(NixConfigurations configurations, NixOptions options) : IFleetSource
{
    /// <summary>Under which options the fleet's settings may be, in the order in which hosts.nix gives them.</summary>
    private static readonly string[] CoordinatorSpaces = ["gemini", "claude"];

    private readonly NixCommand nix = new(options);

    public string Origin => configurations.Origin;

    public async Task<LoadedFleet> LoadAsync(HostSelection? selection, CancellationToken cancellationToken)
    {
        await nix.CheckVersionAsync(cancellationToken).ConfigureAwait(false);
        var (names, notDeployed) = await NamesAsync(cancellationToken).ConfigureAwait(false);

        // Which hosts a role or tag selects is known only after the evaluation, and a second evaluation would cost more than all systems.
        var wanted = selection is { IsByName: true } ? selection.Select(configurations.Origin, names, notDeployed) : [.. names];
        var evaluated = await EvaluateAsync(names, wanted, cancellationToken).ConfigureAwait(false);
        var broken = evaluated.Where(e => e.Value.Error is not null).Select(e => e.Key).ToImmutableSortedSet();
        var settings = evaluated.Where(e => e.Value.Value is not null).ToDictionary(e => e.Key, e => e.Value.Value!);

        // Where the system does not evaluate, the settings mostly do, and they contain the dependencies.
        if (broken.Intersect(wanted) is { IsEmpty: false } again)
        {
            foreach (var (host, result) in await EvaluateAsync([.. again], [], cancellationToken).ConfigureAwait(false))
            {
                if (result.Value is not null)
                {
                    settings[host] = result.Value;
                }
            }
        }

        var (all, wrong, notices) = Read(names, settings);
        var fleet = Deployed(all with { NotDeployed = notDeployed }, settings);
        var selected = selection?.Select(fleet) ?? [.. fleet.Hosts.Keys];
        var leftOut = LoadedFleet.LeftOutOf(fleet, selected);

        // The dependencies of the named hosts are known only now: their systems are evaluated too.
        var systems = evaluated.Where(e => wanted.Contains(e.Key) || e.Value.Error is not null).ToDictionary();
        foreach (var (host, result) in await EvaluateSystemsAsync([.. selected.Union(leftOut).Except(systems.Keys)], cancellationToken).ConfigureAwait(false))
        {
            systems[host] = result;
        }

        var known = ImmutableDictionary.CreateBuilder<HostName, SystemBuild>();
        var failures = ImmutableDictionary.CreateBuilder<HostName, Problem>();
        foreach (var host in selected.Union(leftOut))
        {
            if (wrong.GetValueOrDefault(host) is { } problem)
            {
                failures[host] = problem;
            }
            else if (Systems.Read(systems[host].Value?["system"], systems[host].Error) is var (system, error) && system is not null)
            {
                known[host] = system;
            }
            else
            {
                failures[host] = Systems.Failure(host, error, configurations.Explain(host.Value));
            }
        }

        var failed = systems.Where(e => e.Value.Error is not null && fleet.Hosts.ContainsKey(e.Key)).Select(e => e.Key).ToImmutableSortedSet();
        return new LoadedFleet(
            fleet,
            selected,
            known.ToImmutable(),
            failures.ToImmutable(),
            [.. notices, .. nix.Warnings.Select(w => $"Nix: {w}"), .. notDeployed.Select(n => $"nixosConfigurations.{Text.Quote(n.Key)} is not deployed: {n.Value}."), .. Warnings(fleet, selected, failed.Except(selected), byWord: selection is { IsByName: false }, systems)])
        {
            NotSelected = leftOut,
            Undescribed = [.. fleet.Hosts.Keys.Where(n => !settings.ContainsKey(n) || wrong.ContainsKey(n))],
        };
    }

    /// <summary>The fleet without what is not deployed: by a host's or the fleet's settings, and what has no system at all.</summary>
    private Fleet Deployed(Fleet all, Dictionary<HostName, JToken> settings)
    {
        var bare = all.Hosts.Keys.Where(n => settings.TryGetValue(n, out var said) && said.Value<bool?>("isSystem") == false).ToList();
        var fleet = Omissions.Apply(all with
        {
            Hosts = all.Hosts.RemoveRange(bare),
            NotDeployed = all.NotDeployed.SetItems(bare.Select(n => KeyValuePair.Create(n.Value, "it has no config.system.build.toplevel"))),
        });
        return fleet.Hosts.Count > 0 ? fleet
            : throw new FleetException("ND0108", $"{configurations.Origin} describes no host that is deployed: {string.Join("; ", fleet.NotDeployed.Take(10).Select(n => $"{Text.Quote(n.Key)}: {n.Value}"))}.");
    }

    private async Task<IEnumerable<KeyValuePair<HostName, Evaluated>>> EvaluateSystemsAsync(ImmutableArray<HostName> hosts, CancellationToken cancellationToken) =>
        hosts.IsEmpty ? [] : await EvaluateAsync(hosts, [.. hosts], cancellationToken).ConfigureAwait(false);

    /// <summary>The configurations that can be hosts, and those that cannot because of their names.</summary>
    private async Task<(ImmutableArray<HostName> Hosts, ImmutableSortedDictionary<string, string> Others)> NamesAsync(CancellationToken cancellationToken)
    {
        var hosts = ImmutableArray.CreateBuilder<HostName>();
        var others = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var text in (await configurations.ApplyAsync(nix, NixExpressions.Names, cancellationToken).ConfigureAwait(false)).Values<string>())
        {
            if (HostName.TryParse(text, out var name))
            {
                hosts.Add(name);
            }
            else
            {
                others[text ?? ""] = "it is not a host's name: letters, digits, '-', '_' and '.' are allowed, and it begins and ends with a letter, a digit or '_'";
            }
        }

        return hosts.Count > 0 || others.Count > 0 ? (hosts.ToImmutable(), others.ToImmutable())
            : throw new FleetException("ND0108", $"{configurations.Origin} describes no host: its nixosConfigurations are empty.");
    }

    private Task<IReadOnlyDictionary<HostName, Evaluated>> EvaluateAsync(
        ImmutableArray<HostName> names, ImmutableSortedSet<HostName> systems, CancellationToken cancellationToken) =>
        Evaluation.RunAsync(
            names,
            (chunk, ct) => configurations.ApplyAsync(nix, $"{NixExpressions.Hosts} {{ names = {List(chunk)}; systems = {List(chunk.Where(systems.Contains))}; }}", ct),
            options.Evaluators,
            cancellationToken);

    private static string List(IEnumerable<HostName> names) => NixText.List(names.Select(n => n.Value));

    /// <summary>All hosts, what is wrong with the settings of some of them, and what people should know. Settings of the whole fleet that are wrong are nobody's alone.</summary>
    private (Fleet Fleet, Dictionary<HostName, Problem> Wrong, ImmutableArray<string> Notices) Read(ImmutableArray<HostName> names, Dictionary<HostName, JToken> settings)
    {
        var (ofHosts, ofFleet) = (new Complaints(configurations.Origin), new Complaints(configurations.Origin));
        var reader = new HostReader(configurations.BaseFolder);
        var hosts = ImmutableSortedDictionary.CreateBuilder<HostName, Host>();
        var wrong = new Dictionary<HostName, Problem>();
        var said = new List<SettingsMerge.Said>();
        var coordinators = new List<SettingsObject?>();
        foreach (var name in names)
        {
            var config = $"{SettingsObject.Join("nixosConfigurations", name.Value)}.config";
            var value = settings.GetValueOrDefault(name);
            hosts[name] = reader.Read(name, Settings.Host.Read(SettingsObject.From(value?["deployment"], $"{config}.claude.deployment", Settings.Host, ofHosts)), value?["deployment"]);
            if (ofHosts.Take() is { } problem)
            {
                wrong[name] = problem;
            }

            foreach (var (space, coordinator) in CoordinatorSpaces.Zip(value?["coordinators"] ?? new JArray()))
            {
                coordinators.Add(SettingsObject.From(coordinator, $"{config}.{space}.deployment-coordinator", Settings.Fleet, ofFleet));
                said.Add(new SettingsMerge.Said(name, $"{space}.deployment-coordinator", Settings.Fleet.Read(coordinators[^1])));
            }
        }

        // A host that does not evaluate at all, or whose settings are wrong, may have the very tag.
        foreach (var coordinator in settings.Count == names.Length && wrong.Count == 0 ? coordinators : [])
        {
            UsedTags.Check(coordinator, hosts.Values, ofFleet);
        }

        ofFleet.ThrowIfAny();
        return (new Fleet(configurations.Origin, SettingsMerge.Merge(configurations.Origin, said), hosts.ToImmutable()), wrong, [.. ofHosts.Notices, .. ofFleet.Notices]);
    }

    /// <summary>Warnings that do not stop a deployment.</summary>
    private static IEnumerable<string> Warnings(
        Fleet fleet, ImmutableSortedSet<HostName> selected, ImmutableSortedSet<HostName> broken, bool byWord, Dictionary<HostName, Evaluated> evaluated)
    {
        foreach (var host in broken)
        {
            var message = Systems.Failure(host, evaluated[host].Error, null).Message;
            var waiting = selected.Where(s => fleet.Hosts[s].Dependencies.Contains(host)).ToList();
            if (waiting.Count > 0)
            {
                yield return $"{message} ({string.Join(", ", waiting)} {(waiting.Count == 1 ? "depends" : "depend")} on it.)";
            }
            else if (byWord)
            {
                yield return $"{message} (Whether it was meant cannot be told: its role and tags are not known.)";
            }
        }

        foreach (var host in selected.Select(s => fleet.Hosts[s]).Where(h => h.Target.IdentityFile?.StartsWith("/nix/store/", StringComparison.Ordinal) == true))
        {
            yield return $"{host.Name}: its identity-file is in the Nix store, which everybody can read: write the path as a text, \"./key\", not as a path, ./key.";
        }
    }
}
