using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>Makes a host out of its description: <c>claude.deployment</c>, or <c>hosts.NAME</c> of fleet.json.</summary>
/// <param name="baseFolder">What relative paths of files are relative to.</param>
internal sealed class HostReader(string baseFolder)
{
    /// <summary>The host; what says where its system comes from is no part of it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="given">What is said of it.</param>
    /// <param name="described">The same as it was written, where a null is told from nothing.</param>
    public Host Read(HostName name, SettingValues given, JToken? described) => new(name)
    {
        HasNoAddress = (described as JObject)?["target"] is JObject target && target["host"] is { Type: JTokenType.Null },
        Values = Resolved(Resolved(given.Where(s => s.Is(Scopes.Host)), Settings.TargetIdentityFile), Settings.TargetKnownHosts),
    };

    private SettingValues Resolved(SettingValues values, Setting<string> file) =>
        values.Get(file) is { } path && path != "~" && !path.StartsWith("~/", StringComparison.Ordinal) ? values.With(file, Path.GetFullPath(path, baseFolder)) : values;
}
