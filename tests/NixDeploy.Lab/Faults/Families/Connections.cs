using NixDeploy.Events;
using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>One host has another key or does not speak SSH; the other is deployed as usual.</summary>
internal static class Connections
{
    private const string Family = "connections";

    public static IEnumerable<Fault> All =>
    [
        Refusing("sshd has another key", "key", host => host.ChangeHostKeyAsync, host => host.RestoreHostKeyAsync),
        Answering("what listens answers garbage", "SSH", "while (print $c 'garbage' x 1000, qq(\\n)) { }"),
        Answering("what listens says nothing", "10 s", "push @kept, $c"),
    ];

    private static Fault Answering(string name, string says, string answer) => Refusing(
        name,
        says,
        host => ct => host.ReadAsync(
            $$"""
              cat >/root/listener.pl <<'END'
              $SIG{PIPE} = 'IGNORE';
              $s = IO::Socket::INET->new(Listen => 9, LocalPort => 22, ReuseAddr => 1) or die $@;
              while ($c = $s->accept) { $c->autoflush(1); {{answer}} }
              END
              systemctl stop ssh.service
              systemd-run --quiet --collect --unit=listener perl -MIO::Socket::INET /root/listener.pl
              """,
            ct),
        host => ct => host.ReadAsync("systemctl stop listener.service; systemctl start ssh.service", ct));

    private static Fault Refusing(
        string name, string says, Func<LabHost, Func<CancellationToken, Task>> begin, Func<LabHost, Func<CancellationToken, Task>> end) =>
        new(Family, name, new Ending(AsActed, says), async scene =>
        {
            await begin(scene.Hosts[0])(scene.Ct);
            await scene.DeployAsync();
            await end(scene.Hosts[0])(scene.Ct);
            scene.Expect(scene.Of(scene.Hosts[0]).Status == HostStatus.Blocked, $"{scene.Hosts[0].Name} is {scene.Of(scene.Hosts[0]).Status}, and must be refused");
            scene.Expect(scene.Of(scene.Hosts[1]).Status == HostStatus.Deployed, $"{scene.Hosts[1].Name} is {scene.Of(scene.Hosts[1]).Status}, and must be deployed");
        })
        { Hosts = 2 };
}
