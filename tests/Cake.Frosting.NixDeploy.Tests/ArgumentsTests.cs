using Cake.Core;
using NixDeploy;
using NixDeploy.Fleets;
using NixDeploy.Terminal;

namespace Cake.Frosting.NixDeploy.Tests;

[TestFixture]
public sealed class ArgumentsTests
{
    [Test]
    public void Every_argument_arrives_where_it_belongs()
    {
        var read = Read(
            "hosts=a,b", "include-dependencies", "parallel-limit=5", "copy-limit=6", "tag-limits=db:1,a:b:2", "canary=10%", "canary-tag=eu", "waves=1,10%,50%,100%", "bake=2.5",
            "approval=required", "approval-timeout=90", "yes", "run=20250115-153000-1a2b", "reason=not on a Friday",
            "max-failures=25%", "mode=boot", "reboot=if-needed", "details=false", "json=j", "graph=g.MMD", "markdown=m.md", "dry-run");
        Assert.Multiple(() =>
        {
            Assert.That(read.Request, Is.EqualTo(new DeploymentRequest
            {
                Hosts = "a,b",
                IncludeDependencies = true,
                Strategy = "canary",
                ParallelLimit = 5,
                CopyLimit = 6,
                TagLimits = read.Request.TagLimits,
                CanaryHosts = new HostShare(null, 10),
                CanaryTag = "eu",
                Waves = read.Request.Waves,
                Bake = TimeSpan.FromSeconds(2.5),
                Approval = Approval.Required,
                ApprovalTimeout = TimeSpan.FromSeconds(90),
                MaxFailures = new FailureBudget(null, 25),
                Mode = ActivationMode.Boot,
                Reboot = RebootPolicy.IfNeeded,
                Details = false,
            }));
            Assert.That(read.Request.TagLimits, Is.EquivalentTo(new Dictionary<string, int> { ["db"] = 1, ["a:b"] = 2 }));
            Assert.That(string.Join(',', read.Request.Waves!.Value.AsEnumerable()), Is.EqualTo("1,10%,50%,100%"));
            Assert.That(read.Console, Is.EqualTo(new ConsoleOptions { JsonFile = "j", GraphFile = "g.MMD", MarkdownFile = "m.md", DryRun = true, Yes = true }));
            Assert.That((read.Run, read.Reason), Is.EqualTo(("20250115-153000-1a2b", "not on a Friday")));
            Assert.That(Read("plan=p.json", "fleet=f", "dry-run").PlanFile, Is.EqualTo("p.json"));
            Assert.That(Read("mode=dry-activate").Request.Mode, Is.EqualTo(ActivationMode.DryActivate));
            Assert.That(Read().Request, Is.EqualTo(new DeploymentRequest()));
        });
    }

    [TestCase("canary", "canary=1")]
    [TestCase("canary", "bake=0", "strategy=canary")]
    [TestCase("smart", "waves=1,100%", "strategy=smart")]
    [TestCase("parallel", "parallel")]
    [TestCase("sequential", "sequential", "strategy=sequential")]
    [TestCase(null, "parallel=false")]
    public void The_arguments_say_the_strategy(string? expected, params string[] arguments) => Assert.That(Read(arguments).Request.Strategy, Is.EqualTo(expected));

    [TestCase("ND0212", "--parallel and --sequential", "parallel", "sequential")]
    [TestCase("ND0212", "--strategy and --parallel", "strategy=smart", "parallel")]
    [TestCase("ND0212", "--canary is for the strategies canary and smart, and --strategy asks for rolling", "strategy=rolling", "canary=1")]
    [TestCase("ND0212", "--waves is for the strategies canary and smart, and --parallel asks for parallel", "parallel", "waves=1")]
    [TestCase("ND0212", "--plan deploys a plan as it is, so --hosts, --bake cannot change it; remove them", "plan=p", "bake=1", "hosts=a")]
    [TestCase("ND0212", "so --details cannot change it; remove it", "plan=p", "details=false")]
    [TestCase("ND0212", "--tag-limits limits 'db' twice", "tag-limits=db:1,db:2")]
    [TestCase("ND0212", "--reboot=always and --mode=test exclude each other", "reboot=always", "mode=test")]
    [TestCase("ND0211", "--copy-limit: invalid value '0'; expected a whole number of at least 1.", "copy-limit=0")]
    [TestCase("ND0211", "--tag-limits: invalid value 'db'; expected", "tag-limits=db")]
    [TestCase("ND0211", "--tag-limits: invalid value 'db:0'; expected", "tag-limits=db:0")]
    [TestCase("ND0211", "--canary: invalid value '101%'; expected", "canary=101%")]
    [TestCase("ND0211", "--canary: invalid value '-Infinity%'", "canary=-Infinity%")]
    [TestCase("ND0211", "--canary: no value", "canary=")]
    [TestCase("ND0211", "--waves: invalid value '1,x'; expected a list", "waves=1,x")]
    [TestCase("ND0211", "--mode: invalid value 'dry-activte'; expected switch, boot, test or dry-activate (did you mean 'dry-activate'?)", "mode=dry-activte")]
    [TestCase("ND0211", "--bake: invalid value '-1'; expected a number of seconds from 0 to 2592000.", "bake=-1")]
    [TestCase("ND0211", "--details: invalid value 'maybe'; expected true or false", "details=maybe")]
    [TestCase("ND0211", "--graph: invalid value 'g.png'; expected a file that ends in .dot, .gv, .mmd or .mermaid.", "graph=g.png")]
    [TestCase("ND0211", "--max-failures: invalid value '101%'", "max-failures=101%")]
    [TestCase("ND0241", "--canary: 0 is out of range; expected a whole number of at least 1", "canary=0")]
    [TestCase("ND0241", "--waves: 10%,5% is out of range; expected waves that grow", "waves=10%,5%")]
    [TestCase("ND0205", "--hosts-file=none cannot be read", "hosts-file=none")]
    public void What_cannot_be_is_one_sentence(string code, string part, params string[] arguments)
    {
        var error = Assert.Throws<UsageException>(() => Read(arguments))!;
        Assert.That(error.Code, Is.EqualTo(code));
        Assert.That(error.Message, Does.Contain(part));
    }

    [Test]
    public void An_earlier_name_is_read_with_one_notice()
    {
        var read = Read("off-line=defer");
        Assert.That((read.Request.Unreachable, read.Notices.Length), Is.EqualTo(((UnreachablePolicy?)UnreachablePolicy.Defer, 1)));
        Assert.That(Read("unreachable=skip").Request.Unreachable, Is.EqualTo(UnreachablePolicy.Skip));
        Assert.That(() => Read("off-line=skip", "unreachable=skip"), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0212"));
    }

    [TestCase("Status", "break-lock")]
    [TestCase("Plan", "generation=3")]
    [TestCase("Rollback", "strategy=smart")]
    [TestCase("Approve", "json=f")]
    public void What_a_task_does_not_use_is_refused(string task, string argument)
    {
        var type = NixDeployTasks.All.Single(t => TaskNames.Declared(t) == task);
        Assert.That(
            () => TaskArguments.Refuse(task, Read(argument).Given, Argument.Of(type).Select(a => a.Name)),
            Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0212").And.Message.EqualTo($"--{argument.Split('=')[0]} is not valid for {task}."));
    }

    [TestCase("canary-tags", "canary-tag")]
    [TestCase("tims", "times")]
    public void An_unknown_argument_gets_the_nearest_name(string unknown, string nearest) => Assert.That(
        () => ArgumentNames.Check(["off-line", "target", "nuget_source", "times", unknown], ["times"]),
        Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0210").And.Message.Contains($"(did you mean '{nearest}'?)"));

    [Test]
    public void Hosts_of_a_file_come_behind_those_of_the_argument()
    {
        using var programs = new Programs();
        var file = Path.Combine(programs.Folder, "hosts");
        File.WriteAllText(file, "b\n# c\n!d\n");
        Assert.That(Read("hosts=a", $"hosts-file={file}").Request.Hosts, Is.EqualTo($"a,b #{file}:1,!d #{file}:3"));
    }

    private static NixDeployArguments Read(params string[] arguments) => NixDeployArguments.Read(new Given(arguments));

    private sealed class Given(string[] arguments) : ICakeArguments
    {
        private readonly ILookup<string, string> all = arguments.Select(a => a.Split('=', 2)).ToLookup(a => a[0], a => a.ElementAtOrDefault(1) ?? "");

        public bool HasArgument(string name) => all.Contains(name);

        public ICollection<string> GetArguments(string name) => [.. all[name]];

        public IDictionary<string, ICollection<string>> GetArguments() => all.ToDictionary(a => a.Key, a => (ICollection<string>)[.. a]);
    }
}
