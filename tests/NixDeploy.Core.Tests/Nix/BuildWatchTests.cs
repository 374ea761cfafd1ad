using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Nix;

namespace NixDeploy.Tests.Nix;

[TestFixture]
public class BuildWatchTests
{
    private const string Drv = "/nix/store/00000000000000000000000000000000-a.drv";
    private const string Other = "/nix/store/11111111111111111111111111111111-b.drv";

    [Test]
    public void The_count_of_finished_builds_tells_that_one_ended()
    {
        var watch = new BuildWatch((_, _) => { });
        Assert.That(watch.Feed("""@nix {"action":"start","id":1,"level":0,"text":"","type":104}"""), Is.False);
        Assert.That(watch.Feed($$"""@nix {"action":"start","fields":["{{Drv}}","",1,1],"id":2,"level":3,"text":"x","type":105}"""), Is.False);
        Assert.That(watch.HasStarted(StorePath.Parse(Drv)), Is.True);
        Assert.That(watch.HasStarted(StorePath.Parse(Other)), Is.False);
        Assert.That(watch.Feed("""@nix {"action":"result","fields":[0,3,1,0],"id":1,"type":105}"""), Is.False);
        Assert.That(watch.Feed("""@nix {"action":"result","fields":[1,3,0,0],"id":1,"type":105}"""), Is.True);
        Assert.That(watch.Feed("""@nix {"action":"result","fields":[1,3,0,0],"id":1,"type":105}"""), Is.False);
        Assert.That(watch.Feed("""@nix {"action":"stop","id":2}"""), Is.True);
    }

    [TestCase("error: builder for '/nix/store/00000000000000000000000000000000-a.drv' failed with exit code 3;\\n       last 10 log lines:\\n       > boom", "builder for '/nix/store/00000000000000000000000000000000-a.drv' failed with exit code 3")]
    [TestCase("error: Cannot build '/nix/store/00000000000000000000000000000000-a.drv'.\\n       Reason: builder failed with exit code 1.\\n       Output paths:\\n         x\\n       Last 1 log lines:\\n       > boom", "Cannot build '/nix/store/00000000000000000000000000000000-a.drv'. Reason: builder failed with exit code 1")]
    [TestCase("\\u001b[31;1merror:\\u001b[0m hash mismatch in fixed-output derivation '/nix/store/00000000000000000000000000000000-a.drv':\\n  specified: x\\n  got: y", "hash mismatch in fixed-output derivation '/nix/store/00000000000000000000000000000000-a.drv': specified: x got: y")]
    public void The_cause_is_told_from_its_consequences(string message, string expected)
    {
        var watch = new BuildWatch((_, _) => { });
        watch.Feed($$"""@nix {"action":"start","fields":["{{Drv}}","",1,1],"id":2,"level":3,"text":"x","type":105}""");
        watch.Feed("""@nix {"action":"result","fields":["\u001b[1mboom"],"id":2,"type":101}""");
        watch.Feed($$"""@nix {"action":"msg","level":0,"msg":"error: 1 dependencies of derivation '{{Drv}}' failed to build"}""");
        watch.Feed($$"""@nix {"action":"msg","level":0,"msg":"{{message}}"}""");
        watch.Feed($$"""@nix {"action":"msg","level":0,"msg":"error: build of '{{Drv}}', '{{Other}}' failed"}""");

        var (derivation, error, log) = watch.Failure(new HashSet<string> { Drv });

        Assert.That((derivation, error), Is.EqualTo((Drv, expected)));
        Assert.That(log, Is.EqualTo(new[] { "boom" }));
        Assert.That(watch.Failure(new HashSet<string> { Other }).Derivation, Is.Null);
    }

    [Test]
    public void Nothing_that_Nix_may_say_breaks_the_watch()
    {
        var watch = new BuildWatch((_, _) => { });
        foreach (var line in new[] { "", "@nix ", "@nix {", "@nix []", "@nix 1", "@nix {}", """@nix {"action":1}""", """@nix {"action":"start"}""", """@nix {"action":"start","id":"x","type":105}""", """@nix {"action":"start","id":1,"type":105,"fields":[]}""", """@nix {"action":"result","id":1,"type":101,"fields":[1]}""" })
        {
            Assert.That(watch.Feed(line), Is.False, line);
        }

        Gen.String.Sample(s => Assert.That(() => watch.Feed("@nix " + s), Throws.Nothing), threads: 1);
    }
}
