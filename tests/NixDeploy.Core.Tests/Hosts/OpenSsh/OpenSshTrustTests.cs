using System.Diagnostics;
using System.Runtime.Versioning;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.OpenSsh;

namespace NixDeploy.Tests.Hosts.OpenSsh;

[Parallelizable(ParallelScope.Self)]
[UnsupportedOSPlatform("windows")]
internal sealed class OpenSshTrustTests : SshTrustContract
{
    protected override IShellConnector Connector { get; } = new OpenSshConnector(new SshConfigs(file: null, TimeProvider.System), TimeProvider.System);

    [Test]
    public async Task Every_connection_is_a_master_of_its_own_and_leaves_nothing()
    {
        using var sshd = Sshd.Start();
        var before = Directory.GetDirectories(Path.GetTempPath(), "nd-*");
        await using (await ConnectAsync(sshd.Host()))
        await using (await ConnectAsync(sshd.Host()))
        {
            var folders = Directory.GetDirectories(Path.GetTempPath(), "nd-*").Except(before).ToList();
            Assert.That(folders.Count(f => File.Exists(Path.Combine(f, "c"))), Is.GreaterThanOrEqualTo(2));
            Assert.That(folders.Select(File.GetUnixFileMode), Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        }

        Assert.That(Masters(sshd), Is.Empty);
    }

    [Test]
    public async Task A_master_whose_socket_is_gone_is_not_quietly_replaced()
    {
        using var sshd = Sshd.Start();
        await using var connection = await ConnectAsync(sshd.Host());
        foreach (var id in Masters(sshd))
        {
            Process.GetProcessById(id).Kill();
        }

        var error = Assert.ThrowsAsync<HostException>(() => connection.RunScriptAsync(new ShellScript("test", "echo", [], TimeSpan.FromSeconds(5)), CancellationToken.None));
        Assert.That(error!.Code, Is.EqualTo("ND0530"));
    }

    [Test]
    public void Paths_with_blanks_and_percent_signs_are_paths()
    {
        using var sshd = Sshd.Start();
        var folder = Directory.CreateDirectory(Path.Combine(sshd.Folder, "a b%h \"c")).FullName;
        File.Copy(sshd.Identity, Path.Combine(folder, "id"));
        File.Copy(sshd.KnownHosts, Path.Combine(folder, "known"));
        File.SetUnixFileMode(Path.Combine(folder, "id"), UnixFileMode.UserRead);
        Assert.DoesNotThrowAsync(async () => await (await ConnectAsync(
            sshd.Host(t => t with { IdentityFile = Path.Combine(folder, "id"), KnownHosts = Path.Combine(folder, "known") }))).DisposeAsync());
    }

    private static List<int> Masters(Sshd sshd) => [.. Process.GetProcessesByName("ssh")
        .Where(p => File.Exists($"/proc/{p.Id}/cmdline") && File.ReadAllText($"/proc/{p.Id}/cmdline").Contains($"\0-p\0{sshd.Port}\0", StringComparison.Ordinal))
        .Select(p => p.Id)];
}
