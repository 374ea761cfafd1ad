using System.ComponentModel;
using System.Text;
using CliWrap;
using NixDeploy.Hosts.Shell;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts.OpenSsh;

/// <summary>One connection of the user's own ssh: a master process whose socket lives in a private folder.</summary>
internal sealed class OpenSshMaster : IAsyncDisposable
{
    private readonly CancellationTokenSource kill = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder messages = new();
    private readonly TimeProvider time;
    private readonly Task running;

    private OpenSshMaster(SshAddress address, string? file, TimeProvider time)
    {
        this.time = time;
        Folder = PrivateFolder();
        try
        {
            var words = OpenSshArguments.Master(address, file, Folder);
            running = Cli.Wrap(words[0])
                .WithArguments(words.Skip(1))
                .WithEnvironmentVariables(OpenSshConnector.Environment)
                .WithStandardInputPipe(PipeSource.Create(async (_, token) => await released.Task.WaitAsync(token)))
                .WithStandardOutputPipe(PipeTarget.ToDelegate(_ => ready.TrySetResult()))
                .WithStandardErrorPipe(PipeTarget.ToDelegate(Note))
                .WithValidation(CommandResultValidation.None)
                .ExecuteAsync(kill.Token)
                .Task;
        }
        catch (Exception error)
        {
            Directory.Delete(Folder, recursive: true);
            kill.Dispose();
            throw error is Win32Exception
                ? TransportErrors.ProgramMissing(address.Host, "ssh", "install the OpenSSH client, or name an unencrypted identity-file so that the transport 'ssh.net' can be used", error)
                : error;
        }
    }

    /// <summary>The private folder with the socket <c>c</c>.</summary>
    public string Folder { get; }

    /// <summary>Connects and authenticates.</summary>
    public static async Task<OpenSshMaster> ConnectAsync(SshAddress address, string? file, SshConfig? config, TimeProvider time, CancellationToken cancellationToken)
    {
        var limit = address.Target.ConnectTimeout;
        var master = new OpenSshMaster(address, file, time);
        try
        {
            await Task.WhenAny(master.ready.Task, master.running).WaitAsync(limit, time, cancellationToken);
            return master.ready.Task.IsCompleted ? master : throw OpenSshMessages.Explain(address, config, limit, master.Messages);
        }
        catch (Exception error)
        {
            await master.DisposeAsync();
            throw error is TimeoutException ? TransportErrors.ConnectDeadline(address.Host, address.Shown, limit, error) : error;
        }
    }

    /// <summary>Ends the connection, by a signal if need be.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!ready.Task.IsCompleted)
        {
            await kill.CancelAsync();
        }

        released.TrySetResult(); // the master's companion ends it
        kill.CancelAfter(TimeSpan.FromSeconds(1));
        await running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // Its companion was quicker.
        }

        kill.Dispose();
    }

    private string Messages
    {
        get
        {
            lock (messages)
            {
                return messages.ToString();
            }
        }
    }

    private void Note(string line)
    {
        const int enough = 64 * 1024;
        lock (messages)
        {
            if (messages.Length < enough)
            {
                messages.AppendLine(line);
            }
        }
    }

    /// <summary>A folder that only we can enter, with a path short enough for a socket's (about a hundred characters).</summary>
    private static string PrivateFolder()
    {
        const int longest = 70;
        var folder = Directory.CreateTempSubdirectory("nd-").FullName;
        if (folder.Length <= longest)
        {
            return folder;
        }

        Directory.Delete(folder);
        folder = Path.Combine("/tmp", Path.GetRandomFileName());
        return OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(folder).FullName
            : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }
}
