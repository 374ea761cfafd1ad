namespace NixDeploy.Fleets.Description;

/// <summary>Where a setting may be given.</summary>
[Flags]
internal enum Scopes
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary><c>deployment-coordinator</c>.</summary>
    Fleet = 1,

    /// <summary><c>claude.deployment</c>, or <c>hosts.NAME</c> of fleet.json.</summary>
    Host = 2,

    /// <summary><c>hosts.NAME</c> of fleet.json alone: where the host's system comes from.</summary>
    System = 4,

    /// <summary>An element of <c>health-checks</c>.</summary>
    Check = 8,

    /// <summary>A <see cref="DeploymentRequest"/>: shapes its plan.</summary>
    Plan = 16,

    /// <summary>A <see cref="DeploymentRequest"/>: of the run itself, so it goes with a saved plan too.</summary>
    Run = 32,

    /// <summary>A <see cref="DeploymentRequest"/> for a rollback has a use for it too.</summary>
    Rollback = 64,
}

/// <summary>One setting: everything that reading, merging, arguments, the schema and the documentation need to know of it.</summary>
internal abstract class Setting(string name, SettingKind kind)
{
    /// <summary>Its name; dots lead into objects, as in <c>canary.bake</c>.</summary>
    public string Name { get; } = name;

    /// <summary>What its values are.</summary>
    public SettingKind Kind { get; } = kind;

    /// <summary>The type of its values.</summary>
    public abstract Type Type { get; }

    /// <summary>Where it may be given.</summary>
    public required Scopes For { get; init; }

    /// <summary>What it means: one sentence, in Markdown, without the full stop.</summary>
    public required string Says { get; init; }

    /// <summary>What holds where it is not given and has no default, in a few words.</summary>
    public string Unset { get; init; } = "";

    /// <summary>The value where none is given; <see langword="null"/>: none.</summary>
    public object? DefaultValue { get; protected init; }

    /// <summary>Its argument's name, without dashes; <see langword="null"/>: the setting's own name, where a request may give it.</summary>
    public string? Argument { get; init; }

    /// <summary>A name that it had in an earlier version; still read, with a notice.</summary>
    public string? FormerName { get; init; }

    /// <summary>How a value is laid over another one; <see langword="null"/>: it replaces it.</summary>
    public Func<object, object, object>? Combine { get; init; }

    /// <summary>Its place among all settings, in the order of their declarations.</summary>
    public int Order { get; set; }

    /// <summary>The argument that gives it.</summary>
    public string ArgumentName => Argument ?? Name;

    /// <summary>Whether a host takes the fleet's value where it has none of its own.</summary>
    public bool IsInherited => Is(Scopes.Fleet) && Is(Scopes.Host);

    /// <summary>Whether it may be given there.</summary>
    public bool Is(Scopes scopes) => (For & scopes) != Scopes.None;

    public override string ToString() => Name;
}

/// <inheritdoc/>
/// <typeparam name="T">The type of its values.</typeparam>
internal sealed class Setting<T>(string name, SettingKind<T> kind) : Setting(name, kind)
{
    public override Type Type => typeof(T);

    /// <summary>The value where none is given.</summary>
    public T Default { init => DefaultValue = value; }
}
