using System.Collections.Immutable;

namespace NixDeploy.Fleets;

/// <summary>Arrays as others may hand them over.</summary>
internal static class ImmutableArrays
{
    /// <summary>The array; an empty one in place of the default value, which is no array and cannot be read.</summary>
    public static ImmutableArray<T> OrEmpty<T>(this ImmutableArray<T> array) => array.IsDefault ? [] : array;
}
