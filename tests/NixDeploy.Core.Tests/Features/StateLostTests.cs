using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Testing;
using NixDeploy.Tests.Journal;

namespace NixDeploy.Tests.Features;

/// <summary>Runs whose journal cannot be written any more, and runs that are cancelled from elsewhere or lose their lease.</summary>
internal sealed class StateLostTests : FourHosts
{
    [Test]
    public async Task A_journal_that_fails_in_mid_run_is_exit_code_4_and_names_the_hosts_in_flight()
    {
        var error = await FailAsync(e => e is CommitStarted { Host.Value: "samsung" });
        Assert.That(error, Is.TypeOf<StateLostException>());
        Assert.That(((StateLostException)error).InFlight, Does.Contain(HostName.Parse("samsung")));
        Assert.That((ExitCodes.Of(error), ((StateException)error.InnerException!).Code), Is.EqualTo((ExitCodes.ManualInterventionRequired, "ND0714")));
        Assert.That(error.Message, Does.Contain("samsung"));
    }

    [Test]
    public async Task A_journal_that_fails_at_the_first_append_is_refused_with_nothing_begun()
    {
        var error = await FailAsync(e => e is RunStarted);
        Assert.That(error, Is.TypeOf<StateException>().With.Property("Code").EqualTo("ND0714"));
        Assert.That(ExitCodes.Of(error), Is.EqualTo(ExitCodes.Refused));
    }

    [Test]
    public async Task A_run_is_cancelled_from_another_process()
    {
        await using var coordinator = Create(o => o);
        await using var other = Create(o => o);
        var run = await coordinator.StartAsync(await coordinator.PlanAsync(new DeploymentRequest { Strategy = "canary", CanaryTag = "first", Bake = TimeSpan.FromMinutes(10) }, default), default);
        var cancelled = "";
        await foreach (var happened in run.EventsAsync(0))
        {
            if (happened.Event is BakeStarted)
            {
                cancelled = await other.CancelAsync(null, "me", "");
            }
        }

        var result = await run.Completion;
        Assert.That((result.Outcome, cancelled), Is.EqualTo((RunOutcome.Cancelled, run.Id)));
        Assert.That(async () => await other.CancelAsync(run.Id, "me", ""), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0616"));
    }

    [Test]
    public async Task A_run_that_loses_its_lease_starts_no_further_host_and_says_so()
    {
        using var lost = new CancellationTokenSource();
        await using var coordinator = Create(o => o with { Leases = new LosingLeases(lost.Token) });
        var run = await coordinator.StartAsync(await coordinator.PlanAsync(new DeploymentRequest { Strategy = "canary", CanaryTag = "first", Bake = TimeSpan.FromMinutes(10) }, default), default);
        await foreach (var happened in run.EventsAsync(0))
        {
            if (happened.Event is BakeStarted)
            {
                await lost.CancelAsync();
            }
        }

        var result = await run.Completion;
        Assert.That(result.Outcome, Is.EqualTo(RunOutcome.Cancelled));
        Assert.That(result.Warnings.Select(w => w.Code), Is.EqualTo(["ND0643"]));
    }

    [Test]
    public async Task Each_run_links_to_the_one_before_and_says_who_started_it()
    {
        var first = await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        await DeployAsync(new DeploymentRequest { Hosts = "p620" });
        await using var store = await SqliteStore.OpenAsync(State, default);
        var runs = await store.RunsAsync(9, default);
        var started = (RunStarted)(await store.ReadAsync(runs[0].Run, 0, default).FirstAsync()).Event;
        Assert.That(started.Previous, Is.EqualTo(runs[1].Head).And.Property("Run").EqualTo(first.State.Run));
        Assert.That((started.StartedBy!.Machine, started.StartedBy.ProcessId), Is.EqualTo((Environment.MachineName, Environment.ProcessId)));
        Assert.That((await AuditChain.VerifyAsync(store)).Broken, Is.Empty);
    }

    private async Task<Exception> FailAsync(Func<DeploymentEvent, bool> full)
    {
        await using var coordinator = Create(o => o with { Stores = new FailingStores(State, full) });
        var run = await coordinator.StartAsync(await coordinator.PlanAsync(new DeploymentRequest(), default), default);
        return Assert.CatchAsync(async () => await run.Completion)!;
    }

    private DeploymentCoordinator Create(Func<NixDeployOptions, NixDeployOptions> change)
    {
        Fleet["hosts"]!["samsung"]!["tags"] = new Newtonsoft.Json.Linq.JArray("first");
        var file = Path.Combine(Folder, "fleet.json");
        File.WriteAllText(file, Fleet.ToString());
        return DeploymentCoordinator.Create(change(new NixDeployOptions { Fleet = file, StateFolder = State, Transports = [new SimulatedTransport(State, TimeProvider.System)] }));
    }

    private sealed class FailingStores(string folder, Func<DeploymentEvent, bool> full) : IDeploymentStoreProvider
    {
        private readonly SqliteStoreProvider inner = new(folder);

        public async Task<IDeploymentStore> OpenAsync(CancellationToken cancellationToken = default) => new FailingStore(await inner.OpenAsync(cancellationToken), full);

        public Task<IDeploymentStore?> OpenForReadingAsync(CancellationToken cancellationToken = default) => inner.OpenForReadingAsync(cancellationToken);
    }

    private sealed class LosingLeases(CancellationToken lost) : ILeaseProvider
    {
        public Task<IRunLease> AcquireAsync(string run, CancellationToken cancellationToken = default) => Task.FromResult<IRunLease>(new Losing(lost));

        public Task<IRunLease?> TakeOverAsync(string run, CancellationToken cancellationToken = default) => Task.FromResult<IRunLease?>(null);

        private sealed record Losing(CancellationToken Lost) : IRunLease
        {
            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
