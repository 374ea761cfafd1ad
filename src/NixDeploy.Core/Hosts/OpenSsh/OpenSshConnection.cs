using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Text;
using CliWrap;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Shell;
using CommandResult = NixDeploy.HostProtocol.CommandResult;

namespace NixDeploy.Hosts.OpenSsh;

/// <summary>A connection of the user's own ssh: every command is a client of its master.</summary>
internal sealed class OpenSshConnection(Host host, OpenSshMaster master, TimeProvider time) : ShellConnection(host, time)
{
    private const int SshFailed = 255;

    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    protected override async Task<CommandResult> RunAsync(
        string doing, ImmutableArray<string> words, Func<Stream, CancellationToken, Task> write, Watch watch)
    {
        var result = await ChildProcess.RunAsync(
            OpenSshArguments.Command(master.Folder, ShellQuoter.CommandLine(words)), OpenSshConnector.Environment, write, watch);

        // 255 is ssh's own failure, and also what a command may say, or what ssh makes of a command that a signal ended.
        if (result.ExitCode == SshFailed && (OpenSshMessages.SaysNoSession(result.Error) || !await StandsAsync(watch)))
        {
            throw TransportErrors.ConnectionLost(Host.Name, doing, OpenSshMessages.Last(result.Error));
        }

        return result;
    }

    protected override async Task<Stream> OpenAsync(string host, int port, string destination, Watch watch)
    {
        var words = OpenSshArguments.Forward(master.Folder, host, port);
        var input = new Pipe(new PipeOptions(useSynchronizationContext: false));
        var output = new Pipe(new PipeOptions(useSynchronizationContext: false));
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var messages = new StringBuilder();
        var kill = new CancellationTokenSource();
        var running = Cli.Wrap(words[0])
            .WithArguments(words.Skip(1))
            .WithEnvironmentVariables(OpenSshConnector.Environment)
            .WithStandardInputPipe(PipeSource.FromStream(input.Reader.AsStream(), autoFlush: true))
            .WithStandardOutputPipe(PipeTarget.Create(async (from, token) =>
            {
                await from.CopyToAsync(output.Writer, token);
                await output.Writer.CompleteAsync();
            }))
            .WithStandardErrorPipe(PipeTarget.ToDelegate(line =>
            {
                // The host's sshd has connected: the master gives its client a session.
                if (line.Contains("master session id", StringComparison.Ordinal))
                {
                    connected.TrySetResult();
                }

                messages.AppendLine(line);
            }))
            .WithValidation(CommandResultValidation.None)
            .ExecuteAsync(kill.Token)
            .Task;
        var ended = running.ContinueWith(_ => kill.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await Task.WhenAny(connected.Task, ended).WaitAsync(watch.Token);
        }
        catch (OperationCanceledException error)
        {
            await kill.CancelAsync();
            throw watch.Reason(error);
        }

        return connected.Task.IsCompleted
            ? new DuplexStream(output.Reader.AsStream(), input.Writer.AsStream(), End)
            : throw TransportErrors.TcpRefused(Host.Name, destination, OpenSshMessages.Last(messages.ToString()));

        void End()
        {
            try
            {
                // The end of the input closes it on both sides; a master whose client is killed tells the host only when it next wakes.
                kill.CancelAfter(Goodbye);
            }
            catch (ObjectDisposedException)
            {
                // It has ended already.
            }
        }
    }

    protected override Task CloseAsync() => master.DisposeAsync().AsTask();

    private async Task<bool> StandsAsync(Watch watch)
    {
        var check = await ChildProcess.RunAsync(OpenSshArguments.Check(master.Folder), OpenSshConnector.Environment, (_, _) => Task.CompletedTask, watch);
        return check.ExitCode == 0;
    }
}
