using System.Collections.Immutable;

namespace NixDeploy.Fleets;

/// <summary>Which hosts somebody means: <c>--hosts</c> as data.</summary>
/// <remarks>
/// Pieces between commas, each a name, a pattern of names (<c>web-*</c>, <c>?</c>) or <c>@role</c> or <c>@tag</c> (patterns too);
/// <c>!</c> before a piece takes its hosts away, wherever it stands. With nothing but exclusions, all other hosts are meant.
/// Every piece must match a host: a slip of the hand is an error, never a smaller deployment.
/// </remarks>
public sealed record HostSelection
{
    private readonly ImmutableArray<Piece> pieces;

    private HostSelection(string text, ImmutableArray<Piece> pieces) => (Text, this.pieces) = (text, pieces);

    /// <summary>The selection as it was written.</summary>
    public string Text { get; }

    /// <summary>Whether it can be told from the hosts' names alone, before anything is known about them.</summary>
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

        return new HostSelection(text, [.. text.Split(',').Select(p => Piece.Parse(p.Trim(), text))]);
    }

    /// <summary>The hosts that are meant.</summary>
    /// <exception cref="UsageException"><c>ND0203</c>: a piece matches no host; <c>ND0204</c>: the exclusions leave none.</exception>
    public ImmutableSortedSet<HostName> Select(Fleet fleet)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        return Select(fleet.Origin, [.. fleet.Hosts.Values]);
    }

    /// <summary>The same, where nothing but names is known; meant for selections that are <see cref="IsByName"/>.</summary>
    internal ImmutableSortedSet<HostName> Select(string origin, IEnumerable<HostName> names) => Select(origin, [.. names.Select(n => new Host(n))]);

    private ImmutableSortedSet<HostName> Select(string origin, ImmutableArray<Host> hosts)
    {
        var matches = pieces.Select(p => (Piece: p, Hosts: p.Matching(origin, hosts))).ToList();
        var included = matches.Where(m => !m.Piece.Excluded).ToList();
        var excluded = matches.Where(m => m.Piece.Excluded).SelectMany(m => m.Hosts);
        var selected = (included.Count > 0 ? included.SelectMany(m => m.Hosts) : hosts.Select(h => h.Name)).ToImmutableSortedSet().Except(excluded);
        return selected.Count > 0
            ? selected
            : throw new UsageException("ND0204", $"--hosts={Text} leaves no host: its exclusions take away every host that it names.");
    }

    /// <inheritdoc/>
    public bool Equals(HostSelection? other) => other is not null && pieces.SequenceEqual(other.pieces);

    /// <inheritdoc/>
    public override int GetHashCode() => pieces.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>What stands between two commas.</summary>
    private sealed record Piece(string Pattern, bool ByWord, bool Excluded)
    {
        private bool IsPattern => Pattern.AsSpan().ContainsAny('*', '?');

        public static Piece Parse(string text, string whole)
        {
            var excluded = text.StartsWith('!');
            var rest = excluded ? text[1..].TrimStart() : text;
            var byWord = rest.StartsWith('@');
            var pattern = byWord ? rest[1..] : rest;
            return pattern.Length > 0
                ? new Piece(pattern, byWord, excluded)
                : throw new UsageException("ND0202", $"--hosts={whole} has {(text.Length == 0 ? "nothing between two commas" : $"nothing after {text}")}: a name, a pattern or @role is expected there.");
        }

        public ImmutableArray<HostName> Matching(string origin, ImmutableArray<Host> hosts)
        {
            ImmutableArray<HostName> matching = [.. hosts.Where(h => Candidates(h).Any(c => Matches(Pattern, c))).Select(h => h.Name)];
            return matching.Length > 0 ? matching : throw new UsageException("ND0203", Nothing(origin, hosts));
        }

        private IEnumerable<string> Candidates(Host host) =>
            !ByWord ? [host.Name.Value] : host.Role is { } role ? host.Tags.Prepend(role) : host.Tags;

        private string Nothing(string origin, ImmutableArray<Host> hosts)
        {
            var known = hosts.SelectMany(Candidates).Distinct(StringComparer.Ordinal).ToList();
            var what = (ByWord, IsPattern) switch
            {
                (true, _) => $"no host of {origin} has the role or tag {Fleets.Text.Quote(Pattern)}",
                (false, true) => $"no host of {origin} matches {Fleets.Text.Quote(Pattern)}",
                _ => $"{origin} has no host {Fleets.Text.Quote(Pattern)}",
            };
            var near = IsPattern ? "" : Fleets.Text.DidYouMean(Pattern, known);
            return $"{what}{(near.Length > 0 || known.Count == 0 ? near : $": there is {string.Join(", ", known.Order(StringComparer.Ordinal).Take(10))}{(known.Count > 10 ? ", …" : "")}")}.";
        }

        /// <summary>Whether a pattern covers a whole text; the usual walk with one place to come back to.</summary>
        private static bool Matches(string pattern, string text)
        {
            var (p, t, star, mark) = (0, 0, -1, 0);
            while (t < text.Length)
            {
                if (p < pattern.Length && pattern[p] == '*')
                {
                    (star, mark) = (p++, t);
                }
                else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
                {
                    (p, t) = (p + 1, t + 1);
                }
                else if (star >= 0)
                {
                    (p, t) = (star + 1, ++mark);
                }
                else
                {
                    return false;
                }
            }

            return pattern.AsSpan(p).TrimStart('*').IsEmpty;
        }
    }
}
