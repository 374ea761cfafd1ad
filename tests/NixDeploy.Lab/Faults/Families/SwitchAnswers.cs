using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>Every way in which switch-to-configuration can end.</summary>
internal static class SwitchAnswers
{
    private const string Family = "exit-codes";

    public static IEnumerable<Fault> All =>
    [
        .. new[] { 1, 2, 3, 4, 11 }.Select(code => Answering($"it answers {code}", new LabFaults { Answer = code }, new Ending(Old))),
        Answering("it answers 100", new LabFaults { Answer = 100 }, new Ending(Old, "reboot") { ByGuard = false }),
        Answering("it refuses as an inhibitor does", new LabFaults { Inhibited = true }, new Ending(Old, "reboot") { ByGuard = false }),
        Answering("it dies half way", new LabFaults { HalfWay = true }, new Ending(Old)),
        Answering("it is killed by a signal", new LabFaults { Activation = "kill -KILL $LAB_SWITCH_PID; sleep 1" }, new Ending(Old)),
        Answering("the boot loader cannot be installed", new LabFaults { AnswerBoot = 1 }, new Ending(Old, "bootloader")),
    ];

    private static Fault Answering(string name, LabFaults faults, Ending end) => new(Family, name, end, scene =>
    {
        scene.Change(scene.Host, system => system with { Faults = faults });
        return scene.DeployAsync();
    });
}
