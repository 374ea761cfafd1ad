using System.Collections.Immutable;
using System.ComponentModel;
using System.Runtime.ExceptionServices;
using System.Text;
using CliWrap;
using NixDeploy.HostProtocol;
using CommandResult = NixDeploy.HostProtocol.CommandResult;

namespace NixDeploy.Hosts.Shell;

/// <summary>Runs a program of this machine to its end, under a watch.</summary>
internal static class ChildProcess
{
    // A killed program's pipes may be held open by what it started; nobody waits for those.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>Runs it; a program that the watch ends is killed with everything it started.</summary>
    /// <param name="words">The program and its arguments; no shell reads them.</param>
    /// <param name="environment">What differs from our own environment.</param>
    /// <param name="write">Writes its standard input.</param>
    /// <param name="watch">Its time.</param>
    /// <exception cref="Win32Exception">There is no such program.</exception>
    public static async Task<CommandResult> RunAsync(
        ImmutableArray<string> words, IReadOnlyDictionary<string, string?> environment, Func<Stream, CancellationToken, Task> write, Watch watch)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var kill = new CancellationTokenSource();
        Exception? failure = null;

        async Task FeedAsync(Stream input, CancellationToken cancellationToken)
        {
            try
            {
                await write(new PayloadStream(input, watch.Progress), cancellationToken);
            }
            catch (Exception e) when (e is ReaderGoneException || (e is OperationCanceledException && cancellationToken.IsCancellationRequested))
            {
                // It ended without reading everything; its exit code says why.
            }
            catch (Exception e)
            {
                // Half a payload must not look like a whole one: the program is killed before its input ends.
                failure = e;
                await kill.CancelAsync();
                throw new OperationCanceledException(kill.Token);
            }
        }

        Task OverflowAsync()
        {
            failure ??= new OutputOverflowException();
            return kill.CancelAsync();
        }

        var running = Cli.Wrap(words[0])
            .WithArguments(words.Skip(1))
            .WithEnvironmentVariables(environment)
            .WithStandardInputPipe(PipeSource.Create(FeedAsync))
            .WithStandardOutputPipe(Collect(output, OverflowAsync))
            .WithStandardErrorPipe(Collect(error, OverflowAsync))
            .WithValidation(CommandResultValidation.None)
            .ExecuteAsync(kill.Token)
            .Task;
        try
        {
            var result = await running.WaitAsync(watch.Token);
            return new CommandResult(result.ExitCode, Decode(output), Decode(error));
        }
        catch (OperationCanceledException) when (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
            throw;
        }
        catch (OperationCanceledException) when (watch.Token.IsCancellationRequested)
        {
            await kill.CancelAsync();
            await running.WaitAsync(Grace, watch.Time).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw watch.Reason();
        }
    }

    private static PipeTarget Collect(MemoryStream into, Func<Task> overflow) => PipeTarget.Create(async (from, cancellationToken) =>
    {
        var buffer = new byte[32 * 1024];
        while (await from.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            if (into.Length + count > HostAnswer.LongestOutput)
            {
                await overflow();
                return;
            }

            into.Write(buffer, 0, count);
        }
    });

    private static string Decode(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
}
