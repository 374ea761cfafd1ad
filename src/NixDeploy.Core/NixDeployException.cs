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
}

/// <summary>The caller asked for something that cannot be: an argument, an option, a selection. Exit code 2.</summary>
public sealed class UsageException : NixDeployException
{
    /// <inheritdoc cref="NixDeployException(string, string, Exception)"/>
    public UsageException(string code, string message, Exception? inner = null)
        : base(code, message, inner)
    {
    }
}

/// <summary>The fleet's description is wrong: a file, a key, a value, a dependency. Exit code 2.</summary>
public sealed class FleetException : NixDeployException
{
    /// <inheritdoc cref="NixDeployException(string, string, Exception)"/>
    public FleetException(string code, string message, Exception? inner = null)
        : base(code, message, inner)
    {
    }
}

/// <summary>Nix is missing, or could not evaluate, build or read its store. Exit code 3.</summary>
public sealed class NixException : NixDeployException
{
    /// <inheritdoc cref="NixDeployException(string, string, Exception)"/>
    public NixException(string code, string message, Exception? inner = null)
        : base(code, message, inner)
    {
    }
}

/// <summary>One host could not be reached, trusted, asked or changed.</summary>
public sealed class HostException : NixDeployException
{
    /// <inheritdoc cref="NixDeployException(string, string, Exception)"/>
    public HostException(string code, string message, Exception? inner = null)
        : base(code, message, inner)
    {
    }

    /// <summary>Whether nothing answers where the host should be: it is off, asleep, or elsewhere (<c>ND0510</c> to <c>ND0513</c>).</summary>
    /// <param name="code">A problem's code.</param>
    public static bool MeansUnreachable(string code) => code is "ND0510" or "ND0511" or "ND0512" or "ND0513";

    /// <summary>Whether the host itself answered that it did nothing (ND0410 to ND0426), so that nobody has to ask it again.</summary>
    public bool IsRefusal => string.CompareOrdinal(Code, "ND0410") >= 0 && string.CompareOrdinal(Code, "ND0426") <= 0;
}

/// <summary>The state folder, the journal or a lease cannot be used as it is. Exit code 3.</summary>
public sealed class StateException : NixDeployException
{
    /// <inheritdoc cref="NixDeployException(string, string, Exception)"/>
    public StateException(string code, string message, Exception? inner = null)
        : base(code, message, inner)
    {
    }
}
