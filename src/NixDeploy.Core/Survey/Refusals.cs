using System.Collections.Concurrent;
using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Nix;
using NixDeploy.Planning;

namespace NixDeploy.Survey;

/// <summary>What speaks against deploying to hosts, found by one check after the other; may be told from any thread.</summary>
internal sealed class Refusals
{
    private readonly ConcurrentDictionary<HostName, ImmutableArray<(string Check, Problem Problem)>> found = new();

    /// <summary>The refused hosts.</summary>
    public IEnumerable<HostName> Hosts => found.Keys;

    /// <summary>Whether a host is refused for whatever reason.</summary>
    public bool Any(HostName host) => found.ContainsKey(host);

    /// <summary>Whether a check has refused a host.</summary>
    public bool By(string check, HostName host) => found.TryGetValue(host, out var problems) && problems.Any(p => p.Check == check);

    /// <summary>Notes why selected hosts do not evaluate.</summary>
    public void AddFailures(LoadedFleet fleet)
    {
        foreach (var (host, failure) in fleet.Failures.Where(f => fleet.Selected.Contains(f.Key)))
        {
            Add(PreflightNames.Configuration, host, failure);
        }
    }

    /// <summary>Notes a problem, and keeps those that were noted before.</summary>
    public void Add(string check, HostName host, Problem problem) =>
        found.AddOrUpdate(host, [(check, problem)], (_, before) => before.Any(b => b.Problem == problem) ? before : before.Add((check, problem)));

    /// <summary>The refused hosts, with everything that was found of each as one problem.</summary>
    public ImmutableSortedDictionary<HostName, Problem> All() =>
        found.ToImmutableSortedDictionary(f => f.Key, f => f.Value.Select(p => p.Problem).Aggregate((all, next) => all.And(next)));

    /// <summary>How a check went with the hosts that it looked at.</summary>
    public PreflightCheck Result(string check, IEnumerable<HostName> hosts)
    {
        var failed = ImmutableArray.CreateBuilder<HostName>();
        var passed = 0;
        foreach (var host in hosts)
        {
            if (By(check, host))
            {
                failed.Add(host);
            }
            else
            {
                passed++;
            }
        }

        return new PreflightCheck(check, passed, [.. failed.Order()]);
    }
}
