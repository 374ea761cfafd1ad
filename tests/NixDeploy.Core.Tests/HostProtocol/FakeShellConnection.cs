using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>Answers every script with the next of the given outputs and remembers what it was asked.</summary>
internal sealed class FakeShellConnection(params string[] outputs) : IShellConnection
{
    private readonly Queue<string> outputs = new(outputs);

    public List<ShellScript> Scripts { get; } = [];

    public string Error { get; init; } = "";

    public int ExitCode { get; init; }

    public bool Disposed { get; private set; }

    public static string Answer(params string[] lines) => string.Join('\n', [ScriptText.Begin, .. lines, ScriptText.End, ""]);

    public Task<CommandResult> RunScriptAsync(ShellScript script, CancellationToken cancellationToken)
    {
        Scripts.Add(script);
        return Task.FromResult(new CommandResult(ExitCode, outputs.Dequeue(), Error));
    }

    public async Task<CommandResult> RunWithInputAsync(
        ImmutableArray<string> arguments, Func<Stream, CancellationToken, Task> write, TimeSpan silence, CancellationToken cancellationToken)
    {
        await write(Stream.Null, cancellationToken);
        return new CommandResult(ExitCode, "", Error);
    }

    public Task<Stream> OpenTcpAsync(string host, int port, CancellationToken cancellationToken) => Task.FromResult(Stream.Null);

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }
}
