using System.Collections.Immutable;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>What fleet.json says: the fleet, and where each host's system comes from.</summary>
internal sealed record FleetDescription(Fleet Fleet, ImmutableSortedDictionary<HostName, SystemSource> Systems)
{
    /// <summary>What people should know although it stops nothing.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];
}

/// <summary>Where a host's system comes from: exactly one of the two is there.</summary>
/// <param name="Toplevel">A system that is built already.</param>
/// <param name="Installable">What to evaluate and build, such as <c>./fleet#nixosConfigurations.razer</c>.</param>
internal sealed record SystemSource(StorePath? Toplevel, string? Installable)
{
    /// <summary>What tests it in isolation: an installable to build, or the store path of a result; <see langword="null"/>: nothing does.</summary>
    public string? Test { get; init; }
}

/// <summary>Reads the document of fleet.json.</summary>
/// <param name="origin">What is read, as the user named it.</param>
/// <param name="baseFolder">What relative paths of files are relative to.</param>
internal sealed class FleetReader(string origin, string baseFolder)
{
    /// <summary>Where the hosts are in the document.</summary>
    public const string HostsKey = "hosts";

    /// <summary>The document's keys; <c>$schema</c> is for editors.</summary>
    private static readonly ImmutableArray<string> Keys = ["$schema", "deployment-coordinator", HostsKey];

    private static readonly SettingKind<JObject> HostsKind = new() { Expected = "an object with a key per host", Schema = [], ReadJson = (token, _, _) => token as JObject };

    private readonly ImmutableSortedDictionary<HostName, Host>.Builder hosts = ImmutableSortedDictionary.CreateBuilder<HostName, Host>();
    private readonly ImmutableSortedDictionary<HostName, SystemSource>.Builder systems = ImmutableSortedDictionary.CreateBuilder<HostName, SystemSource>();
    private readonly Complaints complaints = new(origin);
    private readonly HostReader reader = new(baseFolder);

    /// <summary>Reads one host. Nothing of the property is kept, so that a large fleet need not be in memory as JSON.</summary>
    public void Add(JProperty property)
    {
        var path = SettingsObject.Join(HostsKey, property.Name);
        if (!HostName.TryParse(property.Name, out var name))
        {
            complaints.Add(property, $"{path} is not a host's name: letters, digits, '-', '_' and '.' are allowed, and it begins and ends with a letter, a digit or '_'.");
        }
        else if (property.Value.Type == JTokenType.Null)
        {
            complaints.Add(property.Value, $"{path} is null: expected an object of settings.");
        }
        else if (SettingsObject.From(property.Value, path, Settings.HostAndSystem, complaints) is { } settings)
        {
            var given = Settings.HostAndSystem.Read(settings);
            var host = reader.Read(name, given);
            hosts[name] = host;
            systems[name] = System(settings, host, given);
        }
    }

    /// <summary>The fleet, or every complaint about its description at once.</summary>
    /// <param name="document">The document, with those hosts in it that have not been added.</param>
    /// <exception cref="FleetException"><c>ND0106</c>, <c>ND0108</c>.</exception>
    public FleetDescription Finish(JToken document)
    {
        var root = SettingsObject.From(document, "", Keys, ImmutableDictionary<string, string>.Empty, complaints);
        root?.Read("$schema", Kind.String("a text", null));
        var coordinator = root?.Object("deployment-coordinator", Settings.Fleet);
        var settings = new FleetSettings { Values = Settings.Fleet.Read(coordinator) };
        foreach (var property in (root?.Read(HostsKey, HostsKind) as JObject)?.Properties() ?? [])
        {
            Add(property);
        }

        UsedTags.Check(coordinator, hosts.Values, complaints);
        complaints.ThrowIfAny();
        return hosts.Count > 0
            ? new FleetDescription(new Fleet(origin, settings, hosts.ToImmutable()), systems.ToImmutable()) { Warnings = complaints.Notices }
            : throw new FleetException("ND0108", $"{origin} describes no host: it needs an object 'hosts' with a key per host.");
    }

    private static SystemSource System(SettingsObject settings, Host host, SettingValues given)
    {
        switch (settings.Has("toplevel"), settings.Has("installable"))
        {
            case (true, true):
                settings.Complain("installable", $"{settings.Path} has both toplevel and installable: keep one.");
                break;
            case (false, false):
                settings.Complain(null, $"{settings.Path} needs one of toplevel (a system that is built already) or installable (what to build).");
                break;
            case (false, true) when host.Target.IsSimulated:
                settings.Complain("installable", $"{settings.Path} is simulated and needs toplevel: nothing is built for a simulated host.");
                break;
        }

        return new SystemSource(given.Get(Settings.Toplevel), given.Get(Settings.Installable)) { Test = given.Get(Settings.Test) };
    }
}
