using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Text;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Shell;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace NixDeploy.Hosts.Ssh;

/// <summary>A connection of SSH.NET.</summary>
/// <remarks>
/// SSH.NET blocks wherever it talks to the peer, also in its asynchronous methods, so a command is opened and fed in a thread of its own and
/// never in one of the pool, which a few frozen hosts would empty.
/// </remarks>
internal sealed class SshNetConnection(Host host, VerifyingSshClient client, TimeProvider time) : ShellConnection(host, time)
{
    private const int Chunk = 64 * 1024;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    // For a source that does not look at its token.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    protected override async Task<CommandResult> RunAsync(
        string doing, ImmutableArray<string> words, Func<Stream, CancellationToken, Task> write, Watch watch)
    {
        AllowWaitsOf(watch.Limit);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 16 * Chunk, resumeWriterThreshold: 8 * Chunk, useSynchronizationContext: false));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(watch.Token);
        var filling = FillAsync(pipe.Writer, write, watch, over.Token);
        var started = new TaskCompletionSource<Running>(TaskCreationOptions.RunContinuationsAsynchronously);
        var feeding = Task.Factory.StartNew(
            () => Feed(ShellQuoter.CommandLine(words), pipe.Reader, started, watch), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            var running = await started.Task.WaitAsync(watch.Token);
            var overflow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var looking = Measured(running.Command, overflow);
            var first = await Task.WhenAny(running.Execution, feeding, overflow.Task).WaitAsync(watch.Token);
            if (first == feeding)
            {
                await feeding; // a source that failed ends the command here
            }

            await await Task.WhenAny(running.Execution, overflow.Task).WaitAsync(watch.Token);
            var result = Result(doing, running.Command);
            running.Command.Dispose();
            return result;
        }
        catch (OperationCanceledException) when (watch.Token.IsCancellationRequested)
        {
            throw watch.Reason();
        }
        catch (Exception error) when (IsLoss(error))
        {
            if (filling is { IsCompletedSuccessfully: true, Result: { } failure })
            {
                ExceptionDispatchInfo.Throw(failure);
            }

            throw TransportErrors.ConnectionLost(Host.Name, doing, error.Message, error);
        }
        finally
        {
            // A command that ends without reading everything needs no more of it.
            await over.CancelAsync();
            await Task.WhenAny(filling, Task.Delay(Grace, Time, CancellationToken.None));
            _ = feeding.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            _ = started.Task.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    protected override Task<Stream> OpenAsync(string host, int port, string destination, Watch watch) =>
        SshNetTunnel.OpenAsync(client, Host.Name, host, port, destination, watch);

    protected override Task CloseAsync() => VerifyingSshClient.CloseAsync(client.Dispose);

    /// <summary>Lets the source write; what it threw is the result, and what the reader of the pipe gets.</summary>
    private static async Task<Exception?> FillAsync(PipeWriter writer, Func<Stream, CancellationToken, Task> write, Watch watch, CancellationToken cancellationToken)
    {
        try
        {
            await write(new PayloadStream(writer.AsStream(leaveOpen: true), watch.Progress), cancellationToken);
            await writer.CompleteAsync();
            return null;
        }
        catch (Exception error)
        {
            await writer.CompleteAsync(error);
            return error;
        }
    }

    /// <summary>Starts the command and sends its input; runs in a thread of its own.</summary>
    private void Feed(string commandLine, PipeReader reader, TaskCompletionSource<Running> started, Watch watch)
    {
        try
        {
            using var input = reader.AsStream();
            var buffer = new byte[Chunk];
            var count = input.Read(buffer);

            // SSH.NET sends no end of input where there was no input, and a command that waits for it would wait for ever.
            var command = client.CreateCommand(count > 0 ? commandLine : commandLine + " </dev/null");
            var execution = command.ExecuteAsync(CancellationToken.None);
            started.SetResult(new Running(command, execution));
            if (count == 0)
            {
                return;
            }

            var channel = command.CreateInputStream();
            for (; count > 0 && !execution.IsCompleted; count = input.Read(buffer))
            {
                channel.Write(buffer, 0, count);
                watch.Progress();
            }

            channel.Dispose();
        }
        catch (Exception error)
        {
            started.TrySetException(error);
            throw;
        }
    }

    /// <summary>Fails the task when there is more output than an answer can be: SSH.NET stores whatever comes.</summary>
    private ITimer Measured(SshCommand command, TaskCompletionSource overflow) => Time.CreateTimer(
        _ =>
        {
            if (IsTooLong(command))
            {
                overflow.TrySetException(new OutputOverflowException());
            }
        },
        state: null, Look, Look);

    private static bool IsTooLong(SshCommand command) => Math.Max(command.OutputStream.Length, command.ExtendedOutputStream.Length) > HostAnswer.LongestOutput;

    private CommandResult Result(string doing, SshCommand command) => command switch
    {
        _ when IsTooLong(command) => throw new OutputOverflowException(),
        { ExitStatus: { } status } => new CommandResult(status, Decode(command.OutputStream), Decode(command.ExtendedOutputStream)),
        { ExitSignal: { } signal } => new CommandResult(Signals.ExitCode(signal), Decode(command.OutputStream), Decode(command.ExtendedOutputStream)),
        _ => throw TransportErrors.ConnectionLost(Host.Name, doing, "the host closed it without an exit code"),
    };

    /// <summary>The command has ended, so all of it is there. (SSH.NET's own reading guesses at the encoding.)</summary>
    private static string Decode(Stream output)
    {
        using var bytes = new MemoryStream();
        output.CopyTo(bytes);
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>Lets SSH.NET wait as long as the watch does: it would else take a host that is slow for one that is gone.</summary>
    private void AllowWaitsOf(TimeSpan limit)
    {
        if (limit > client.ConnectionInfo.Timeout)
        {
            client.ConnectionInfo.Timeout = limit;
        }
    }

    private static bool IsLoss(Exception error) => error is SshException or SocketException or ObjectDisposedException or InvalidOperationException;

    private sealed record Running(SshCommand Command, Task Execution);
}
