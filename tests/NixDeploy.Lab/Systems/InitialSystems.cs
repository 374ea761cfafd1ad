using System.Collections.Immutable;

namespace NixDeploy.Labs.Systems;

/// <summary>The hosts that a new lab has, and what they run at first.</summary>
internal static class InitialSystems
{
    private static readonly string[] FirstNames = ["p620", "p510", "razer", "samsung"];

    public static string NameOf(int index) => index < FirstNames.Length ? FirstNames[index] : $"host{index + 1}";

    /// <summary>What the fleet says at first.</summary>
    public static LabSystem Of(int index)
    {
        var server = index == 0;
        string[] services = server ? ["alertmanager", "grafana", "prometheus"] : ["node-exporter", "systemd-exporter"];
        return new LabSystem
        {
            Version = "1",
            Packages = Versions(("bash", "5.2"), ("hello", "2.12"), ("openssl", "3.4.0")),
            Units = services.ToImmutableSortedDictionary(name => name, name => new LabUnit { Exec = "exec sleep infinity" }),
            Deployment = new LabDeployment
            {
                Role = server ? "infrastructure" : "client",
                Dependencies = DependenciesOf(index),
                HealthChecks = [.. services.Select(LabDeployment.ServiceCheck)],
                CriticalServices = [services[^1]],
                Tags = ["lab"],
            },
        };
    }

    /// <summary>What a host ran when it left the factory: the same services, of an older system.</summary>
    public static LabSystem Factory(int index) =>
        Of(index) with { Version = "0", Packages = Versions(("bash", "5.2"), ("hello", "2.10"), ("nano", "8.2")) };

    // As in the specification: the next three depend on the first, and every second one of the others on the second.
    private static ImmutableArray<string> DependenciesOf(int index) => index switch
    {
        0 => [],
        < 4 => [NameOf(0)],
        _ when index % 2 == 0 => [NameOf(1)],
        _ => [],
    };

    private static ImmutableSortedDictionary<string, string> Versions(params (string Name, string Version)[] packages) =>
        packages.ToImmutableSortedDictionary(package => package.Name, package => package.Version);
}
