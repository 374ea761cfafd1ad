using Microsoft.Extensions.Time.Testing;
using NixDeploy.Contracts;

namespace NixDeploy.Testing.Tests;

/// <summary>Simulated hosts do what real ones do, in memory and with a folder to remember in.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class SimulatedSessionTests(bool remembers) : HostSessionContract
{
    private readonly FakeTimeProvider time = new();
    private string? folder;

    protected override Task<ContractHost> ArrangeAsync()
    {
        folder = remembers ? Directory.CreateTempSubdirectory("nixdeploy-test-").FullName : null;
        var fleet = new SimulatedFleet(time, folder).Add("web1");
        var failing = SimulatedSystem.Path("web1-failing");
        fleet.Transport.Describe(failing, new SimulatedSystem { FailToStart = ["web.service"] });
        return Task.FromResult(new ContractHost(fleet.Transport, fleet["web1"].Description, fleet.Transport.Store)
        {
            Good1 = SimulatedSystem.Path("web1-good1"),
            Good2 = SimulatedSystem.Path("web1-good2"),
            Failing = failing,
            FailingUnit = "web.service",
            GoodUnit = "web.service",
        });
    }

    protected override Task PassAsync(TimeSpan time)
    {
        this.time.Advance(time);
        return Task.CompletedTask;
    }

    [TearDown]
    public void DeleteFolder()
    {
        if (folder is not null)
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
