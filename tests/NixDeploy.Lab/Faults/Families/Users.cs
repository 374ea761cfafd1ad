using Newtonsoft.Json.Linq;
using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>The whole flow as an ordinary user who becomes root by <c>sudo -n</c>.</summary>
internal static class Users
{
    private const string Family = "sudo";

    public static IEnumerable<Fault> All =>
    [
        .. new[] { "ssh.net", "openssh" }.SelectMany(transport => new[]
        {
            Deploying(transport, "a good system is committed", system => system, new Ending(New)),
            Deploying(
                transport, "a unit fails", system => system.WithUnit(system.Units.Keys.First(), "echo it broke; exit 3"), new Ending(Old, "it broke") { ByGuard = false }),
            Deploying(
                transport, "sshd is stopped and masked",
                system => system with { Faults = new LabFaults { Activation = "systemctl mask --runtime --now ssh.service" } }, new Ending(Old) { ByGuard = true }),
        }),
    ];

    private static Fault Deploying(string transport, string name, Func<LabSystem, LabSystem> change, Ending end) => new(Family, $"{name}, over {transport}", end, scene =>
    {
        var target = new JObject { ["user"] = "deployer", ["elevation"] = new JArray("sudo", "-n"), ["transport"] = transport };
        scene.Change(scene.Host, system => change(system) with { Deployment = system.Deployment with { Target = target } });
        return scene.DeployAsync();
    });
}
