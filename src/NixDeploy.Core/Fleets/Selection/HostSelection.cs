using System.Collections.Immutable;

namespace NixDeploy.Fleets.Selection;

/// <summary>Which hosts somebody means: <c>--hosts</c> as data.</summary>
/// <remarks>
/// Pieces between commas, each a name, a pattern of names (<c>web-*</c>, <c>?</c>) or <c>@role</c> or <c>@tag</c> (patterns too);
/// <c>!</c> before a piece takes its hosts away, wherever it stands. With nothing but exclusions, all other hosts are meant.
/// Every piece must match a host: a slip of the hand is an error, never a smaller deployment. What follows <c> #</c> in a piece
/// is a remark on where it was written; sentences about the piece begin with it.
/// </remarks>
public sealed record HostSelection
{
    private readonly ImmutableArray<Piece> pieces;

    private HostSelection(string text, ImmutableArray<Piece> pieces) => (Text, this.pieces) = (text, pieces);

    /// <summary>The selection as it was written.</summary>
    public string Text { get; }

    /// <summary>Whether everything that the hosts depend on is meant too, except what is excluded. Default false.</summary>
    public bool IncludeDependencies { get; init; }

    /// <summary>Hosts that are meant besides, where the fleet has them and nothing excludes them.</summary>
    internal ImmutableArray<HostName> Also { get; init; } = [];

    /// <summary>Whether it can be told from the hosts' names alone, before anything is known about them; dependencies aside.</summary>
    public bool IsByName => pieces.All(p => !p.ByWord);

    /// <summary>Reads a selection.</summary>
    /// <exception cref="UsageException"><c>ND0201</c>: it names nothing; <c>ND0202</c>: a piece is empty.</exception>
    public static HostSelection Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new UsageException("ND0201", "--hosts names nothing: leave it out for all hosts, or give names, such as --hosts=web-1,db-*.");
        }

        return new HostSelection(text, [.. text.Split(',').Select(p => Piece.Parse(p.Trim(), text)).Distinct()]);
    }

    /// <summary>The hosts that are meant.</summary>
    /// <exception cref="UsageException"><c>ND0203</c>: a piece matches no host; <c>ND0204</c>: the exclusions leave none.</exception>
    public ImmutableSortedSet<HostName> Select(Fleet fleet)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        return Select(fleet.Origin, [.. fleet.Hosts.Values], fleet.NotDeployed, named => IncludeDependencies ? FleetDependencies.Behind(fleet, named) : []);
    }

    /// <summary>The same, where nothing but names is known and dependencies are not; meant for selections that are <see cref="IsByName"/>.</summary>
    /// <param name="origin">Where the fleet is read.</param>
    /// <param name="names">The hosts' names.</param>
    /// <param name="notDeployed">As <see cref="Fleet.NotDeployed"/>, as far as that is known.</param>
    internal ImmutableSortedSet<HostName> Select(string origin, IEnumerable<HostName> names, IReadOnlyDictionary<string, string> notDeployed) =>
        Select(origin, [.. names.Select(n => new Host(n))], notDeployed, _ => []);

    private ImmutableSortedSet<HostName> Select(
        string origin, ImmutableArray<Host> hosts, IReadOnlyDictionary<string, string> notDeployed, Func<IEnumerable<HostName>, IEnumerable<HostName>> behind)
    {
        var index = new HostIndex(hosts);
        var (included, excluded) = (new HashSet<HostName>(), new HashSet<HostName>());
        foreach (var piece in pieces)
        {
            (piece.Excluded ? excluded : included).UnionWith(piece.Matching(origin, index, notDeployed));
        }

        var named = pieces.All(p => p.Excluded) ? [.. index.All] : included;
        named.UnionWith(Also.Where(a => index.By(word: false).ContainsKey(a.Value)));
        named.ExceptWith(excluded);
        if (named.Count == 0)
        {
            throw new UsageException("ND0204", $"--hosts={Shown(Text)} leaves no host: its exclusions take away every host that it names.");
        }

        return [.. named, .. behind(named).Where(d => !excluded.Contains(d))];
    }

    /// <summary>The same in writing, for the fleet that these hosts were selected from.</summary>
    internal string TextFor(ImmutableSortedSet<HostName> selected) =>
        pieces.All(p => p.Excluded) ? Text : string.Join(',', Also.Where(selected.Contains).Select(a => a.Value).Prepend(Text));

    /// <inheritdoc/>
    public bool Equals(HostSelection? other) =>
        other is not null && IncludeDependencies == other.IncludeDependencies && Also.SequenceEqual(other.Also) && pieces.SequenceEqual(other.pieces);

    /// <inheritdoc/>
    public override int GetHashCode() => pieces.Aggregate(IncludeDependencies.GetHashCode(), HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static string Shown(string text) => Fleets.Text.Quote(text)[1..^1];

    /// <summary>What stands between two commas. Where it was written makes no difference between two pieces.</summary>
    private sealed record Piece(string Pattern, bool ByWord, bool Excluded)
    {
        private string? where;

        private bool IsPattern => Pattern.AsSpan().ContainsAny('*', '?');

        public bool Equals(Piece? other) => other is not null && (Pattern, ByWord, Excluded) == (other.Pattern, other.ByWord, other.Excluded);

        public override int GetHashCode() => HashCode.Combine(Pattern, ByWord, Excluded);

        public static Piece Parse(string piece, string whole)
        {
            var remark = piece.IndexOf(" #", StringComparison.Ordinal);
            var (text, where) = remark < 0 ? (piece, null) : (piece[..remark].TrimEnd(), piece[(remark + 2)..]);
            var excluded = text.StartsWith('!');
            var rest = excluded ? text[1..].TrimStart() : text;
            var byWord = rest.StartsWith('@');
            var pattern = byWord ? rest[1..] : rest;
            return pattern.Length > 0
                ? new Piece(pattern, byWord, excluded) { where = where }
                : throw new UsageException("ND0202", $"{where ?? $"--hosts={Shown(whole)}"} has {(text.Length == 0 ? "nothing between two commas" : $"nothing after {text}")}: a name, a pattern or @role is expected there.");
        }

        public ImmutableArray<HostName> Matching(string origin, HostIndex index, IReadOnlyDictionary<string, string> notDeployed)
        {
            var known = index.By(ByWord);
            var matching = IsPattern ? [.. known.Where(k => Glob.Matches(Pattern, k.Key)).SelectMany(k => k.Value)] : known.GetValueOrDefault(Pattern, []);
            return matching.Length > 0 || (Excluded && !ByWord && notDeployed.ContainsKey(Pattern)) ? matching : throw new UsageException("ND0203", $"{(where is null ? "" : $"{where}: ")}{Nothing(origin, [.. known.Keys], notDeployed)}");
        }

        private string Nothing(string origin, IReadOnlyCollection<string> known, IReadOnlyDictionary<string, string> notDeployed)
        {
            if (!ByWord && notDeployed.TryGetValue(Pattern, out var rule))
            {
                return $"{Fleets.Text.Quote(Pattern)} of {origin} is not deployed: {rule}.";
            }

            var what = (ByWord, IsPattern) switch
            {
                (true, _) => $"no host of {origin} has the role or tag {Fleets.Text.Quote(Pattern)}",
                (false, true) => $"no host of {origin} matches {Fleets.Text.Quote(Pattern)}",
                _ => $"{origin} has no host {Fleets.Text.Quote(Pattern)}",
            };
            var near = IsPattern ? "" : Fleets.Text.DidYouMean(Pattern, known);
            return $"{what}{(near.Length > 0 || known.Count == 0 ? near : $": there is {string.Join(", ", known.Order(StringComparer.Ordinal).Take(10))}{(known.Count > 10 ? ", …" : "")}")}.";
        }
    }
}
