using System.Diagnostics.CodeAnalysis;
using NixDeploy.Hosts.Shell;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Security;

namespace NixDeploy.Hosts.Ssh;

/// <summary>A private key for SSH.NET, without the signatures that rest on SHA-1.</summary>
internal sealed class IdentityFile : IPrivateKeySource, IDisposable
{
    private readonly PrivateKeyFile file;

    private IdentityFile(PrivateKeyFile file)
    {
        this.file = file;
        HostKeyAlgorithms = [.. file.HostKeyAlgorithms.Where(a => !SshAlgorithms.IsWeak(a.Name))];
    }

    public IReadOnlyCollection<HostAlgorithm> HostKeyAlgorithms { get; }

    /// <summary>Loads the key that the fleet names.</summary>
    /// <exception cref="HostException"><c>ND0504</c> to <c>ND0507</c>: there is none, or SSH.NET cannot use it.</exception>
    public static IdentityFile Load(SshAddress address)
    {
        var path = address.Identity ?? throw TransportErrors.IdentityNotNamed(address.Host);
        Require(address);
        try
        {
            using var stream = File.OpenRead(path);
            return new IdentityFile(new PrivateKeyFile(stream));
        }
        catch (Exception error)
        {
            throw error switch
            {
                SshPassPhraseNullOrEmptyException => TransportErrors.IdentityEncrypted(address.Host, path, error),
                IOException or UnauthorizedAccessException => TransportErrors.IdentityMissing(address.Host, path, error),
                _ => TransportErrors.IdentityUnusable(address.Host, path, error),
            };
        }
    }

    /// <summary>Whether SSH.NET can use the key that the fleet names.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A key that cannot be loaded for whatever reason is one for the user's own ssh.")]
    public static bool IsUsable(SshAddress address)
    {
        try
        {
            using var identity = Load(address);
            return true;
        }
        catch (HostException)
        {
            return false;
        }
    }

    /// <summary>Says so when the fleet names a key that is not there.</summary>
    /// <exception cref="HostException"><c>ND0504</c>.</exception>
    public static void Require(SshAddress address)
    {
        if (address.Identity is { } path && !File.Exists(path))
        {
            throw TransportErrors.IdentityMissing(address.Host, path);
        }
    }

    public void Dispose() => file.Dispose();
}
