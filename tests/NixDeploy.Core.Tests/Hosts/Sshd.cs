using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NixDeploy.Fleets;

namespace NixDeploy.Tests.Hosts;

/// <summary>A real sshd on the loopback, as the current user, with host keys and authorized keys of its own.</summary>
internal sealed class Sshd : IDisposable
{
    private readonly string program;
    private Process? process;

    private Sshd(string program, string folder, int port) => (this.program, Folder, Port) = (program, folder, port);

    public string Folder { get; }

    public int Port { get; }

    public string Identity => Path.Combine(Folder, "id_ed25519");

    public string KnownHosts => Path.Combine(Folder, "known_hosts");

    public int ProcessId => process!.Id;

    public string HostKey(string type) => File.ReadAllText(Path.Combine(Folder, $"host_{type}.pub")).Trim();

    /// <summary>Starts one, or ends the test: ignored where there is no sshd, failed where the lab is obligatory.</summary>
    public static Sshd Start(string hostKeyTypes = "ed25519", string extra = "", string startups = "100")
    {
        var program = new[] { "/usr/sbin/sshd", "/usr/local/sbin/sshd", "/run/current-system/sw/bin/sshd" }.FirstOrDefault(File.Exists);
        if (program is null)
        {
            Missing("sshd is not installed (Debian and Ubuntu: apt-get install openssh-server)");
        }

        var folder = Directory.CreateTempSubdirectory("nd-sshd-").FullName;
        var sshd = new Sshd(program!, folder, FreePort());
        var types = hostKeyTypes.Split(',');
        foreach (var type in types)
        {
            sshd.NewHostKey(type);
        }

        Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", sshd.Identity);
        File.Copy(sshd.Identity + ".pub", Path.Combine(folder, "authorized_keys"));
        File.WriteAllText(sshd.KnownHosts, string.Concat(types.Select(t => $"[127.0.0.1]:{sshd.Port} {sshd.HostKey(t)}\n")));
        File.WriteAllText(Path.Combine(folder, "sshd_config"),
            $"""
            Port {sshd.Port}
            ListenAddress 127.0.0.1
            PidFile none
            AuthorizedKeysFile {folder}/authorized_keys
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            UsePAM no
            StrictModes no
            PermitRootLogin prohibit-password
            MaxStartups {startups}
            LogLevel ERROR
            {string.Join('\n', types.Select(t => $"HostKey {folder}/host_{t}"))}
            {extra}

            """);
        if (Environment.UserName == "root")
        {
            Directory.CreateDirectory("/run/sshd");
        }

        sshd.Launch();
        return sshd;
    }

    public void NewHostKey(string type)
    {
        var file = Path.Combine(Folder, $"host_{type}");
        File.Delete(file);
        File.Delete(file + ".pub");
        Run("ssh-keygen", "-q", "-t", type, "-N", "", "-C", "test", "-f", file);
    }

    public Host Host(Func<TargetSettings, TargetSettings>? change = null)
    {
        var target = new TargetSettings
        {
            Host = "127.0.0.1",
            Port = Port,
            User = Environment.UserName,
            IdentityFile = Identity,
            KnownHosts = KnownHosts,
            ConnectTimeout = TimeSpan.FromSeconds(30),
        };
        return new Host(HostName.Parse("p620")) { Target = change?.Invoke(target) ?? target };
    }

    /// <summary>Freezes (STOP) or thaws (CONT) the daemon and everything that serves connections.</summary>
    public void Signal(string signal)
    {
        foreach (var id in Descendants(ProcessId))
        {
            Process.Start("kill", [$"-{signal}", id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
        }
    }

    /// <summary>Ends it and starts it again with one more line of configuration.</summary>
    public void Restart(string line)
    {
        End();
        var file = Path.Combine(Folder, "sshd_config");
        if (!File.ReadAllText(file).Contains(line, StringComparison.Ordinal))
        {
            File.AppendAllText(file, line + "\n");
        }

        Launch();
    }

    public void Dispose()
    {
        End();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Ends it and all that serves connections; its files stay.</summary>
    public void End()
    {
        if (process is null)
        {
            return;
        }

        Signal("CONT");
        foreach (var id in Descendants(process.Id))
        {
            try
            {
                Process.GetProcessById(id).Kill();
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                // Gone already.
            }
        }

        process.WaitForExit();
        process.Dispose();
        process = null;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program}: {error}");
    }

    private static void Missing(string what)
    {
        if (Environment.GetEnvironmentVariable("NIXDEPLOY_LAB") == "required")
        {
            Assert.Fail($"{what}, and NIXDEPLOY_LAB=required.");
        }

        Assert.Ignore($"{what}.");
    }

    private void Launch()
    {
        process = Process.Start(new ProcessStartInfo(program, ["-D", "-e", "-f", Path.Combine(Folder, "sshd_config")]) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        for (var attempt = 0; ; attempt++)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"sshd ended: {errors.Result}");
            }

            try
            {
                using var probe = new TcpClient("127.0.0.1", Port);
                return;
            }
            catch (SocketException) when (attempt < 500)
            {
                using var moment = new ManualResetEventSlim();
                moment.Wait(TimeSpan.FromMilliseconds(10));
            }
        }
    }

    private static List<int> Descendants(int root)
    {
        var parents = Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, out _)).Select(n =>
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{n}/stat");
                var rest = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return (Id: int.Parse(n!, System.Globalization.CultureInfo.InvariantCulture), Parent: int.Parse(rest[1], System.Globalization.CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                return default;
            }
        }).ToList();
        List<int> found = [root];
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(parents.Where(p => p.Parent == found[i]).Select(p => p.Id));
        }

        return found;
    }
}
