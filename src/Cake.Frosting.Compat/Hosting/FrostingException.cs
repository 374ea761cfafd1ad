namespace Cake.Frosting;

/// <summary>A build that is put together wrongly.</summary>
#pragma warning disable CA1032 // The package's class has these two constructors.
public sealed class FrostingException : Exception
#pragma warning restore CA1032
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    public FrostingException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">Where it comes from.</param>
    public FrostingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
