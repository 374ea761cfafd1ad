namespace NixDeploy.Events;

/// <summary>What a person asks of a run that goes on.</summary>
/// <param name="By">Who asks, for the journal.</param>
public abstract record RunCommand(string By)
{
    /// <summary>The next stage starts.</summary>
    /// <param name="Stage">The stage that was asked about, from 0.</param>
    /// <param name="By">Who approves.</param>
    public sealed record Approve(int Stage, string By) : RunCommand(By);

    /// <summary>The next stage does not start, and the run is rolled back.</summary>
    /// <param name="Stage">The stage that was asked about, from 0.</param>
    /// <param name="By">Who rejects.</param>
    /// <param name="Reason">Why; may be empty.</param>
    public sealed record Reject(int Stage, string By, string Reason) : RunCommand(By);

    /// <summary>No further host is started; those in flight finish.</summary>
    /// <param name="By">Who cancels.</param>
    /// <param name="Reason">Why; may be empty.</param>
    public sealed record Cancel(string By, string Reason) : RunCommand(By);
}

/// <summary>Carries commands to one run, from this process or another. Implementations pass one contract suite.</summary>
public interface IRunCommands
{
    /// <summary>Gives the run a command. Of several answers to one question the first counts, and of several cancellations.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Cancels the sending.</param>
    /// <returns>The command that was given before and counts in place of this one; <see langword="null"/>: this one counts.</returns>
    /// <exception cref="StateException"><c>ND0713</c>: it could not be stored.</exception>
    Task<RunCommand?> SendAsync(RunCommand command, CancellationToken cancellationToken = default);

    /// <summary>The commands that count, each once, those from before too, until it is cancelled.</summary>
    /// <param name="cancellationToken">Ends the listening.</param>
    IAsyncEnumerable<RunCommand> ListenAsync(CancellationToken cancellationToken = default);
}
