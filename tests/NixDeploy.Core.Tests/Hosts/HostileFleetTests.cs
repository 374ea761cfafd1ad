using System.Collections.Immutable;
using System.Text;
using CliWrap;
using CsCheck;
using Newtonsoft.Json.Linq;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Description;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Local;
using NixDeploy.Hosts.OpenSsh;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Tests.Hosts;

/// <summary>
/// 500 texts that would each leave a canary behind if any program took them for more than a text, as each value of a fleet: refused
/// in a sentence, or passed to real programs as inert text.
/// </summary>
[Parallelizable(ParallelScope.Self)]
internal sealed class HostileFleetTests
{
    private const int Texts = 500;

    private string folder = "";
    private string canary = "";
    private string[] texts = [];

    [SetUp]
    public void Texts_that_leave_a_canary()
    {
        folder = Directory.CreateTempSubdirectory("nd-hostile-").FullName;
        canary = Path.Combine(folder, "canary");
        string[] pieces =
        [
            $"$(touch {canary})", $"`touch {canary}`", $";touch {canary};", $"\ntouch {canary}\n", $"|touch${{IFS}}{canary}|", $"&touch {canary}&", $"';touch {canary};'",
            $"\";touch {canary};\"", $"-oProxyCommand=touch {canary}", $"-oLocalCommand=touch {canary}", $"%%;touch {canary}", "--", "-", "-n", "'", "\"", "\\", "\n", "\r", "\t", " ", ";", "$(", ")",
            "é", "→", "🚀", "\u2028", "a", "0", "root", "/", "..", "*", "~", "#", "EOF", "NIXDEPLOY_TEXT\n", new string('x', 5000),
        ];
        texts = Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[1, 6].Select(string.Concat).Array[Texts - pieces.Length].Single().Concat(pieces).ToArray();
    }

    [TearDown]
    public void Nothing_ran_but_what_was_meant()
    {
        var left = Directory.EnumerateFileSystemEntries(folder).ToList();
        Directory.Delete(folder, recursive: true);
        Assert.That(left, Is.Empty);
    }

    [Test]
    public void A_host_s_name_is_refused_or_a_plain_word() => Assert.That(
        Accepted(text => new JObject { [text] = WithSystem([]) }).Select(host => host.Name.Value), Is.All.Matches("^[A-Za-z0-9_.-]+$"));

    [TestCase("host")]
    [TestCase("user")]
    [TestCase("identity-file")]
    [TestCase("known-hosts")]
    public async Task A_target_is_refused_or_ssh_takes_it_as_it_is(string key)
    {
        foreach (var host in Accepted(text => Host(new JObject { ["target"] = new JObject { [key] = text } })))
        {
            if (Address(host) is { } address)
            {
                // -G reads everything as a connection would, and prints it instead.
                var arguments = OpenSshArguments.Master(address, config: null, folder);
                await RunAsync(["ssh", "-G", "-F", "none", .. arguments.Skip(1)], "");
            }
        }
    }

    [Test]
    public async Task Units_are_refused_or_units()
    {
        string[] units = [.. Accepted(text => Host(new JObject { ["health-checks"] = new JArray(new JObject { ["service"] = text }) }))
            .SelectMany(host => host.HealthChecks.OfType<HealthCheck.Service>()).Select(check => check.Unit)];

        var states = await (await SessionAsync(Profile)).UnitsAsync([.. units, .. texts], CancellationToken.None);

        Assert.That(states.Select(state => state.Unit), Is.EqualTo(units.Concat(texts)), "also where nobody has refused them");
        Assert.That(states.Select(state => state.Active), Is.All.EqualTo("inactive"));
    }

    [Test]
    public async Task A_check_s_command_is_one_program_and_its_arguments_are_texts()
    {
        var hosts = Accepted(text => Host(new JObject { ["health-checks"] = new JArray(new JObject { ["command"] = text }, new JObject { ["command"] = new JArray("printf", "%s", text) }) }));
        var session = await SessionAsync(Profile);
        await Parallel.ForEachAsync(hosts, async (host, ct) =>
        {
            var checks = host.HealthChecks.Cast<HealthCheck.Command>().ToList();
            var program = await session.RunAsync([.. checks[0].Arguments.Select(a => a.Shown)], TimeSpan.FromMinutes(2), ct);
            var echo = await session.RunAsync([.. checks[1].Arguments.Select(a => a.Shown)], TimeSpan.FromMinutes(2), ct);
            Assert.That(program.ExitCode, Is.Not.Zero, "there is no such program");
            Assert.That(echo.Output, Is.EqualTo(checks[1].Arguments[2].Shown));
        });
    }

    [Test]
    public async Task A_profile_is_refused_or_a_path()
    {
        foreach (var host in Accepted(text => Host(new JObject { ["target"] = new JObject { ["profile"] = "/" + text } })).Take(40))
        {
            var state = await (await SessionAsync(host.Target.Profile)).InspectAsync([], CancellationToken.None);
            Assert.That(state.Generations, Is.Empty);
        }
    }

    private const string Profile = "/nix/var/nix/profiles/system";

    private static JObject Host(JObject settings) => new() { ["p620"] = WithSystem(settings) };

    private static JObject WithSystem(JObject settings)
    {
        settings["toplevel"] = $"/nix/store/{new string('a', 32)}-nixos-system";
        return settings;
    }

    /// <summary>The hosts that are read from the fleets of all texts; a refusal must be a sentence of ours.</summary>
    private List<Host> Accepted(Func<string, JObject> hosts)
    {
        var accepted = new List<Host>();
        foreach (var text in texts)
        {
            try
            {
                accepted.AddRange(new FleetReader("f", folder).Finish(new JObject { ["hosts"] = hosts(text) }).Fleet.Hosts.Values);
            }
            catch (FleetException refusal)
            {
                Assert.That(refusal.Code, Does.Match("^ND01[0-9]{2}$"));
                Assert.That(refusal.Message, Does.Not.Contain('\u001b').And.Match("[a-z]"));
            }
        }

        Assert.That(accepted, Is.Not.Empty, "some of them are as good as any text");
        return accepted;
    }

    private static SshAddress? Address(Host host)
    {
        try
        {
            return SshAddress.Of(host);
        }
        catch (HostException refusal)
        {
            Assert.That(refusal.Code, Is.EqualTo("ND0502"));
            return null;
        }
    }

    private static async Task<ShellHostSession> SessionAsync(string profile)
    {
        var host = new Host(HostName.Parse("p620")) { Target = new TargetSettings { Profile = profile } };
        return new ShellHostSession(await new LocalConnector(TimeProvider.System).ConnectAsync(host, CancellationToken.None), host);
    }

    private static async Task RunAsync(ImmutableArray<string> words, string input) => await Cli.Wrap(words[0])
        .WithArguments(words.Skip(1))
        .WithStandardInputPipe(PipeSource.FromString(input, Encoding.UTF8))
        .WithValidation(CommandResultValidation.None)
        .ExecuteAsync();
}
