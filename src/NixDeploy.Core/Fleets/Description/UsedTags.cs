using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>Finds tags that settings of the fleet use and no host has.</summary>
internal static class UsedTags
{
    /// <summary>Complains about them once all hosts are known: a limit on a misspelt tag would never hold.</summary>
    public static void Check(SettingsObject? coordinator, IEnumerable<Host> hosts, Complaints complaints)
    {
        var used = coordinator is null ? [] : In(coordinator).Where(u => Words.IsWord(u.Tag)).ToList();
        var tags = used.Count == 0 ? [] : hosts.SelectMany(h => h.Tags).ToHashSet(StringComparer.Ordinal);
        foreach (var (tag, token, path) in used.Where(u => !tags.Contains(u.Tag)))
        {
            complaints.Add(token, $"{path}: no host has the tag {Text.Quote(tag)}{Text.DidYouMean(tag, tags)}.");
        }
    }

    private static IEnumerable<(string Tag, JToken Token, string Path)> In(SettingsObject coordinator)
    {
        foreach (var property in (coordinator.Token["tag-limits"] as JObject)?.Properties().Where(p => p.Value.Type != JTokenType.Null) ?? [])
        {
            yield return (property.Name, property, SettingsObject.Join(coordinator.PathOf("tag-limits"), property.Name));
        }

        if (coordinator.Token["canary"] is JObject canary && canary["tag"] is { } token && SettingsObject.Words(token) is { } tag)
        {
            yield return (tag, token, $"{coordinator.PathOf("canary")}.tag");
        }
    }
}
