namespace NixDeploy.Labs.Tests;

/// <summary>A test on real hosts. Tests may leave hosts in any state: those who need a fresh one reset it.</summary>
public abstract class LabTest
{
    protected Lab Lab { get; private set; } = null!;

    protected static CancellationToken Ct => TestContext.CurrentContext.CancellationToken;

    [OneTimeSetUp]
    public async Task The_lab_is_up() => Lab = await SharedLab.GetAsync();

    /// <summary>Builds what a host should run after this change and brings it into the host's store.</summary>
    protected async Task<string> PrepareAsync(LabHost host, Func<LabSystem, LabSystem> change)
    {
        await Lab.ChangeAsync(host.Name, change, Ct);
        var system = (await Lab.BuildAsync([host.Name], Ct))[0];
        await host.ImportAsync(system, Ct);
        return system;
    }
}
