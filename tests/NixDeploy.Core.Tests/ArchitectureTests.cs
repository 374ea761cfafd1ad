using System.Text.RegularExpressions;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using ArchUnitNET.NUnit;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace NixDeploy.Tests;

/// <summary>Each folder of the library is one namespace with one idea, and imports run one way. <c>docs/architecture.md</c> describes the rooms.</summary>
[TestFixture]
internal sealed partial class ArchitectureTests
{
    private static readonly ArchUnitNET.Domain.Architecture Core = new ArchLoader().LoadAssembly(typeof(DeploymentCoordinator).Assembly).Build();

    private static readonly string[] Fleets = ["Fleets"];
    private static readonly string[] FleetFiles = [.. Fleets, "Fleets.Description", "Fleets.Selection"];
    private static readonly string[] Planning = [.. Fleets, "Topology", "Changes", "Planning", "Planning.Strategies"];
    private static readonly string[] Hosts = [.. Fleets, "Changes", "HostProtocol"];
    private static readonly string[] Checks = [.. Hosts, "Hosts", "Health"];

    /// <summary>Each room with the rooms that it may know. A room that is not listed may not exist.</summary>
    private static readonly Dictionary<string, string[]> MayKnow = new(StringComparer.Ordinal)
    {
        // What is planned: pure data and functions.
        ["Fleets"] = ["Fleets.Description"],
        ["Fleets.Description"] = Fleets,
        ["Fleets.Selection"] = Fleets,
        ["Topology"] = Fleets,
        ["Changes"] = Fleets,
        ["Planning"] = Planning,
        ["Planning.Strategies"] = Planning,
        ["Events"] = [.. Planning, "HostProtocol"],
        ["Scheduling"] = [.. Planning, "Events", "HostProtocol"],

        // What touches the world: Nix, hosts, and the two together.
        ["HostProtocol"] = [.. Fleets, "Changes"],
        ["Nix"] = [.. FleetFiles, "Changes", "HostProtocol"],
        ["Hosts"] = [.. Hosts, "Hosts.Shell", "Hosts.Ssh", "Hosts.OpenSsh", "Hosts.Local"],
        ["Hosts.Shell"] = Hosts,
        ["Hosts.Ssh"] = [.. Hosts, "Hosts.Shell"],
        ["Hosts.OpenSsh"] = [.. Hosts, "Hosts.Shell", "Hosts.Ssh"],
        ["Hosts.Local"] = [.. Hosts, "Hosts.Shell"],
        ["Health"] = [.. Hosts, "Fleets.Description", "Hosts"],
        ["Survey"] = [.. Planning, .. FleetFiles, .. Checks, "Nix"],
        ["Execution"] = [.. Planning, .. Checks, "Events", "Scheduling", "Nix", "Execution.HostSteps"],
        ["Execution.HostSteps"] = [.. Planning, .. Checks, "Events", "Scheduling"],

        // What is kept and told of a run.
        ["Journal"] = [.. Planning, "Events"],
        ["Reporting.Model"] = [.. Planning, "Events"],
        ["Reporting.Plans"] = [.. Planning, "Reporting.Model"],
        ["Reporting.Runs"] = [.. Planning, "HostProtocol", "Events", "Journal", "Reporting.Model", "Reporting.Plans"],

        // What puts a run together.
        ["Runs"] =
        [
            .. Planning, .. Checks, "Events", "Scheduling", "Nix", "Survey", "Execution", "Execution.HostSteps", "Journal",
            "Reporting.Model", "Reporting.Plans", "Reporting.Runs",
        ],
    };

    /// <summary>What rooms may know of the public front: the request, exit codes, and errors as exceptions and as data.</summary>
    private static readonly string[] Everywhere =
    [
        nameof(DeploymentRequest), nameof(ExitCodes), nameof(Problem), nameof(UnitFailure), nameof(NixDeployException), nameof(UsageException), nameof(FleetException),
        nameof(NixException), nameof(HostException), nameof(StateException),
    ];

    public static IEnumerable<string> Rooms => MayKnow.Keys;

    private static string Repository { get; } = FindRepository();

    private static string Source { get; } = Path.Combine(Repository, "src", "NixDeploy.Core");

    private static string Tests { get; } = Path.Combine(Repository, "tests", "NixDeploy.Core.Tests");

    [TestCaseSource(nameof(Rooms))]
    public void A_room_knows_only_the_rooms_below_it(string room)
    {
        foreach (var other in MayKnow.Keys.Except(MayKnow[room]).Where(o => o != room))
        {
            IArchRule rule = Types().That().ResideInNamespace($"NixDeploy.{room}")
                .Should().NotDependOnAny(Types().That().ResideInNamespace($"NixDeploy.{other}"))
                .WithoutRequiringPositiveResults();
            rule.Check(Core);
        }
    }

    [Test]
    public void Rooms_know_nothing_of_the_public_front_but_requests_and_errors()
    {
        IArchRule rule = Types().That().ResideInNamespaceMatching(@"^NixDeploy\..+")
            .Should().NotDependOnAny(Types().That().ResideInNamespace("NixDeploy").And().DoNotHaveNameMatching($"^({string.Join('|', Everywhere)})$"));
        rule.Check(Core);
    }

    [Test]
    public void Imports_have_no_cycle_but_between_a_room_and_the_declarations_or_strategies_inside_it()
    {
        var left = MayKnow.ToDictionary(r => r.Key, r => r.Value.Except([r.Key, "Planning", "Planning.Strategies"]).Except(r.Key == "Fleets" ? ["Fleets.Description"] : []).ToHashSet());
        while (left.FirstOrDefault(r => r.Value.Count == 0).Key is { } ground)
        {
            left.Remove(ground);
            foreach (var known in left.Values)
            {
                known.Remove(ground);
            }
        }

        Assert.That(left.Keys, Is.Empty);
    }

    [Test]
    public void Every_folder_is_a_room_and_every_room_a_folder() =>
        Assert.That(FoldersOf(Source).Where(f => f.Length > 0).Select(f => f.Replace('/', '.')), Is.EquivalentTo(MayKnow.Keys));

    [Test]
    public void A_namespace_is_the_path_of_its_folder() => Assert.Multiple(() =>
    {
        AssertNamespaces(Source, "NixDeploy");
        AssertNamespaces(Tests, "NixDeploy.Tests");
    });

    [Test]
    public void Tests_mirror_the_folders_of_what_they_test() =>
        Assert.That(FoldersOf(Tests).Except(["Features", "Support"]), Is.SubsetOf(FoldersOf(Source)));

    [Test]
    public void No_file_of_Execution_is_over_250_lines() =>
        Assert.That(
            FilesOf(Path.Combine(Source, "Execution")).Select(f => (File: Path.GetRelativePath(Source, f), Lines: File.ReadLines(f).Count())).Where(f => f.Lines > 250),
            Is.Empty);

    [Test]
    public void The_architecture_page_describes_every_room()
    {
        var page = File.ReadAllText(Path.Combine(Repository, "docs", "architecture.md"));
        var described = TableRow().Matches(page).Select(m => m.Groups[1].Value.TrimEnd('/').Replace('/', '.'));
        Assert.That(described, Is.EquivalentTo(MayKnow.Keys));
    }

    [Test]
    public void The_architecture_page_names_files_that_exist()
    {
        var files = FilesOf(Path.Combine(Repository, "src")).Select(Path.GetFileName).ToHashSet(StringComparer.Ordinal);
        var page = File.ReadAllText(Path.Combine(Repository, "docs", "architecture.md"));
        Assert.That(FileName().Matches(page).Select(m => m.Groups[1].Value).Distinct().Where(f => !files.Contains(f)), Is.Empty);
    }

    [Test]
    public void Classes_are_sealed_static_or_abstract()
    {
        var open = typeof(DeploymentCoordinator).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsSealed: false, IsAbstract: false } && t.Namespace?.StartsWith("NixDeploy", StringComparison.Ordinal) == true);
        Assert.That(open, Is.Empty);
    }

    [Test]
    public void A_library_users_closure_has_no_terminal()
    {
        var closure = new HashSet<string>(StringComparer.Ordinal);
        Visit(typeof(DeploymentCoordinator).Assembly.GetName());
        Assert.That(closure, Has.Member("SSH.NET").Or.Member("Renci.SshNet"), "the closure was followed");
        Assert.That(closure.Where(n => n.StartsWith("Spectre.", StringComparison.Ordinal) || n.StartsWith("Cake.", StringComparison.Ordinal)), Is.Empty);

        void Visit(System.Reflection.AssemblyName name)
        {
            if (closure.Add(name.Name!) && !name.Name!.StartsWith("System.", StringComparison.Ordinal))
            {
                foreach (var next in System.Reflection.Assembly.Load(name).GetReferencedAssemblies())
                {
                    Visit(next);
                }
            }
        }
    }

    private static void AssertNamespaces(string root, string rootNamespace)
    {
        foreach (var file in FilesOf(root))
        {
            var folder = Path.GetRelativePath(root, Path.GetDirectoryName(file)!);
            var expected = folder == "." ? rootNamespace : $"{rootNamespace}.{folder.Replace(Path.DirectorySeparatorChar, '.')}";
            Assert.That(File.ReadLines(file).FirstOrDefault(l => l.StartsWith("namespace ", StringComparison.Ordinal)), Is.AnyOf($"namespace {expected};", null), file);
        }
    }

    /// <summary>Folders with C# files in them, relative, with slashes; the empty string is the root itself.</summary>
    private static IEnumerable<string> FoldersOf(string root) => FilesOf(root)
        .Select(f => Path.GetRelativePath(root, Path.GetDirectoryName(f)!).Replace(Path.DirectorySeparatorChar, '/'))
        .Select(f => f == "." ? "" : f)
        .Distinct();

    private static IEnumerable<string> FilesOf(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories);

    private static string FindRepository()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "DeploymentCoordinator.sln")))
        {
            at = at.Parent!;
        }

        return at.FullName;
    }

    /// <summary>A row of the page's table: <c>| `Folder/` | …</c>.</summary>
    [GeneratedRegex(@"^\| `([A-Za-z/]+)/` \|", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"`([A-Za-z]+\.cs)`")]
    private static partial Regex FileName();
}
