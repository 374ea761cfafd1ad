namespace NixDeploy.Fleets;

/// <summary>Hosts in a sentence.</summary>
internal static class HostList
{
    /// <summary>The names, or the first few of them and how many more there are.</summary>
    /// <param name="names">The names, in the order in which they are to be read.</param>
    /// <param name="most">How many things are listed at most, <c>and 3 more</c> being one of them.</param>
    public static string Few(IReadOnlyCollection<HostName> names, int most = 4) => names.Count <= most
        ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(most - 1))} and {names.Count - most + 1} more";
}
