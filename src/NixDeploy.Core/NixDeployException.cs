using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy;

/// <summary>What every error of NixDeploy is: a stable code and a sentence that says what to do.</summary>
/// <remarks>The message never carries a stack trace or a secret; the codes are listed in <c>docs/errors.md</c>.</remarks>
public abstract class NixDeployException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable code, <c>ND</c> and four digits.</param>
    /// <param name="message">One sentence: what is wrong, where, and what was expected.</param>
    /// <param name="inner">What caused it, or <see langword="null"/>.</param>
    protected NixDeployException(string code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>The stable code, <c>ND0001</c> and up.</summary>
    public string Code { get; }

    /// <summary>The same as data, for events and results.</summary>
    public Problem ToProblem() => new(Code, Message);

    /// <summary>What an error says of the host that it concerns; one that is not ours is a bug (<c>ND0999</c>).</summary>
    internal static Problem ProblemOf(HostName host, Exception error) => error is NixDeployException known
        ? known.ToProblem()
        : new Problem("ND0999", $"{host}: an internal error, please report it: {error.GetType().Name}: {error.Message}");
}

/// <summary>The caller asked for something that cannot be: an argument, an option, a selection. Exit code 2.</summary>
/// <inheritdoc cref="NixDeployException(string, string, Exception)" path="/param"/>
public sealed class UsageException(string code, string message, Exception? inner = null) : NixDeployException(code, message, inner);

/// <summary>The fleet's description is wrong: a file, a key, a value, a dependency. Exit code 2.</summary>
/// <inheritdoc cref="NixDeployException(string, string, Exception)" path="/param"/>
public sealed class FleetException(string code, string message, Exception? inner = null) : NixDeployException(code, message, inner);

/// <summary>Nix is missing, or could not evaluate, build or read its store. Exit code 3.</summary>
/// <inheritdoc cref="NixDeployException(string, string, Exception)" path="/param"/>
public sealed class NixException(string code, string message, Exception? inner = null) : NixDeployException(code, message, inner);

/// <summary>One host could not be reached, trusted, asked or changed.</summary>
/// <inheritdoc cref="NixDeployException(string, string, Exception)" path="/param"/>
public sealed class HostException(string code, string message, Exception? inner = null) : NixDeployException(code, message, inner)
{
    /// <summary>Whether nothing answers where the host should be: it is off, asleep, or elsewhere (<c>ND0510</c> to <c>ND0513</c>).</summary>
    /// <param name="code">A problem's code.</param>
    public static bool MeansUnreachable(string code) => code is "ND0510" or "ND0511" or "ND0512" or "ND0513";

    /// <summary>Whether connecting may go well the next moment: nothing was wrong but that the host, or one on the way, was too busy.</summary>
    internal bool IsTransient { get; init; }

    /// <summary>Whether the connection was lost: it ended, or nothing came over it any more (<c>ND0402</c>, <c>ND0530</c>, <c>ND0532</c>, <c>ND0533</c>).</summary>
    internal bool IsLoss => Code is "ND0402" or "ND0530" or "ND0532" or "ND0533";

    /// <summary>Whether the host itself answered that it did nothing (ND0410 to ND0426), so that nobody has to ask it again.</summary>
    public bool IsRefusal => string.CompareOrdinal(Code, "ND0410") >= 0 && string.CompareOrdinal(Code, "ND0426") <= 0;
}

/// <summary>The state folder, the journal or a lease cannot be used as it is. Exit code 3.</summary>
/// <inheritdoc cref="NixDeployException(string, string, Exception)" path="/param"/>
public sealed class StateException(string code, string message, Exception? inner = null) : NixDeployException(code, message, inner);

/// <summary>
/// The journal of a run that goes on cannot be written any more. Nothing more is begun or committed; the hosts in flight are left to their
/// guards. Exit code 4.
/// </summary>
public sealed class StateLostException : NixDeployException
{
    /// <summary>Creates the error.</summary>
    /// <param name="run">The run's id.</param>
    /// <param name="inFlight">The hosts on which something was begun whose end is not recorded.</param>
    /// <param name="cause">Why the journal cannot be written.</param>
    public StateLostException(string run, ImmutableArray<HostName> inFlight, StateException cause)
        : base("ND0704", MessageOf(run, inFlight, cause), cause) => InFlight = inFlight;

    /// <summary>The hosts on which something was begun whose end is not recorded, in ordinal order.</summary>
    public ImmutableArray<HostName> InFlight { get; }

    private static string MessageOf(string run, ImmutableArray<HostName> inFlight, StateException cause) =>
        $"Run {run} cannot be recorded any more ({cause.Code}): {cause.Message} "
        + (inFlight.IsEmpty ? "No host was in flight." : $"In flight: {string.Join(", ", inFlight)}; their guards decide, and Status tells what they run.");
}
