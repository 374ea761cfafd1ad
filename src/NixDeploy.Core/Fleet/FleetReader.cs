using System.Collections.Immutable;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets;

/// <summary>What fleet.json says: the fleet, and where each host's system comes from.</summary>
internal sealed record FleetDescription(Fleet Fleet, ImmutableSortedDictionary<HostName, SystemSource> Systems);

/// <summary>Where a host's system comes from: exactly one of the two is there.</summary>
/// <param name="Toplevel">A system that is built already.</param>
/// <param name="Installable">What to evaluate and build, such as <c>./fleet#nixosConfigurations.razer</c>.</param>
internal sealed record SystemSource(StorePath? Toplevel, string? Installable);

/// <summary>Reads the document of fleet.json.</summary>
internal static class FleetReader
{
    /// <summary>The fleet, or every complaint about its description at once.</summary>
    /// <param name="document">The document, with line numbers when it came from a file.</param>
    /// <param name="origin">What was read, as the user named it.</param>
    /// <param name="baseFolder">What relative paths of files are relative to.</param>
    /// <exception cref="FleetException"><c>ND0106</c>, <c>ND0108</c>.</exception>
    public static FleetDescription Read(JToken document, string origin, string baseFolder)
    {
        var complaints = new Complaints(origin);
        var reader = new HostReader(baseFolder, complaints);
        var hosts = ImmutableSortedDictionary.CreateBuilder<HostName, Host>();
        var systems = ImmutableSortedDictionary.CreateBuilder<HostName, SystemSource>();

        var root = SettingsObject.From(document, "", FleetVocabulary.Document, complaints);
        root?.String("$schema");
        var coordinator = root?.Object("deployment-coordinator", FleetVocabulary.Coordinator);
        var settings = CoordinatorReader.Read(coordinator);
        var named = root?.Class("hosts", "an object with a key per host", t => t as JObject);
        foreach (var property in named?.Properties() ?? [])
        {
            var path = SettingsObject.Join("hosts", property.Name);
            if (!HostName.TryParse(property.Name, out var name))
            {
                complaints.Add(property, $"{path} is not a host's name: letters, digits, '-', '_' and '.' are allowed, and it begins and ends with a letter, a digit or '_'.");
            }
            else if (property.Value.Type == JTokenType.Null)
            {
                complaints.Add(property.Value, $"{path} is null: expected an object of settings.");
            }
            else if (SettingsObject.From(property.Value, path, FleetVocabulary.Host, complaints) is { } host)
            {
                hosts[name] = reader.Read(name, host);
                systems[name] = System(host, hosts[name]);
            }
        }

        CoordinatorReader.CheckTags(coordinator, hosts.Values, complaints);
        complaints.ThrowIfAny();
        return hosts.Count > 0
            ? new FleetDescription(new Fleet(origin, settings, hosts.ToImmutable()), systems.ToImmutable())
            : throw new FleetException("ND0108", $"{origin} describes no host: it needs an object 'hosts' with a key per host.");
    }

    private static SystemSource System(SettingsObject settings, Host host)
    {
        var toplevel = settings.Class("toplevel", HostReader.StorePathExpected, t => StorePath.TryParse(SettingsObject.Words(t), out var path) ? path : null);
        var installable = settings.String("installable", "a flake and an attribute, such as './fleet#nixosConfigurations.web'", IsInstallable);
        var simulated = host.Target.Transport == FleetVocabulary.Simulated;
        switch (settings.Has("toplevel"), settings.Has("installable"))
        {
            case (true, true):
                settings.Complain("installable", $"{settings.Path} has both toplevel and installable: one of them is needed, the other is to go.");
                break;
            case (false, false):
                settings.Complain(null, $"{settings.Path} needs one of toplevel (a system that is built already) or installable (what to build).");
                break;
            case (false, true) when simulated:
                settings.Complain("installable", $"{settings.Path} is simulated and needs toplevel: nothing is built for a simulated host.");
                break;
        }

        return new SystemSource(toplevel, installable);
    }

    private static bool IsInstallable(string text) =>
        text.IndexOf('#', StringComparison.Ordinal) is > 0 and var hash && hash < text.Length - 1 && text[0] != '-' && !text.Any(char.IsControl);
}
