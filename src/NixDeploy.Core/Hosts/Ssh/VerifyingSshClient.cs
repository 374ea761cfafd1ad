using System.Diagnostics.CodeAnalysis;
using Renci.SshNet;

namespace NixDeploy.Hosts.Ssh;

/// <summary>The only SSH.NET client of this library: it cannot be made without saying how the host's key is checked.</summary>
/// <remarks>SSH.NET trusts every key when its event has no handler, so its own constructors are banned (<c>BannedSymbols.txt</c>).</remarks>
internal sealed class VerifyingSshClient : SshClient
{
    private readonly IdentityFile identity;

    private VerifyingSshClient(ConnectionInfo connection, IdentityFile identity, HostKeyCheck check)
#pragma warning disable RS0030 // This is the one place.
        : base(connection)
#pragma warning restore RS0030
    {
        this.identity = identity;
        Check = check;
        HostKeyReceived += (_, question) => check.Answer(question);
    }

    /// <summary>How the host's key was judged.</summary>
    public HostKeyCheck Check { get; }

    /// <summary>Makes a client that is not connected yet.</summary>
    /// <exception cref="HostException">The identity or the known_hosts file cannot be used.</exception>
    public static VerifyingSshClient Create(SshAddress address)
    {
        var identity = IdentityFile.Load(address);
        try
        {
            var port = address.Port ?? SshAddress.DefaultPort;
            var user = address.User ?? SshAddress.DefaultUser;
            var check = HostKeyCheck.For(address, port);
            var connection = new ConnectionInfo(address.Address, port, user, new PrivateKeyAuthenticationMethod(user, identity))
            {
                Timeout = address.Target.ConnectTimeout,
            };
            SshAlgorithms.Restrict(connection, check.KnownTypes, check.WantsCertificate);
            return new VerifyingSshClient(connection, identity, check);
        }
        catch
        {
            identity.Dispose();
            throw;
        }
    }

    /// <summary>Closes something of SSH.NET in a thread that may block on a frozen peer.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Closing what is broken may fail in any way, and nobody is interested.")]
    public static Task CloseAsync(Action close) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                close();
            }
            catch (Exception)
            {
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            identity.Dispose();
        }
    }
}
