namespace NixDeploy.Fleets;

/// <summary>
/// A text that a setting gives as itself or as where to read it: a file or an environment variable. Plans, events and digests hold the
/// reference, never what it yields; it is resolved where it is used.
/// </summary>
/// <remarks>
/// In JSON a plain text is a string, a reference is <c>{ "file": "…" }</c> or <c>{ "env": "…" }</c>, and a secret that the fleet
/// contains as text is written as <c>{ "masked": "…" }</c>, which tells a changed secret from an unchanged one and cannot be resolved.
/// </remarks>
public abstract record ValueReference
{
    private ValueReference()
    {
    }

    /// <summary>What may be shown of it: the text itself where it is no secret, else where it is read or its masked form.</summary>
    public abstract string Shown { get; }

    /// <summary>A text that is no secret.</summary>
    public static implicit operator ValueReference(string text) => FromString(text);

    /// <summary>A text that is no secret.</summary>
    public static ValueReference FromString(string text) => new Plain(text);

    /// <summary>The same as <see cref="Shown"/>: a secret never reaches a message or a log.</summary>
    public sealed override string ToString() => Shown;

    /// <summary>Reads the value now.</summary>
    /// <param name="cancellationToken">Cancels the reading of a file.</param>
    /// <returns>The text; of a file without the line ends at its end.</returns>
    /// <exception cref="FleetException"><c>ND0112</c>: the file or variable is missing, empty or cannot be read. The message never has the value.</exception>
    public abstract ValueTask<string> ResolveAsync(CancellationToken cancellationToken = default);

    private static FleetException Unresolved(string what, Exception? inner = null) => new("ND0112", what, inner);

    /// <summary>A text that is no secret.</summary>
    /// <param name="Value">The text.</param>
    public sealed record Plain(string Value) : ValueReference
    {
        /// <inheritdoc/>
        public override string Shown => Value;

        /// <inheritdoc/>
        public override ValueTask<string> ResolveAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(Value);
    }

    /// <summary>A secret that the fleet's description contains as text.</summary>
    /// <param name="Value">The secret.</param>
    public sealed record Secret(string Value) : ValueReference
    {
        /// <summary>Of a URL scheme and host, of any other text nothing, then a part of its digest.</summary>
        public override string Shown =>
            $"{(Uri.TryCreate(Value, UriKind.Absolute, out var url) && url.Host.Length > 0 ? $"{url.Scheme}://{url.Host}/" : "")}…{Digest.Of(Value)[..8]}";

        /// <inheritdoc/>
        public override ValueTask<string> ResolveAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(Value);
    }

    /// <summary>The content of a file on the controller.</summary>
    /// <param name="Path">An absolute path, or one below <c>~/</c>.</param>
    public sealed record File(string Path) : ValueReference
    {
        /// <summary>Longer than any secret, URL or argument.</summary>
        private const int MostBytes = 1 << 20;

        /// <inheritdoc/>
        public override string Shown => $"file {Path}";

        /// <inheritdoc/>
        public override ValueTask<string> ResolveAsync(CancellationToken cancellationToken = default)
        {
            var file = Path.StartsWith("~/", StringComparison.Ordinal)
                ? System.IO.Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), Path[2..])
                : Path;
            try
            {
                var text = GivenFile.ReadText(file, MostBytes).TrimEnd('\r', '\n');
                return text.Length > 0 ? ValueTask.FromResult(text) : throw Unresolved($"The file {Text.Quote(Path)} that a setting refers to is empty; write the value into it.");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw Unresolved($"The file {Text.Quote(Path)} that a setting refers to cannot be read: {e.Message}", e);
            }
        }
    }

    /// <summary>An environment variable of the controller.</summary>
    /// <param name="Name">The variable's name.</param>
    public sealed record Environment(string Name) : ValueReference
    {
        /// <inheritdoc/>
        public override string Shown => $"variable {Name}";

        /// <inheritdoc/>
        public override ValueTask<string> ResolveAsync(CancellationToken cancellationToken = default) =>
            System.Environment.GetEnvironmentVariable(Name) is { Length: > 0 } value
                ? ValueTask.FromResult(value)
                : throw Unresolved($"The environment variable {Text.Quote(Name)} that a setting refers to is not set; set it for the process that deploys.");
    }

    /// <summary>A secret of which a plan or an event holds the masked form only.</summary>
    /// <param name="Form">What may be shown.</param>
    public sealed record Masked(string Form) : ValueReference
    {
        /// <inheritdoc/>
        public override string Shown => Form;

        /// <inheritdoc/>
        public override ValueTask<string> ResolveAsync(CancellationToken cancellationToken = default) =>
            throw Unresolved($"The secret {Text.Quote(Form)} is not kept in plans; give it as {{ \"file\": … }} or {{ \"env\": … }} where a plan is carried out later.");
    }
}
