using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Nix;
using NixDeploy.Survey;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Survey;

internal sealed class ChangeInspectorTests
{
    private static readonly StorePath Old = SystemPath("web-1");
    private static readonly StorePath New = SystemPath("web-2");
    private static readonly StorePath Mobile = SystemPath("web-2-mobile");
    private static readonly StorePath Package = StorePath.Parse($"/nix/store/{new string('a', 32)}-hello-2.12");

    private readonly SimulatedFleet fleet = new(new FakeTimeProvider());
    private CountingStore store = null!;

    [SetUp]
    public void Describe()
    {
        store = new CountingStore(fleet.Transport.Store);
        fleet.Transport.Describe(Old, Described(Old, "a.service", "1"));
        fleet.Transport.Describe(New, new SimulatedSystem
        {
            Contents = Described(New, "a.service", "2").Contents! with
            {
                Closure = ImmutableSortedDictionary<StorePath, long>.Empty.Add(New, 5).Add(Package, 7),
                Specialisations = ImmutableSortedDictionary<string, StorePath>.Empty.Add("mobile", Mobile),
            },
            DryActivation = new DryActivation { Restart = ["a.service"] },
        });
    }

    [Test]
    public async Task A_host_is_asked_once_and_a_system_is_read_once()
    {
        var changes = await CompareAsync(["c1", "c2", "c3"], Old, New);

        Assert.Multiple(() =>
        {
            Assert.That(changes.Values.Select(c => c.Problem), Is.All.Null);
            Assert.That(changes.Values.Select(c => c.Changes!.Packages.Single().Name), Is.All.EqualTo("hello"));
            Assert.That(changes.Values.Select(c => (c.Changes!.PathsToCopy, c.Changes.BytesToCopy)), Is.All.EqualTo((2, 12)));
            Assert.That(changes.Values.Select(c => c.Changes!.Units.Changed.Single()), Is.All.EqualTo("a.service"));
            Assert.That(changes.Values.Select(c => c.Changes!.DryActivation), Is.All.Null, "the host lacks the system");
            Assert.That(store.Read, Is.EquivalentTo(new[] { Old, New }));
            Assert.That(fleet.Transport.Steps.Count(s => s.Step == HostStep.Contents), Is.EqualTo(3));
            Assert.That(fleet.Transport.Steps.Count(s => s.Step == HostStep.Connect && s.Host.Value == "c1"), Is.EqualTo(1), "the connection of the first look is used again");
        });
    }

    [Test]
    public async Task What_the_host_says_is_completed_with_what_is_known_of_both_systems()
    {
        fleet.Transport.Describe(Mobile, new SimulatedSystem
        {
            Contents = Described(Mobile, "a.service", "3").Contents! with { Wanted = ["b.service"] },
            DryActivation = new DryActivation { Stop = ["a.service", "a.socket"], Start = ["a.socket"] },
        });
        Add("h1", Old);
        await using (var session = await fleet.Transport.ConnectAsync(fleet["h1"].Description, CancellationToken.None))
        {
            await session.ImportAsync((copy, token) => copy.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{Mobile}\n"), token).AsTask(), CancellationToken.None);
        }

        var dry = (await CompareAsync(["h1"], Old, Mobile)).Values.Single().Changes!.DryActivation!;

        Assert.That(dry.Stop, Is.Empty);
        Assert.That(dry.Restart, Is.EqualTo(new[] { "a.service", "a.socket" }));
        Assert.That(dry.Start, Is.EqualTo(new[] { "b.service" }));
    }

    [Test]
    public async Task Where_the_controller_lacks_the_old_system_the_host_describes_it()
    {
        store.Lacks.Add(Old);
        var changes = await CompareAsync(["d1"], Old, New);
        Assert.That(changes.Values.Single().Changes!.Packages.Single().Name, Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_target_that_was_not_built_is_not_comparable()
    {
        store.Lacks.Add(New);
        Assert.That((await CompareAsync(["e1"], Old, New)).Values.Single(), Is.EqualTo(HostChanges.NotComparable));
        Assert.That(fleet.Transport.Steps.Where(s => s.Host.Value == "e1").Select(s => s.Step), Has.None.EqualTo(HostStep.Contents));
    }

    [Test]
    public async Task A_host_that_is_lost_says_why()
    {
        Add("f1", Old);
        Add("f2", Old);
        foreach (var time in Enumerable.Range(1, 10))
        {
            fleet["f1"].FailAt(HostStep.Contents, SimulatedFault.LoseConnection, time);
        }

        var changes = await CompareAsync(["f1", "f2"], Old, New);
        Assert.That(changes[HostName.Parse("f1")].Problem?.Code, Is.EqualTo("ND0530"));
        Assert.That(changes[HostName.Parse("f2")].Changes, Is.Not.Null);
    }

    [Test]
    public async Task A_host_that_runs_a_specialisation_of_its_target_is_unchanged_when_it_boots_the_target()
    {
        var state = new NixDeploy.HostProtocol.HostState { CurrentSystem = Mobile, Generation = 2, Generations = [new(2, New)] };
        Add("g1", Old);
        var host = fleet["g1"].Description;
        var changes = await ChangeInspector.CompareAsync(
            Sessions(),
            [new ComparedHost(host, state, new SystemBuild(New, null)), new ComparedHost(host with { Name = HostName.Parse("g2") }, state with { Generations = [new(2, Old)] }, new SystemBuild(New, null))],
            _ => store,
            CancellationToken.None);
        Assert.That(changes[HostName.Parse("g1")].Unchanged, Is.True);
        Assert.That(changes[HostName.Parse("g2")].Unchanged, Is.False, "it would boot another one");
    }

    private void Add(string name, StorePath running)
    {
        if (fleet.ToFleet().Hosts.ContainsKey(HostName.Parse(name)))
        {
            return;
        }

        fleet.Add(name, h => h with { Simulation = new SimulationSettings { Running = running } });
    }

    private HostSessions Sessions() => new(_ => fleet.Transport);

    private async Task<ImmutableDictionary<HostName, HostChanges>> CompareAsync(string[] names, StorePath running, StorePath target)
    {
        Array.ForEach(names, name => Add(name, running));
        await using var sessions = Sessions();
        var (systems, failures) = (ImmutableDictionary<HostName, SystemBuild>.Empty, ImmutableDictionary<HostName, Problem>.Empty);
        var inspections = await FleetInspector.InspectAsync(sessions, new LoadedFleet(fleet.ToFleet(), [], systems, failures, []), names.Select(HostName.Parse), TimeProvider.System, CancellationToken.None);
        return await ChangeInspector.CompareAsync(
            sessions, [.. inspections.Select(i => new ComparedHost(i.Host, i.State!, new SystemBuild(target, null)))], _ => store, CancellationToken.None);
    }

    private static StorePath SystemPath(string name) => SimulatedSystem.Path(name);

    private static SimulatedSystem Described(StorePath path, string unit, string digest) => new()
    {
        Contents = new SystemContents(path) { Units = ImmutableSortedDictionary<string, string>.Empty.Add(unit, digest) },
    };

    /// <summary>The simulated store, which may lack systems and counts what is read.</summary>
    private sealed class CountingStore(ILocalStore inner) : ILocalStore
    {
        public Task<ImmutableDictionary<HostName, Problem>> DryRealiseAsync(ImmutableDictionary<HostName, SystemBuild> systems, CancellationToken cancellationToken) =>
            inner.DryRealiseAsync(systems, cancellationToken);

        public HashSet<StorePath> Lacks { get; } = [];

        public List<StorePath> Read { get; } = [];

        public Task<SystemContents?> ContentsAsync(StorePath system, CancellationToken cancellationToken)
        {
            lock (Read)
            {
                Read.Add(system);
            }

            return Lacks.Contains(system) ? Task.FromResult<SystemContents?>(null) : inner.ContentsAsync(system, cancellationToken);
        }

        public Task RealiseAsync(
            ImmutableDictionary<HostName, SystemBuild> systems, string? rootsFolder, Action<BuildResult> built, Action<HostName?, string> log, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<ImmutableArray<StorePath>> ClosureAsync(StorePath system, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ExportAsync(ImmutableArray<StorePath> paths, Stream destination, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
