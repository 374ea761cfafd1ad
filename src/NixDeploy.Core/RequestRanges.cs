using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Description;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;

namespace NixDeploy;

/// <summary>Refuses wishes that cannot be, whoever made them: a command line or a program.</summary>
internal static class RequestRanges
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    /// <summary>Looks at the wishes alone; nothing of the fleet is known.</summary>
    /// <exception cref="UsageException"><c>ND0241</c>: one is out of range. <c>ND0212</c>: two exclude each other.</exception>
    public static void Check(DeploymentRequest request)
    {
        CheckReboot(request);
        RefuseUnless(request.ParallelLimit is null or >= 1, "parallel-limit", request.ParallelLimit, "1 or more");
        RefuseUnless(request.CopyLimit is null or >= 1, "copy-limit", request.CopyLimit, "1 or more");
        foreach (var (tag, limit) in request.TagLimits ?? ImmutableSortedDictionary<string, int>.Empty)
        {
            RefuseUnless(tag.Length > 0 && HostReader.IsWord(tag), "tag-limits", Text.Quote(tag), "a tag, without spaces and commas");
            RefuseUnless(limit >= 1, "tag-limits", $"{tag}:{limit}", "1 or more for each tag");
        }

        RefuseUnless(request.CanaryHosts is null or { IsSome: true }, "canary", request.CanaryHosts, CanaryReader.SomeHosts);
        RefuseUnless(request.CanaryTag is null || (request.CanaryTag.Length > 0 && HostReader.IsWord(request.CanaryTag)), "canary-tag", Text.Quote(request.CanaryTag), "a tag");
        RefuseUnless(request.Bake is null || (request.Bake >= TimeSpan.Zero && request.Bake <= LongestWait), "bake", request.Bake?.TotalSeconds, "seconds from 0 to 2592000");
        RefuseUnless(request.WaitLock is null || (request.WaitLock >= TimeSpan.Zero && request.WaitLock <= LongestWait), "wait-lock", request.WaitLock?.TotalSeconds, "seconds from 0 to 2592000");
        RefuseUnless(request.ApprovalTimeout is null || (request.ApprovalTimeout > TimeSpan.Zero && request.ApprovalTimeout <= LongestWait), "approval-timeout", request.ApprovalTimeout?.TotalSeconds, "seconds above 0, up to 2592000");
        RefuseUnless(request.HealthWindow is null || (request.HealthWindow >= TimeSpan.Zero && request.HealthWindow <= LongestWait), "health-window", request.HealthWindow?.TotalSeconds, "seconds from 0 to 2592000");
        RefuseUnless(request.DiskReserveBytes is null or >= 0, "disk-reserve", request.DiskReserveBytes, "0 or more");
        RefuseUnless(request.MaxFailures is null or { IsValid: true }, "max-failures", new HostShare(request.MaxFailures?.Count, request.MaxFailures?.Percent), "a number of hosts, or a share from 0% to 100%");

        HostShare[] waves = [.. request.Waves is { IsDefault: false } given ? given : []];
        foreach (var wave in waves)
        {
            RefuseUnless(wave.IsSome, "waves", wave, CanaryReader.SomeHosts);
        }

        var shrinking = CanarySettings.NotGrowing(waves);
        RefuseUnless(shrinking is null, "waves", string.Join(',', waves.AsEnumerable()), $"waves that grow: {shrinking} is no more than a wave before it");
    }

    /// <summary>Looks at the tags that are limited, now that it is known who carries which.</summary>
    /// <exception cref="UsageException"><c>ND0241</c>: no host carries a tag.</exception>
    public static void CheckTags(DeploymentRequest request, Fleet fleet)
    {
        var tags = request.TagLimits is null ? [] : fleet.Hosts.Values.SelectMany(h => h.Tags).ToHashSet(StringComparer.Ordinal);
        foreach (var tag in (request.TagLimits?.Keys ?? []).Where(t => !tags.Contains(t)))
        {
            throw new UsageException("ND0241", $"--tag-limits names {Text.Quote(tag)}, and no host of {fleet.Origin} has that tag{Text.DidYouMean(tag, tags)}.");
        }
    }

    /// <summary>Looks at the wishes that the strategy has no use for, now that it is known which it is.</summary>
    /// <exception cref="UsageException"><c>ND0212</c>: others are to go on after a failure, and the strategy stops.</exception>
    public static void CheckStrategy(DeploymentRequest request, IDeploymentStrategy strategy)
    {
        if (request.OnFailure == OnFailure.Continue && strategy is SequentialStrategy)
        {
            throw new UsageException("ND0212",
                $"--on-failure=continue and the strategy {strategy.Name} exclude each other: it stops at the first failure. Leave --on-failure out, or deploy one at a time with --strategy=smart --parallel-limit=1.");
        }
    }

    /// <summary>What touches hosts without comparing them first never means all of them by silence.</summary>
    /// <exception cref="UsageException"><c>ND0213</c>.</exception>
    public static void NeedHosts(DeploymentRequest request, string task, string what)
    {
        if (request.Hosts is null)
        {
            throw new UsageException("ND0213", $"{task} needs --hosts: name the hosts {what} ('*' for all of them).");
        }
    }

    /// <summary>What is not there at the next boot is nothing to reboot into. A setting of the fleet is no wish for this deployment: it does not count in these modes.</summary>
    private static void CheckReboot(DeploymentRequest request)
    {
        if (request is { Reboot: RebootPolicy.IfNeeded or RebootPolicy.Always, Mode: ActivationMode.Test or ActivationMode.DryActivate })
        {
            throw new UsageException("ND0212",
                $"--reboot={JsonFormat.Word(request.Reboot)} and --mode={JsonFormat.Word(request.Mode)} exclude each other: what that mode does is gone at the next boot, or was never there. Leave --reboot out, or deploy with --mode=switch or --mode=boot.");
        }
    }

    private static void RefuseUnless(bool fine, string option, object? value, string expected)
    {
        if (!fine)
        {
            throw new UsageException("ND0241", string.Create(CultureInfo.InvariantCulture, $"--{option} is {value}, expected {expected}."));
        }
    }
}
