using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Local;
using NixDeploy.Hosts.OpenSsh;
using NixDeploy.Hosts.Shell;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts;

/// <summary>The transports by name: the four that come with the library, and those that its user has registered.</summary>
internal sealed class TransportRegistry
{
    private readonly ImmutableDictionary<string, ITransport> transports;

    private TransportRegistry(ImmutableDictionary<string, ITransport> transports) => this.transports = transports;

    /// <summary>Puts them together. A registered transport takes the place of one of ours with the same name.</summary>
    public static TransportRegistry Create(Func<IShellConnection, Host, IHostSession> session, IEnumerable<ITransport> registered, TimeProvider time)
    {
        var sshNet = new SshNetConnector(time);
        var configs = new SshConfigs(file: null, time);
        var openSsh = new OpenSshConnector(configs, time);
        IShellConnector[] own = [sshNet, openSsh, new AutoConnector(sshNet, openSsh, configs), new LocalConnector(time)];
        return new TransportRegistry(own
            .Select(ITransport (c) => new ShellTransport(c, session))
            .Concat(registered)
            .Aggregate(ImmutableDictionary.Create<string, ITransport>(StringComparer.Ordinal), (all, t) => all.SetItem(t.Name, t)));
    }

    /// <summary>The transport that a host names.</summary>
    /// <exception cref="FleetException"><c>ND0501</c>: there is none of that name.</exception>
    public ITransport For(Host host) => transports.TryGetValue(host.Target.Transport, out var transport)
        ? transport
        : throw TransportErrors.UnknownTransport(host.Name, host.Target.Transport, [.. transports.Keys]);
}
