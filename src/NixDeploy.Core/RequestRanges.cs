using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;

namespace NixDeploy;

/// <summary>Refuses overrides that are out of range or exclude each other, whether a command line or a program gives them.</summary>
internal static class RequestRanges
{
    /// <summary>Checks the overrides alone; nothing of the fleet is known.</summary>
    /// <exception cref="UsageException"><c>ND0241</c>: one is out of range. <c>ND0212</c>: two exclude each other.</exception>
    public static void Check(DeploymentRequest request)
    {
        _ = request.Selection();
        CheckReboot(request);
        foreach (var (setting, value) in request.Values)
        {
            if (setting.Kind.Wrong(value) is { } expected)
            {
                throw new UsageException("ND0241", $"--{setting.ArgumentName}: {setting.Kind.Shown(value)} is out of range; expected {expected}.");
            }
        }
    }

    /// <summary>Checks the limits on tags against the tags that the fleet's hosts have.</summary>
    /// <exception cref="UsageException"><c>ND0241</c>: no host has a tag.</exception>
    public static void CheckTags(DeploymentRequest request, Fleet fleet)
    {
        var tags = request.TagLimits is null ? [] : fleet.Hosts.Values.SelectMany(h => h.Tags).ToHashSet(StringComparer.Ordinal);
        foreach (var tag in (request.TagLimits?.Keys ?? []).Where(t => !tags.Contains(t)))
        {
            throw new UsageException("ND0241", $"--tag-limits names {Text.Quote(tag)}, and no host of {fleet.Origin} has that tag{Text.DidYouMean(tag, tags)}.");
        }
    }

    /// <summary>Checks the overrides against the strategy.</summary>
    /// <exception cref="UsageException"><c>ND0212</c>: others are to continue after a failure, and the strategy stops.</exception>
    public static void CheckStrategy(DeploymentRequest request, IDeploymentStrategy strategy)
    {
        if (strategy is not SequentialStrategy)
        {
            return;
        }

        var argument = request.OnFailure == OnFailure.Continue ? "--on-failure" : request.OnBuildFailure == OnBuildFailure.Continue ? "--on-build-failure" : null;
        if (argument is not null)
        {
            throw new UsageException("ND0212",
                $"{argument}=continue and the strategy {strategy.Name} exclude each other: it stops at the first failure. Remove {argument}, or deploy one at a time with --strategy=smart --parallel-limit=1.");
        }
    }

    /// <summary>Refuses a task that changes hosts without comparing them first, unless its hosts are named.</summary>
    /// <exception cref="UsageException"><c>ND0213</c>.</exception>
    public static void NeedHosts(DeploymentRequest request, string task, string what)
    {
        if (request.Hosts is null)
        {
            throw new UsageException("ND0213", $"{task} needs --hosts: name the hosts {what} ('*' for all of them).");
        }
    }

    /// <summary>A system that is not there at the next boot is nothing to reboot into. The fleet's setting does not count here: in these modes it is ignored.</summary>
    private static void CheckReboot(DeploymentRequest request)
    {
        if (request is { Reboot: RebootPolicy.IfNeeded or RebootPolicy.Always, Mode: ActivationMode.Test or ActivationMode.DryActivate })
        {
            throw new UsageException("ND0212",
                $"--reboot={JsonFormat.Word(request.Reboot)} and --mode={JsonFormat.Word(request.Mode)} exclude each other: what that mode does is gone at the next boot, or was never there. Remove --reboot, or deploy with --mode=switch or --mode=boot.");
        }
    }
}
