namespace NixDeploy.Labs.Tests;

/// <summary>
/// A test on real hosts. Tests may leave hosts in any state: those who need a fresh one reset it. What they write to the fleet is undone.
/// </summary>
public abstract class LabTest
{
    protected Lab Lab { get; private set; } = null!;

    /// <summary>Cancelled when a test takes far too long, so that none can hang the run.</summary>
    protected CancellationToken Ct => deadline.Token;

    [OneTimeSetUp]
    public async Task A_lab_is_up() => Lab = await TakeAsync();

    [OneTimeTearDown]
    public void The_next_may_have_it() => Return(Lab);

    protected virtual Task<Lab> TakeAsync() => TestLabs.TakeAsync();

    protected virtual void Return(Lab? lab) => TestLabs.Return(lab);

    private readonly Dictionary<string, LabSystem> changed = [];
    private CancellationTokenSource deadline = new();

    [SetUp]
    public void The_clock_is_running() => deadline = new CancellationTokenSource(TimeSpan.FromMinutes(10));

    [TearDown]
    public void The_fleet_is_as_it_was()
    {
        deadline.Dispose();
        foreach (var (host, system) in changed)
        {
            Lab.Change(host, system);
        }

        changed.Clear();
    }

    /// <summary>Changes what a host should run, until this test ends.</summary>
    protected async Task ChangeAsync(string host, Func<LabSystem, LabSystem> change)
    {
        var system = await Lab.ReadSystemAsync(host, Ct);
        changed.TryAdd(host, system);
        Lab.Change(host, change(system));
    }

    /// <summary>Builds what a host should run after this change and brings it into the host's store.</summary>
    protected async Task<string> PrepareAsync(LabHost host, Func<LabSystem, LabSystem> change)
    {
        await ChangeAsync(host.Name, change);
        var system = (await Lab.BuildAsync([host.Name], Ct))[0];
        await host.ImportAsync(system, Ct);
        return system;
    }
}
