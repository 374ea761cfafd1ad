using System.Collections;
using System.Collections.Immutable;

namespace NixDeploy.Fleets.Description;

/// <summary>Values of settings: those that somebody has given. Immutable; two with the same values are equal.</summary>
internal sealed class SettingValues : IEquatable<SettingValues>, IEnumerable<(Setting Setting, object Value)>
{
    private readonly ImmutableArray<(Setting Setting, object Value)> given;

    private SettingValues(ImmutableArray<(Setting, object)> given) => this.given = given;

    /// <summary>Nothing is given.</summary>
    public static SettingValues Empty { get; } = new([]);

    /// <summary>Whether nothing is given.</summary>
    public bool IsEmpty => given.IsEmpty;

    /// <summary>The value, else the setting's default, else <see langword="null"/> for a class.</summary>
    public T Get<T>(Setting<T> setting) => (T)(Find(setting) ?? setting.DefaultValue)!;

    /// <summary>The value; <see langword="null"/> when none is given.</summary>
    public T? Given<T>(Setting<T> setting)
        where T : struct => (T?)Find(setting);

    /// <summary>The value; <see langword="null"/> when none is given.</summary>
    public object? Find(Setting setting)
    {
        foreach (var (candidate, value) in given)
        {
            if (ReferenceEquals(candidate, setting))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The same with another value; <see langword="null"/>: with none.</summary>
    public SettingValues With<T>(Setting<T> setting, T? value)
        where T : struct => With(setting, (object?)value);

    /// <summary>The same with another value; <see langword="null"/>: with none.</summary>
    public SettingValues With<T>(Setting<T> setting, T? value) => With(setting, (object?)value);

    /// <summary>These values, and those of others where these have none.</summary>
    public SettingValues Over(SettingValues others) => this.Aggregate(others, (all, next) =>
        all.With(next.Setting, next.Setting.Combine is { } combine && others.Find(next.Setting) is { } below ? combine(below, next.Value) : next.Value));

    /// <summary>Those of some settings.</summary>
    public SettingValues Where(Func<Setting, bool> predicate) => new([.. given.Where(g => predicate(g.Setting))]);

    /// <summary>Those of the settings in an object, such as <c>canary</c>.</summary>
    public SettingValues Of(string group) => Where(s => s.Name.StartsWith(group + ".", StringComparison.Ordinal));

    /// <summary>The same with an object's settings replaced.</summary>
    public SettingValues With(string group, SettingValues? values) => (values ?? Empty).Over(Where(s => !s.Name.StartsWith(group + ".", StringComparison.Ordinal)));

    /// <summary>Those that differ from their defaults.</summary>
    /// <param name="but">Those that stay in any case: where the default is not what holds when nothing is given.</param>
    public SettingValues WithoutDefaults(Func<Setting, bool>? but = null) =>
        new([.. given.Where(g => !Same(g.Value, g.Setting.DefaultValue) || but?.Invoke(g.Setting) == true)]);

    /// <summary>Whether two values of a setting are the same; lists and dictionaries are when their elements are.</summary>
    public static bool Same(object? one, object? other) => one is IEnumerable and not string && other is IEnumerable
        ? ((IEnumerable)one).Cast<object>().SequenceEqual(((IEnumerable)other).Cast<object>())
        : Equals(one, other);

    public bool Equals(SettingValues? other) =>
        other is not null && given.Length == other.given.Length && given.Zip(other.given).All(p => p.First.Setting == p.Second.Setting && Same(p.First.Value, p.Second.Value));

    public override bool Equals(object? obj) => Equals(obj as SettingValues);

    public override int GetHashCode() => given.Aggregate(0, (hash, g) => HashCode.Combine(hash, g.Setting.Order, g.Value is IEnumerable and not string ? 0 : g.Value.GetHashCode()));

    public override string ToString() => string.Join(", ", given.Select(g => $"{g.Setting} = {g.Setting.Kind.Shown(g.Value)}"));

    public IEnumerator<(Setting Setting, object Value)> GetEnumerator() => ((IEnumerable<(Setting, object)>)given).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The same with another value; the order of the declarations is kept, so that equal values are written alike.</summary>
    public SettingValues With(Setting setting, object? value)
    {
        var at = 0;
        while (at < given.Length && given[at].Setting.Order < setting.Order)
        {
            at++;
        }

        var others = at < given.Length && given[at].Setting == setting ? given.RemoveAt(at) : given;
        return value is null ? new(others) : new(others.Insert(at, (setting, value)));
    }
}
