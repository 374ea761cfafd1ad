using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>Collects what is wrong with a fleet's description, so that everything is said at once.</summary>
/// <param name="origin">What was read, as the user named it.</param>
internal sealed class Complaints(string origin)
{
    private const int MostShown = 20;

    private readonly List<string> sentences = [];
    private readonly SortedDictionary<string, (string Path, string Current, int Count)> renamed = new(StringComparer.Ordinal);

    /// <summary>How many things were noted.</summary>
    public int Count { get; private set; }

    /// <summary>What people should know although it is not wrong: one sentence for each earlier name that is still in use.</summary>
    public ImmutableArray<string> Notices =>
        [.. renamed.Select(r => $"{origin}: {r.Value.Path} is read, but its name is {r.Value.Current} now; rename it{(r.Value.Count > 1 ? $" in all {r.Value.Count} places" : "")}.")];

    /// <summary>Whether a further sentence would still be shown.</summary>
    private bool Wanted => sentences.Count < MostShown;

    /// <summary>Notes one thing that is wrong.</summary>
    /// <param name="at">The token it is about; its line is named when it came from a file.</param>
    /// <param name="what">What is wrong and what was expected, beginning with the key path.</param>
    public void Add(JToken? at, string what)
    {
        Count++;
        if (Wanted)
        {
            sentences.Add(at is IJsonLineInfo info && info.HasLineInfo() ? $"{origin}:{info.LineNumber}:{info.LinePosition}: {what}" : $"{origin}: {what}");
        }
    }

    /// <summary>The same; where nobody would see the sentence, what stands in its braces is not worked out.</summary>
    /// <param name="at">The token it is about.</param>
    /// <param name="what">What is wrong.</param>
    public void Add(JToken? at, [InterpolatedStringHandlerArgument("")] ref Sentence what) => Add(at, what.ToText());

    /// <summary>Notes the use of a setting's earlier name.</summary>
    public void Rename(string path, string name, string current)
    {
        var (first, _, times) = renamed.GetValueOrDefault(name, (path, current, 0));
        renamed[name] = (first, current, times + 1);
    }

    /// <summary>Throws when anything was noted.</summary>
    /// <exception cref="FleetException"><c>ND0106</c>.</exception>
    public void ThrowIfAny()
    {
        if (Count > 0)
        {
            var more = Count > MostShown ? [$"… and {Count - MostShown} more."] : Array.Empty<string>();
            throw new FleetException("ND0106", string.Join('\n', sentences.Concat(more)));
        }
    }

    /// <summary>A sentence that is made only when it is wanted: a hundred thousand mistakes are counted, not each compared with every valid key.</summary>
    [InterpolatedStringHandler]
    public ref struct Sentence
    {
        private readonly bool wanted;
        private DefaultInterpolatedStringHandler text;

        public Sentence(int literalLength, int formattedCount, Complaints complaints, out bool isWanted)
        {
            wanted = isWanted = complaints.Wanted;
            text = wanted ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        public void AppendLiteral(string value) => text.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

        public string ToText() => wanted ? text.ToStringAndClear() : "";
    }
}
