using System.Runtime.Versioning;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>Tests of the host's own scripts on a host whose lock is ours, in each shell that a host may have.</summary>
[TestFixtureSource(typeof(ShellScriptsTests), nameof(ShellScriptsTests.DistinctShells))]
[Parallelizable(ParallelScope.Self)]
[UnsupportedOSPlatform("windows")]
internal abstract class ScriptHostFixture(string[] shell)
{
    protected ScriptHost Host { get; private set; } = null!;

    protected (string Current, string Profile, string BootDefault) Stands => (Host.Current, Host.ProfileSystem, Host.BootDefault);

    [SetUp]
    public async Task A_host_whose_lock_is_ours()
    {
        Host = new ScriptHost(shell);
        await Host.PrepareAsync();
    }

    [TearDown]
    public void Remove() => Host.Dispose();

    /// <summary>The boot loader's default changes, and then it fails.</summary>
    protected void FailHalfWay(string action)
    {
        Host.Meanwhile(action, """ln -sfn "$root/systems/new" "$root/boot-default" """);
        Host.Answer(action, 1);
    }
}
