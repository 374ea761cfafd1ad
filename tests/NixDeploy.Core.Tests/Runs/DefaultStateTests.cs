using NixDeploy.Journal;
using NixDeploy.Runs;

namespace NixDeploy.Tests.Runs;

/// <summary>Where the state of a fleet is when nobody names a folder.</summary>
internal sealed class DefaultStateTests
{
    private TestFolder home = null!;
    private TestFolder work = null!;

    [SetUp]
    public void SetUp() => (home, work) = (new TestFolder(), new TestFolder("a fleet"));

    [TearDown]
    public void TearDown()
    {
        home.Dispose();
        work.Dispose();
    }

    private string Former => Path.Combine(work.FullName, ".nixdeploy");

    [Test]
    public void Each_fleet_has_a_folder_of_its_own_wherever_it_is_named_from()
    {
        work.Write("flake.nix", "");
        work.Write("other.json", "");
        var here = Use(".", work.FullName);
        Assert.That(here.Notice, Is.Null);
        Assert.That(Path.GetDirectoryName(here.Folder), Is.EqualTo(Path.Combine(home.FullName, "nixdeploy")));
        Assert.That(Use(work.FullName, "/"), Is.EqualTo(here));
        Assert.That(Use($"path:{work.FullName}", "/"), Is.EqualTo(here));
        Assert.That(Use("other.json", work.FullName).Folder, Is.Not.EqualTo(here.Folder));
        Assert.That(Use("github:owner/fleet", "/").Folder, Is.EqualTo(Use("github:owner/fleet", work.FullName).Folder).And.Not.EqualTo(here.Folder));
    }

    [TestCase("fleet.json")]
    [TestCase("hosts.nix")]
    [TestCase(".git/HEAD")]
    public void A_folder_of_an_earlier_version_is_used_where_Nix_does_not_copy_it(string file)
    {
        work.Write(file.StartsWith(".git", StringComparison.Ordinal) ? "flake.nix" : file, "");
        Directory.CreateDirectory(Path.Combine(work.FullName, ".git"));
        Filled();
        Assert.That(Use(".", work.FullName), Is.EqualTo((Former, (string?)null)));
    }

    [Test]
    public void One_in_the_source_of_a_flake_is_moved_once_with_all_that_is_in_it([Values(".", "path:.")] string fleet)
    {
        work.Write("flake.nix", "");
        Filled();
        var (folder, notice) = Use(fleet, work.FullName);
        Assert.That(notice, Does.Contain(Former).And.Contain(folder));
        Assert.That(Directory.Exists(Former), Is.False);
        Assert.That(File.ReadAllText(Path.Combine(folder, "runs", "r", "plan.json")), Is.EqualTo("plan"));
        Assert.That(File.ResolveLinkTarget(Path.Combine(folder, "runs", "r", "root"), returnFinalTarget: false)!.FullName, Is.EqualTo("/nix/store/x"));
        Assert.That(Use(fleet, work.FullName), Is.EqualTo((folder, (string?)null)));
    }

    [Test]
    public async Task Of_several_processes_one_moves_it_and_all_use_the_same()
    {
        work.Write("flake.nix", "");
        Filled();
        var used = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Use(".", work.FullName))));
        Assert.That(used.Select(u => u.Folder).Distinct().Count(), Is.EqualTo(1));
        Assert.That(used.Count(u => u.Notice is not null), Is.EqualTo(1));
        Assert.That(File.Exists(Path.Combine(used[0].Folder, "journal.db")), Is.True);
    }

    [Test]
    public void It_stays_while_a_run_uses_it()
    {
        work.Write("flake.nix", "");
        Filled();
        using (ControllerLock.Take(StateFolder.Open(Former).Run("r")))
        {
            var (folder, notice) = Use(".", work.FullName);
            Assert.That((folder, notice is null), Is.EqualTo((Former, false)));
        }

        Assert.That(Use(".", work.FullName).Folder, Is.Not.EqualTo(Former));
    }

    [Test]
    public void A_journal_that_is_there_already_is_never_replaced()
    {
        work.Write("flake.nix", "");
        Filled();
        var (folder, _) = Use(".", work.FullName);
        File.WriteAllText(Path.Combine(folder, "journal.db"), "newer");
        Filled();
        var (again, notice) = Use(".", work.FullName);
        Assert.That((again, notice is null), Is.EqualTo((folder, false)));
        Assert.That(File.ReadAllText(Path.Combine(folder, "journal.db")), Is.EqualTo("newer"));
        Assert.That(File.Exists(Path.Combine(Former, "journal.db")), Is.True);
    }

    private (string Folder, string? Notice) Use(string fleet, string folder) => DefaultState.Use(fleet, folder, home.FullName);

    private void Filled()
    {
        var run = Directory.CreateDirectory(Path.Combine(Former, "runs", "r")).FullName;
        File.WriteAllText(Path.Combine(Former, "journal.db"), "journal");
        File.WriteAllText(Path.Combine(run, "plan.json"), "plan");
        File.Delete(Path.Combine(run, "root"));
        File.CreateSymbolicLink(Path.Combine(run, "root"), "/nix/store/x");
    }
}
