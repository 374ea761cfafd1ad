using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using NixDeploy.Events;

namespace NixDeploy.Journal;

/// <summary>Commands to a run of this process.</summary>
internal sealed class LocalRunCommands : IRunCommands
{
    private readonly ConcurrentDictionary<int, RunCommand> first = new();
    private readonly Channel<RunCommand> queue = Channel.CreateUnbounded<RunCommand>();

    /// <inheritdoc/>
    public Task<RunCommand?> SendAsync(RunCommand command, CancellationToken cancellationToken = default)
    {
        var question = command switch
        {
            RunCommand.Approve approve => approve.Stage,
            RunCommand.Reject reject => reject.Stage,
            _ => -1,
        };
        var counts = first.TryAdd(question, command);
        if (counts)
        {
            queue.Writer.TryWrite(command);
        }

        return Task.FromResult(counts ? null : first[question]);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunCommand> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await NextAsync(cancellationToken).ConfigureAwait(false) is { } command)
        {
            yield return command;
        }
    }

    private async Task<RunCommand?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await queue.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
