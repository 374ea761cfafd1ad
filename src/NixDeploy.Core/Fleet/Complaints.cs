using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets;

/// <summary>Collects what is wrong with a fleet's description, so that everything is said at once.</summary>
/// <param name="origin">What was read, as the user named it.</param>
internal sealed class Complaints(string origin)
{
    private const int MostShown = 20;

    private readonly List<string> sentences = [];

    /// <summary>Notes one thing that is wrong.</summary>
    /// <param name="at">The token it is about; its line is named when it came from a file.</param>
    /// <param name="what">What is wrong and what was expected, beginning with the key path.</param>
    public void Add(JToken? at, string what) => sentences.Add(
        at is IJsonLineInfo info && info.HasLineInfo() ? $"{origin}:{info.LineNumber}:{info.LinePosition}: {what}" : $"{origin}: {what}");

    /// <summary>Throws when anything was noted.</summary>
    /// <exception cref="FleetException"><c>ND0106</c>.</exception>
    public void ThrowIfAny()
    {
        if (sentences.Count > 0)
        {
            var more = sentences.Count > MostShown ? [$"… and {sentences.Count - MostShown} more."] : Array.Empty<string>();
            throw new FleetException("ND0106", string.Join('\n', sentences.Take(MostShown).Concat(more)));
        }
    }
}
