using CliWrap.Buffered;

namespace Cake.Frosting.NixDeploy.Tests;

/// <summary>recipes/justfile, each recipe run as just runs it with positional arguments: <c>sh -cu LINE NAME ARGUMENTS</c>.</summary>
public sealed class JustfileTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Programs.Demo, "..", "justfile"));

    private static IEnumerable<TestCaseData> Recipes() => Lines.Zip(Lines.Skip(1))
        .Where(l => l.First.EndsWith(" *options:", StringComparison.Ordinal))
        .Select(l => new TestCaseData(l.First.Split(' ')[0], l.First.Contains(" host ", StringComparison.Ordinal), l.Second.Trim().TrimStart('@')).SetArgDisplayNames(l.First.Split(' ')[0]));

    [Test]
    public void Arguments_are_positional() => Assert.That(Lines, Does.Contain("set positional-arguments").And.None.Contains("{{ options").And.None.Contains("{{ quote(host"));

    [TestCaseSource(nameof(Recipes))]
    public async Task Arguments_pass_through_untouched(string name, bool hasHost, string line)
    {
        string[] given = ["--hosts=web 1,$(touch x)", "--reason=it's \"so\"; `touch x` & *", ""];
        using var programs = new Programs();
        var build = Path.Combine(programs.Folder, "build $HOME.sh");
        await File.WriteAllTextAsync(build, "#!/bin/sh\nprintf '%s\\0' \"$@\"\n");
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("just runs sh");
            return;
        }

        File.SetUnixFileMode(build, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var run = await CliWrap.Cli.Wrap("sh")
            .WithArguments(["-cu", line, name, .. hasHost ? ["a b;$(touch x)"] : Array.Empty<string>(), .. given])
            .WithWorkingDirectory(programs.Folder)
            .WithEnvironmentVariables(e => e.Set("NIXDEPLOY_BUILD", build).Set("FLEET", "./my fleet $(touch x)"))
            .ExecuteBufferedAsync(TestContext.CurrentContext.CancellationToken);

        var seen = run.StandardOutput.Split('\0')[..^1];
        Assert.That(seen[0], Does.StartWith("--target="));
        Assert.That(NixDeployTasks.All.Select(TaskNames.Declared), Does.Contain(seen[0]["--target=".Length..]));
        Assert.That(seen[1..], Is.EqualTo([.. hasHost ? ["--hosts=a b;$(touch x)"] : Array.Empty<string>(), "--fleet=./my fleet $(touch x)", .. given]));
        Assert.That(Directory.GetFiles(programs.Folder), Has.Length.EqualTo(1), "nothing was run");
    }
}
