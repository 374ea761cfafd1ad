using System.Runtime.Versioning;
using Microsoft.Extensions.Time.Testing;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Planning;
using NixDeploy.Tests.Planning;

namespace NixDeploy.Tests.Journal;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StateFolderTests
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"nixdeploy-{Guid.NewGuid():N}");

    [TearDown]
    public void Remove()
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public async Task A_run_has_its_folder_for_the_owner_only()
    {
        var run = StateFolder.Open(path).Run("20250115-120000-1a2b");
        var plan = PlanGen.One();
        await run.CreateAsync(plan, default);
        Assert.That(run.Path, Is.EqualTo(Path.Combine(path, "runs", "20250115-120000-1a2b")));
        Assert.That(PlanJson.Read(await File.ReadAllTextAsync(run.Plan), run.Plan).Hash, Is.EqualTo(plan.Hash));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(path, ".gitignore")), Is.EqualTo("*\n"));
        Assert.That(Directory.Exists(run.GcRoots) && Directory.Exists(run.Logs), Is.True);
        Assert.That(
            Directory.GetDirectories(path, "*", SearchOption.AllDirectories).Append(path).Select(d => File.GetUnixFileMode(d)),
            Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(
            Directory.GetFiles(path, "*", SearchOption.AllDirectories).Select(f => File.GetUnixFileMode(f)),
            Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void Run_ids_sort_as_the_runs_began()
    {
        var time = new FakeTimeProvider(Chain.Noon);
        var first = StateFolder.NewRunId(time);
        time.Advance(TimeSpan.FromSeconds(1));
        var second = StateFolder.NewRunId(time);
        Assert.That(first, Does.Match("^20250115-120000-[0-9a-f]{4}$"));
        Assert.That(string.CompareOrdinal(first, second), Is.Negative);
    }

    [TestCase("")]
    [TestCase("../../etc")]
    [TestCase("a/b")]
    [TestCase(".")]
    [TestCase("a b")]
    public void What_leads_out_of_the_folder_is_no_run_id(string run) =>
        Assert.That(() => StateFolder.Open(path).Run(run), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0717"));

    [Test]
    public void Long_host_names_have_files_of_their_own()
    {
        var run = StateFolder.Open(path).Run("r");
        var (a, b) = (run.LogOf(HostName.Parse(new string('x', 252) + "a")), run.LogOf(HostName.Parse(new string('x', 252) + "b")));
        Assert.That(a, Is.Not.EqualTo(b));
        Assert.That(Path.GetFileName(a).Length, Is.LessThan(250));
        Assert.That(Path.GetFileName(run.LogOf(HostName.Parse("p620"))), Is.EqualTo("p620.log"));
    }

    [Test]
    public void A_folder_that_cannot_be_is_told()
    {
        File.WriteAllText(path, "");
        Assert.That(() => StateFolder.Open(Path.Combine(path, "x")), Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0713").And.Message.Contains("--state=FOLDER"));
        File.Delete(path);
    }
}
