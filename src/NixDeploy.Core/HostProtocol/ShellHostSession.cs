using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>The host protocol over a connection that reaches a shell: each method runs one script and reads its answer.</summary>
/// <param name="connection">The connection; disposed with the session.</param>
/// <param name="host">The host at its other end.</param>
internal sealed class ShellHostSession(IShellConnection connection, Host host) : IHostSession
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Description = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan DryActivation = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Preparation = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ImportSilence = TimeSpan.FromMinutes(5);

    // A guard ends by itself; these only bound how long anybody listens. A boot loader may be slow, and so may a way back.
    private static readonly TimeSpan PlainSwitch = TimeSpan.FromHours(1);
    private static readonly TimeSpan Verdict = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Listening = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    private static readonly ImmutableArray<string> ImportProgram =
        ["sh", "-c", "PATH=/run/current-system/sw/bin:$PATH:/nix/var/nix/profiles/default/bin:/usr/bin:/bin; exec nix-store --import >/dev/null"];

    /// <inheritdoc/>
    public int Commands { get; private set; }

    /// <inheritdoc/>
    public async Task<HostState> InspectAsync(ImmutableArray<string> units, CancellationToken cancellationToken) =>
        (await AskAsync("inspect", ShellScripts.Inspect, [Clean(host.Target.Profile), .. units], Look, cancellationToken)).State();

    /// <inheritdoc/>
    public async Task<HostContents> ContentsAsync(ContentsRequest request, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(
            "contents",
            ShellScripts.Contents,
            ["", request.Describe?.Value ?? "", request.DryActivate ? request.Target.Value : "", .. request.Closure.Select(p => p.Value)],
            Description,
            cancellationToken);
        return answer.Contents(request.Describe);
    }

    /// <inheritdoc/>
    public async Task<PrepareResult> PrepareAsync(PrepareRequest request, ImmutableArray<StorePath> closure, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(
            "prepare",
            ShellScripts.Prepare,
            [request.Run, Clean(request.Controller), request.Target.Value, Clean(request.Profile), YesNo(request.BreakLock), .. closure.Select(p => p.Value)],
            Preparation,
            cancellationToken);
        var taken = answer.Number("taken");
        var holder = answer.Lock();
        if (taken is null && holder is null)
        {
            throw answer.Malformed("taken");
        }

        return new PrepareResult(
            taken is { } fence ? new Transaction(request.Run, fence) : null,
            taken is null ? holder : null,
            answer.Running(),
            answer.Missing())
        {
            Broken = answer.BrokenLock(),
        };
    }

    /// <inheritdoc/>
    public async Task ImportAsync(Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        Commands++;
        var result = await connection.RunWithInputAsync(ImportProgram, write, ImportSilence, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw HostErrors.ImportFailed(host.Name, result);
        }
    }

    /// <inheritdoc/>
    public async Task<DryActivationResult> DryActivateAsync(StorePath system, CancellationToken cancellationToken) =>
        (await AskAsync("dry-activate", ShellScripts.DryActivate, [system.Value, Seconds(DryActivation)], DryActivation + Slack, cancellationToken, system)).DryActivation();

    /// <inheritdoc/>
    public async Task<ActivationResult> TryAsync(ActivationRequest request, CancellationToken cancellationToken)
    {
        var wait = request.Guard is { } guard ? guard + Slack : PlainSwitch;
        var arguments = Arguments(
            request.Transaction,
            request.Target.Value,
            Clean(request.Profile),
            request.Generation?.ToString(CultureInfo.InvariantCulture) ?? "",
            request.Guard is { } limit ? Seconds(limit) : "",
            YesNo(request.GuardReboot),
            Seconds(request.RollbackLimit),
            Seconds(wait),
            Word(request.Mode));
        return (await AskAsync("try", ShellScripts.Try, arguments, wait + Slack, cancellationToken, request.Target, request.Generation)).Try();
    }

    /// <inheritdoc/>
    public async Task<TransactionState> RenewAsync(Transaction transaction, TimeSpan guard, CancellationToken cancellationToken) =>
        Recorded(transaction, await AskAsync("renew", ShellScripts.Renew, Arguments(transaction, Clean(host.Target.Profile), Seconds(guard)), Look, cancellationToken));

    /// <inheritdoc/>
    public Task<TransactionState> CommitAsync(Transaction transaction, CancellationToken cancellationToken) =>
        DecideAsync("commit", transaction, cancellationToken);

    /// <inheritdoc/>
    public Task<TransactionState> KeepAsync(Transaction transaction, CancellationToken cancellationToken) =>
        DecideAsync("keep", transaction, cancellationToken);

    /// <inheritdoc/>
    public Task<TransactionState> RollBackAsync(Transaction transaction, CancellationToken cancellationToken) =>
        DecideAsync("restore", transaction, cancellationToken);

    /// <inheritdoc/>
    public Task ReleaseAsync(Transaction transaction, CancellationToken cancellationToken) =>
        AskAsync("release", ShellScripts.Release, Arguments(transaction), Look, cancellationToken);

    /// <inheritdoc/>
    public Task RebootAsync(Transaction transaction, CancellationToken cancellationToken) =>
        AskAsync("reboot", ShellScripts.Reboot, Arguments(transaction), Look, cancellationToken);

    /// <inheritdoc/>
    public async Task<RollbackReadiness> VerifyRollbackAsync(CancellationToken cancellationToken) =>
        (await AskAsync("verify-rollback", ShellScripts.VerifyRollback, [Clean(host.Target.Profile)], Description, cancellationToken)).Readiness();

    /// <inheritdoc/>
    public async Task<ImmutableArray<UnitState>> UnitsAsync(ImmutableArray<string> units, CancellationToken cancellationToken) =>
        units.IsEmpty ? [] : (await AskAsync("units", ShellScripts.Units, units, Look, cancellationToken)).Units();

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(ImmutableArray<string> arguments, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var result = await RunScriptAsync("run", ShellScripts.Run, [Seconds(deadline), .. arguments], deadline + Slack, cancellationToken);
        return result with { Output = HostAnswer.Body(host.Name, "run", result) };
    }

    /// <inheritdoc/>
    public Task<Stream> OpenTcpAsync(string host, int port, CancellationToken cancellationToken) => connection.OpenTcpAsync(host, port, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <summary>A guard that is slow is listened to piece by piece: a link that is dead by now is noticed after one of them.</summary>
    private async Task<TransactionState> DecideAsync(string verdict, Transaction transaction, CancellationToken cancellationToken)
    {
        ImmutableArray<string> arguments = [verdict, .. Arguments(transaction, Clean(host.Target.Profile), Seconds(Listening))];
        var heard = TimeSpan.Zero;
        while (true)
        {
            var state = Recorded(transaction, await AskAsync(verdict, ShellScripts.Verdict, arguments, Listening + Slack, cancellationToken));
            heard += Listening;
            if (state.Phase is not (TransactionPhase.Committing or TransactionPhase.RollingBack) || heard >= Verdict)
            {
                return state;
            }
        }
    }

    private TransactionState Recorded(Transaction transaction, HostAnswer answer) =>
        answer.Transaction() ?? throw HostErrors.NoTransaction(host.Name, transaction);

    private Task<CommandResult> RunScriptAsync(string name, string text, ImmutableArray<string> arguments, TimeSpan deadline, CancellationToken cancellationToken)
    {
        Commands++;
        return connection.RunScriptAsync(new ShellScript(name, text, arguments, deadline), cancellationToken);
    }

    private async Task<HostAnswer> AskAsync(
        string name, string text, ImmutableArray<string> arguments, TimeSpan deadline, CancellationToken cancellationToken, StorePath? target = null, int? generation = null)
    {
        var result = await RunScriptAsync(name, text, arguments, deadline, cancellationToken);
        var answer = HostAnswer.Parse(host.Name, name, result);
        if (answer.Find("error", 1) is { } error)
        {
            throw Error(name, error, answer, result.Error, arguments, target, generation);
        }

        return answer;
    }

    private HostException Error(string script, ImmutableArray<string> error, HostAnswer answer, string said, ImmutableArray<string> arguments, StorePath? target, int? generation)
    {
        var detail = error.Length > 1 ? error[1] : "";
        return error[0] switch
        {
            "lock-lost" => HostErrors.LockLost(host.Name, script, answer.Lock()),
            "not-a-system" when target is not null => HostErrors.NotASystem(host.Name, target),
            "incomplete" when target is not null => HostErrors.Incomplete(host.Name, target),
            "other-generation" when target is not null && generation is { } number => HostErrors.OtherGeneration(host.Name, number, target),
            "no-guard" => HostErrors.NoGuard(host.Name, said),
            "no-reboot" => HostErrors.NoReboot(host.Name, detail.Length > 0 ? detail : said),
            "cannot-write" => HostErrors.CannotWrite(host.Name, detail, said),
            "store-broken" => HostErrors.StoreBroken(host.Name, said),
            "unreadable" => HostErrors.Unreadable(host.Name, said),
            "no-transaction" => HostErrors.NoTransaction(host.Name, new Transaction(arguments[script is "commit" or "keep" or "restore" ? 1 : 0], 0)),
            "not-activated" => HostErrors.NotActivated(host.Name),
            "moved-on" => HostErrors.MovedOn(host.Name, detail),
            "guarded" => HostErrors.GuardAtWork(host.Name, script),
            var word => HostErrors.Unknown(host.Name, script, word),
        };
    }

    private static ImmutableArray<string> Arguments(Transaction transaction, params ReadOnlySpan<string> rest) =>
        [transaction.Run, transaction.Fence.ToString(CultureInfo.InvariantCulture), .. rest];

    private static string Seconds(TimeSpan time) => Math.Max(1, (long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static string Word(ActivationMode mode) => mode switch
    {
        ActivationMode.Switch => "switch",
        ActivationMode.Boot => "boot",
        ActivationMode.Test => "test",
        _ => throw new ArgumentException($"A try cannot {mode}.", nameof(mode)),
    };

    private static string YesNo(bool value) => value ? "yes" : "no";

    /// <summary>The files on the host have a line for each value, so no value may bring its own.</summary>
    private static string Clean(string value) => string.Concat(value.Select(c => char.IsControl(c) ? '?' : c));
}
