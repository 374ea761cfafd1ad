using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using NixDeploy.Fleets;

namespace NixDeploy.Health;

/// <summary>The probe for each kind of check.</summary>
internal static class Probes
{
    public static IProbe For(HealthCheck check, HostBaseline? before) => check switch
    {
        HealthCheck.Service service => new ServiceProbe(service.Unit),
        HealthCheck.Http http => new HttpProbe(http),
        HealthCheck.Tcp tcp => new TcpProbe(tcp.Host, tcp.Port),
        HealthCheck.Dns dns => new CommandProbe(_ => ["getent", "hosts", "--", dns.Name], "resolves", "the host cannot resolve it"),
        HealthCheck.Ping ping => new CommandProbe(limit => Ping(ping.Host, limit), "answers", "no answer"),
        HealthCheck.Command command => new CommandProbe(_ => command.Arguments, "exit code 0", null),
        HealthCheck.Baseline baseline => new BaselineProbe(baseline, before),
        _ => throw new UnreachableException($"no probe for {check.GetType().Name}"),
    };

    private static ImmutableArray<ValueReference> Ping(string host, TimeSpan limit)
    {
        var seconds = (int)Math.Clamp(Math.Ceiling(limit.TotalSeconds) - 1, 1, 10);
        return ["ping", "-c", "1", "-W", seconds.ToString(CultureInfo.InvariantCulture), "--", host];
    }
}
