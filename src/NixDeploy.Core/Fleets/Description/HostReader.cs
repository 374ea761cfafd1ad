namespace NixDeploy.Fleets.Description;

/// <summary>Makes a host out of its description: <c>claude.deployment</c>, or <c>hosts.NAME</c> of fleet.json.</summary>
/// <param name="baseFolder">What relative paths of files are relative to.</param>
internal sealed class HostReader(string baseFolder)
{
    /// <summary>The host; what says where its system comes from is no part of it.</summary>
    public Host Read(HostName name, SettingValues given) => new(name)
    {
        Values = Resolved(Resolved(given.Where(s => s.Is(Scopes.Host)), Settings.TargetIdentityFile), Settings.TargetKnownHosts),
    };

    private SettingValues Resolved(SettingValues values, Setting<string> file) =>
        values.Get(file) is { } path && path != "~" && !path.StartsWith("~/", StringComparison.Ordinal) ? values.With(file, Path.GetFullPath(path, baseFolder)) : values;
}
