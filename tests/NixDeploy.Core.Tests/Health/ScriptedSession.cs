using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.Health;

/// <summary>A session that answers as a test says and counts what it was asked.</summary>
internal sealed class ScriptedSession : IHostSession
{
    public int Commands { get; private set; }

    public List<string> Asked { get; } = [];

    public Func<ImmutableArray<string>> FailedUnits { get; set; } = () => [];

    public Func<HostState, HostState> State { get; set; } = state => state;

    public Func<string, UnitState> Unit { get; set; } = name => new UnitState(name, "loaded", "active", "running", 0);

    public Func<ImmutableArray<string>, TimeSpan, CommandResult> Program { get; set; } = (_, _) => new CommandResult(0, "", "");

    /// <summary>What a program takes its time with before it answers.</summary>
    public Func<ImmutableArray<string>, TimeSpan, Task> Pause { get; set; } = (_, _) => Task.CompletedTask;

    public Func<string, int, CancellationToken, Task<Stream>> Tcp { get; set; } = (_, _, _) => Task.FromResult(Stream.Null);

    public Task<HostState> InspectAsync(ImmutableArray<string> units, CancellationToken cancellationToken) =>
        Answer("inspect " + string.Join(' ', units), () => State(new HostState { FailedUnits = FailedUnits(), Units = [.. units.Select(Unit)] }));

    public Task<ImmutableArray<UnitState>> UnitsAsync(ImmutableArray<string> units, CancellationToken cancellationToken) =>
        Answer<ImmutableArray<UnitState>>("units " + string.Join(' ', units), () => [.. units.Select(Unit)]);

    public async Task<CommandResult> RunAsync(ImmutableArray<string> arguments, TimeSpan deadline, CancellationToken cancellationToken)
    {
        await Pause(arguments, deadline);
        return await Answer(string.Join(' ', arguments), () => Program(arguments, deadline));
    }

    public Task<Stream> OpenTcpAsync(string host, int port, CancellationToken cancellationToken) => Tcp(host, port, cancellationToken);

    public Task<HostContents> ContentsAsync(ContentsRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PrepareResult> PrepareAsync(PrepareRequest request, ImmutableArray<StorePath> closure, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ImportAsync(Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<RollbackReadiness> VerifyRollbackAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<DryActivationResult> DryActivateAsync(StorePath system, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ActivationResult> ActivateAsync(ActivationRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TransactionState> RenewAsync(Transaction transaction, TimeSpan guard, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TransactionState> CommitAsync(Transaction transaction, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TransactionState> KeepAsync(Transaction transaction, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RebootAsync(Transaction transaction, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TransactionState> RollBackAsync(Transaction transaction, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ReleaseAsync(Transaction transaction, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> Answer<T>(string asked, Func<T> answer)
    {
        Commands++;
        Asked.Add(asked);
        try
        {
            return Task.FromResult(answer());
        }
        catch (HostException e)
        {
            return Task.FromException<T>(e);
        }
    }
}
