using System.Collections.Immutable;

namespace NixDeploy.Fleets.Description;

/// <summary>Reads <c>deployment-coordinator.canary</c>.</summary>
internal static class CanaryReader
{
    /// <summary>What is expected of a number of canaries, and of a wave.</summary>
    public const string SomeHosts = "a whole number of at least 1, or a share above 0% and up to 100%, such as '10%'";

    /// <summary>The settings; their defaults where nothing is said.</summary>
    public static CanarySettings Read(SettingsObject? settings)
    {
        var canary = new CanarySettings();
        return settings is null
            ? canary
            : new CanarySettings
            {
                Hosts = settings.Class("hosts", SomeHosts, t => SettingsObject.Share(t) is { IsSome: true } share ? share : null) ?? canary.Hosts,
                Tag = settings.String("tag", "a word", HostReader.IsWord),
                Waves = Waves(settings),
                Bake = settings.Seconds("bake", zero: true) ?? canary.Bake,
                Approval = settings.Word("approval", FleetVocabulary.Approvals) == "required" ? Approval.Required : canary.Approval,
                ApprovalTimeout = settings.Seconds("approval-timeout") ?? canary.ApprovalTimeout,
            };
    }

    private static ImmutableArray<HostShare> Waves(SettingsObject settings)
    {
        var waves = settings.Elements("waves", $"a list, each element {SomeHosts}", SomeHosts, t => SettingsObject.Share(t) is { IsSome: true } share ? share : null);
        if (CanarySettings.NotGrowing(waves) is { } wave)
        {
            settings.Complain("waves", $"{settings.PathOf("waves")} do not grow: {wave} is no more than a wave before it.");
        }

        return waves;
    }
}
