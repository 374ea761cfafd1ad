using System.Collections.Immutable;
using NixDeploy.Fleets;
using static NixDeploy.HostProtocol.ScriptWords;

namespace NixDeploy.HostProtocol;

/// <summary>The host protocol over a connection that reaches a shell: each method runs one script and reads its answer. Disposes of the connection too.</summary>
internal sealed class ShellHostSession(IShellConnection connection, Host host) : IHostSession
{
    private static readonly TimeSpan Inspection = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Description = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan DryActivation = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Preparation = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ImportSilence = TimeSpan.FromMinutes(5);

    // A guard ends by itself; these only bound how long its answer is awaited. A boot loader may be slow, and so may a rollback.
    private static readonly TimeSpan PlainSwitch = TimeSpan.FromHours(1);
    private static readonly TimeSpan Verdict = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Listening = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    private static readonly ImmutableArray<string> ImportProgram =
        ["sh", "-c", "PATH=/run/current-system/sw/bin:$PATH:/nix/var/nix/profiles/default/bin:/usr/bin:/bin; exec nix-store --import >/dev/null"];

    public int Commands { get; private set; }

    private string Profile => Clean(host.Target.Profile);

    public async Task<HostState> InspectAsync(ImmutableArray<string> units, CancellationToken cancellationToken) =>
        (await AskAsync("inspect", Of(("profile", Profile)).With(units), Inspection, cancellationToken)).State();

    public async Task<HostContents> ContentsAsync(ContentsRequest request, CancellationToken cancellationToken)
    {
        var words = Of(("system", request.Describe?.Value), ("target", request.DryActivate ? request.Target.Value : null)).With(request.Closure);
        return (await AskAsync("contents", words, Description, cancellationToken)).Contents(request.Describe);
    }

    public async Task<PrepareResult> PrepareAsync(PrepareRequest request, ImmutableArray<StorePath> closure, CancellationToken cancellationToken)
    {
        var words = Of(
            ("run", request.Run),
            ("controller", Clean(request.Controller)),
            ("target", request.Target.Value),
            ("profile", Clean(request.Profile)),
            ("break_lock", Flag(request.BreakLock)),
            ("dead_run", request.DeadRun));
        var answer = await AskAsync("prepare", words.With(closure), Preparation, cancellationToken);
        var taken = answer.Number("taken");
        var holder = answer.Lock();
        if (taken is null && holder is null)
        {
            throw answer.Malformed("taken");
        }

        return new PrepareResult(taken is { } fence ? new Transaction(request.Run, fence) : null, taken is null ? holder : null, answer.Running(), answer.Missing())
        {
            Broken = answer.Lock("broken"),
        };
    }

    public async Task ImportAsync(Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        Commands++;
        var result = await connection.RunWithInputAsync(ImportProgram, write, ImportSilence, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw HostErrors.ImportFailed(host.Name, result);
        }
    }

    public async Task<DryActivationResult> DryActivateAsync(StorePath system, CancellationToken cancellationToken)
    {
        var words = Of(("system", system.Value), ("limit", Seconds(DryActivation)));
        return (await AskAsync("dry-activate", words, DryActivation + Slack, cancellationToken)).DryActivation();
    }

    public async Task<ActivationResult> ActivateAsync(ActivationRequest request, CancellationToken cancellationToken)
    {
        var wait = request.Guard is { } guard ? guard + Slack : PlainSwitch;
        var words = Of(
            request.Transaction,
            ("target", request.Target.Value),
            ("profile", Clean(request.Profile)),
            ("restore_limit", Seconds(request.RollbackLimit)),
            ("wait", Seconds(wait)),
            ("mode", Word(request.Mode)),
            ("generation", request.Generation is { } generation ? Number(generation) : null),
            ("guard", request.Guard is { } limit ? Seconds(limit) : null),
            ("reboot", Flag(request.GuardReboot)),
            ("back", Flag(request.IsRollback))).With(request.MayFail);
        return (await AskAsync("activate", words, wait + Slack, cancellationToken)).Activation();
    }

    public async Task<TransactionState> RenewAsync(Transaction transaction, TimeSpan guard, CancellationToken cancellationToken)
    {
        var words = Of(transaction, ("profile", Profile), ("guard", Seconds(guard)));
        return Recorded(transaction, await AskAsync("renew", words, Inspection, cancellationToken));
    }

    public Task<TransactionState> CommitAsync(Transaction transaction, CancellationToken cancellationToken) =>
        DecideAsync("commit", "commit", transaction, cancellationToken);

    public Task<TransactionState> KeepAsync(Transaction transaction, CancellationToken cancellationToken) =>
        DecideAsync("keep", "keep", transaction, cancellationToken);

    public Task<TransactionState> RollBackAsync(Transaction transaction, CancellationToken cancellationToken) =>
        DecideAsync("rollback", "restore", transaction, cancellationToken);

    public Task ReleaseAsync(Transaction transaction, CancellationToken cancellationToken) =>
        AskAsync("release", Of(transaction), Inspection, cancellationToken);

    public Task RebootAsync(Transaction transaction, CancellationToken cancellationToken) =>
        AskAsync("reboot", Of(transaction), Inspection, cancellationToken);

    public async Task<RollbackReadiness> VerifyRollbackAsync(CancellationToken cancellationToken) =>
        (await AskAsync("verify-rollback", Of(("profile", Profile)), Description, cancellationToken)).Readiness();

    public async Task<ImmutableArray<UnitState>> UnitsAsync(ImmutableArray<string> units, CancellationToken cancellationToken) =>
        units.IsEmpty ? [] : (await AskAsync("units", Of().With(units), Inspection, cancellationToken)).Units();

    public async Task<CommandResult> RunAsync(ImmutableArray<string> arguments, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var script = new ShellScript("run", ShellScripts.Text("run"), Of(("limit", Seconds(deadline))).With(arguments), deadline + Slack);
        var result = await RunScriptAsync(script, cancellationToken);
        return result with { Output = HostAnswer.Body(host.Name, "run", result) };
    }

    public Task<Stream> OpenTcpAsync(string host, int port, CancellationToken cancellationToken) => connection.OpenTcpAsync(host, port, cancellationToken);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <summary>A slow guard is awaited in several short questions, so that a connection that breaks meanwhile is noticed after one of them.</summary>
    private async Task<TransactionState> DecideAsync(string name, string verdict, Transaction transaction, CancellationToken cancellationToken)
    {
        var words = Of(transaction, ("verdict", verdict), ("profile", Profile), ("wait", Seconds(Listening)));
        var heard = TimeSpan.Zero;
        while (true)
        {
            var state = Recorded(transaction, await AskAsync(name, words, Listening + Slack, cancellationToken, script: "verdict"));
            heard += Listening;
            if (state.Phase is not (TransactionPhase.Committing or TransactionPhase.RollingBack) || heard >= Verdict)
            {
                return state;
            }
        }
    }

    private TransactionState Recorded(Transaction transaction, HostAnswer answer) =>
        answer.Transaction() ?? throw HostErrors.NoTransaction(host.Name, transaction.Run);

    private Task<CommandResult> RunScriptAsync(ShellScript script, CancellationToken cancellationToken)
    {
        Commands++;
        return connection.RunScriptAsync(script, cancellationToken);
    }

    private async Task<HostAnswer> AskAsync(string name, ImmutableArray<string> words, TimeSpan deadline, CancellationToken cancellationToken, string? script = null)
    {
        var asked = new ShellScript(name, ShellScripts.Text(script ?? name), words, deadline);
        var result = await RunScriptAsync(asked, cancellationToken);
        var answer = HostAnswer.Parse(host.Name, name, result);
        return answer.Find("error", 1) is { } error
            ? throw HostRefusals.Error(error[0], new HostRefusal(host.Name, asked, error[1..], answer, result.Error))
            : answer;
    }
}
