using NixDeploy.Events;
using NixDeploy.HostProtocol;

namespace NixDeploy.Labs.Faults;

/// <summary>
/// Whether hosts have ended as they must: whole, on the old or the new system, on the one that the report and the next Status name, and
/// with nothing of the deployment left.
/// </summary>
internal sealed class FaultJudgement(FaultScene scene, IReadOnlyList<HostWholeness> before)
{
    /// <summary>The hosts that are again what they were before.</summary>
    public HashSet<LabHost> Back { get; } = [];

    /// <returns>How they have ended, in a few words.</returns>
    public async Task<string> JudgeAsync()
    {
        await using var coordinator = scene.Coordinator();
        var status = await coordinator.StatusAsync(hosts: null, scene.Ct);
        var words = new List<string>();
        for (var i = 0; i < scene.Hosts.Count; i++)
        {
            var standing = status.Hosts.Single(host => host.Inspection.Host.Name.Value == scene.Hosts[i].Name);
            words.Add(await JudgeAsync(scene.Hosts[i], before[i], standing));
        }

        if (scene.Fault.End.Says is { } said && scene.Result is { } result)
        {
            var report = await File.ReadAllTextAsync(result.Folder.Report, scene.Ct);
            scene.Expect(report.Contains(said, StringComparison.Ordinal), $"the report does not say \"{said}\" but:\n{report}");
        }

        return string.Join("; ", words.Distinct());
    }

    private async Task<string> JudgeAsync(LabHost host, HostWholeness was, HostStanding standing)
    {
        void Expect(bool holds, string otherwise) => scene.Expect(holds || scene.Fault.End.IsExcused(otherwise), $"{host.Name}: {otherwise}");
        var now = await HostWholeness.LookAsync(host, scene.Ct);
        foreach (var finding in now.Findings)
        {
            Expect(false, finding);
        }

        var isOld = now.Current == was.Current;
        var isNew = now.Current == standing.Target?.Value;
        Expect(isOld || isNew, $"it runs {now.Current}, neither the old nor the new system");
        var progress = scene.Result?.State.Hosts.Values.SingleOrDefault(p => p.Host.Value == host.Name);
        var wasCommitted = progress?.Timeline.Any(step => step.Status == HostStatus.Deployed) == true;
        Expect(!isOld || wasCommitted || now.Generations == was.Generations, $"it runs the old system, but has the generations {now.Generations} instead of {was.Generations}");
        if (isOld && !wasCommitted && now.Generations == was.Generations && now.Findings.Count == 0)
        {
            Back.Add(host);
        }

        JudgeStatus(Expect, standing, now);

        JudgeReport(Expect, progress, isOld, isNew);

        var end = scene.Fault.End;
        var rebooted = now.BootId != was.BootId;
        Expect(end.System != EndsOn.Old || isOld, $"it runs the new system and must run the old one: {progress?.Status}");
        Expect(end.System != EndsOn.New || isNew, $"it runs the old system and must run the new one: {progress?.Status}, {progress?.Problem?.Message}");
        Expect(end.ByGuard is null || progress?.RolledBackByGuard == end.ByGuard, $"it was {(end.ByGuard == true ? "not " : "")}rolled back by its guard: {progress?.Status}, {progress?.Problem?.Message}");
        Expect(end.Rebooted is null || rebooted == end.Rebooted, rebooted ? "it has rebooted" : "it has not rebooted");
        return $"{(isNew ? "new" : isOld ? "old" : "between")} system{(progress?.RolledBackByGuard == true ? ", rolled back by its guard" : "")}{(rebooted ? ", rebooted" : "")}{(progress?.Problem is { } problem ? $" ({problem.Code})" : "")}";
    }

    private static void JudgeStatus(Action<bool, string> expect, HostStanding standing, HostWholeness now)
    {
        if (standing.Inspection.State is not { } state)
        {
            expect(false, $"Status does not reach it: {standing.Inspection.Problem?.Message}");
            return;
        }

        expect(state.CurrentSystem?.Value == now.Current, $"Status says that it runs {state.CurrentSystem}");
        expect(!standing.Drifted, "Status says that it has drifted");
        expect(state.Lock is null, $"Status says that {state.Lock?.Run} holds its lock");
        expect(state.Transaction is null or { Done: true }, $"Status says that its transaction stands at {state.Transaction?.Phase}");
        expect(state.Transaction?.Phase is not TransactionPhase.RollbackFailed, $"Status says that it could not be restored: {state.Transaction?.Reason}");
    }

    private static void JudgeReport(Action<bool, string> expect, HostProgress? progress, bool isOld, bool isNew)
    {
        var (right, system) = progress?.Status switch
        {
            HostStatus.Deployed or HostStatus.Skipped => (isNew, "new"),
            HostStatus.RolledBack or HostStatus.Blocked or HostStatus.NeedsReboot or HostStatus.Cancelled or HostStatus.Failed => (isOld, "old"),
            null => (true, ""),
            _ => (false, "either"),
        };
        expect(right, $"the report says {progress?.Status}, so the {system} system: {progress?.Problem?.Message}");
    }
}
