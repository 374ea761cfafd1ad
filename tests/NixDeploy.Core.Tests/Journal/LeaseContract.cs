using NixDeploy.Journal;

namespace NixDeploy.Tests.Journal;

/// <summary>What every provider of leases does.</summary>
public abstract class LeaseContract
{
    /// <summary>Opens the provider; a second call opens the same one once more, as another controller would.</summary>
    protected abstract ILeaseProvider Open();

    [Test]
    public async Task A_lease_is_held_by_one_until_it_is_released()
    {
        await using (var lease = await Open().AcquireAsync("run"))
        {
            Assert.That(() => Open().AcquireAsync("run"), Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0713"));
            Assert.That(await Open().TakeOverAsync("run"), Is.Null, "its controller lives");
            Assert.That(lease.Lost.IsCancellationRequested, Is.False);
            await (await Open().AcquireAsync("another")).DisposeAsync();
        }

        var taken = await Open().TakeOverAsync("run");
        Assert.That(taken, Is.Not.Null);
        Assert.That(await Open().TakeOverAsync("run"), Is.Null, "somebody has taken it over");
        await taken!.DisposeAsync();
    }

    [Test]
    public async Task A_lease_that_nobody_ever_held_cannot_be_taken_over() => Assert.That(await Open().TakeOverAsync("nobody"), Is.Null);
}

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FolderLeaseProviderTests : LeaseContract
{
    private readonly string path = Directory.CreateTempSubdirectory("nixdeploy-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(path, recursive: true);

    protected override ILeaseProvider Open() => new FolderLeaseProvider(path);
}
