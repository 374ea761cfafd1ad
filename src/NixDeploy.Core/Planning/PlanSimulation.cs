using System.Collections.Immutable;
using NixDeploy.Topology;

namespace NixDeploy.Planning;

/// <summary>Plays a plan with its hosts' estimates, as the executor would, to tell how long it takes.</summary>
internal sealed class PlanSimulation
{
    private readonly DeploymentPlan plan;
    private readonly Waits waits;

    /// <summary>By their places among the waits.</summary>
    private readonly Actor[] actors;
    private readonly PriorityQueue<(Actor Actor, Doing Doing), long> agenda = new();
    private TimeSpan now;

    private PlanSimulation(DeploymentPlan plan, Waits waits)
    {
        (this.plan, this.waits) = (plan, waits);
        actors = new Actor[waits.Order.Count];
        foreach (var host in plan.Hosts)
        {
            var place = waits.PlaceOf(host.Host);
            actors[place] = new Actor(place, host);
        }

        for (var place = 0; place < actors.Length; place++)
        {
            actors[place] ??= new Actor(place, null);
        }
    }

    private enum Doing
    {
        Building,
        Copying,
        Activating,
    }

    /// <summary>How long the plan takes, and how long one host after the other would.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="waits">Who waits for whom in it.</param>
    public static PlanEstimate Of(DeploymentPlan plan, Waits waits)
    {
        var build = plan.Hosts.Select(h => h.Estimate.Build).DefaultIfEmpty(TimeSpan.Zero).Max();
        var sequential = build + plan.Hosts.Aggregate(TimeSpan.Zero, (sum, h) => sum + h.Estimate.Work) + Bakes(plan);
        return new PlanEstimate(new PlanSimulation(plan, waits).Play(), sequential);
    }

    private static TimeSpan Bakes(DeploymentPlan plan) => plan.Stages.Aggregate(TimeSpan.Zero, (sum, s) => sum + (s.Bake ?? TimeSpan.Zero));

    private TimeSpan Play()
    {
        Milestone? before = null;
        foreach (var stage in plan.Stages)
        {
            if (stage.To != before)
            {
                Count(stage.To);
                before = stage.To;
            }

            PlayStage(stage);
            now += stage.Bake ?? TimeSpan.Zero;
        }

        return now;
    }

    /// <summary>How many each waits for until a milestone; within it, counting goes on from stage to stage.</summary>
    private void Count(Milestone to)
    {
        foreach (var actor in actors)
        {
            if (actor.Plan is null)
            {
                actor.Reached = null;
            }
        }

        foreach (var actor in actors)
        {
            actor.Waiting = 0;
            foreach (var before in waits.AfterPlace(actor.Place))
            {
                actor.Waiting += actors[before].Reached >= to ? 0 : 1;
            }
        }

        foreach (var bridge in actors.Where(a => a is { Plan: null, Waiting: 0 }).ToList())
        {
            if (bridge.Reached is null)
            {
                Reach(bridge, to, _ => { });
            }
        }
    }

    private void PlayStage(Stage stage)
    {
        var most = stage.MaxInFlight ?? int.MaxValue;
        var places = new PlaceQueue<Actor>(Math.Min(plan.Limits.Activations, most), plan.Limits.Tags);
        var copies = new PlaceQueue<Actor>(Math.Min(plan.Limits.Copies, most), ImmutableDictionary<string, int>.Empty);
        foreach (var (order, host) in stage.Hosts.Index())
        {
            var actor = actors[waits.PlaceOf(host)];
            (actor.Order, actor.Stage) = (order, stage);
            if (actor.Waiting == 0)
            {
                Ready(actor);
            }
        }

        Start();
        while (agenda.TryDequeue(out var next, out var at))
        {
            now = TimeSpan.FromTicks(at);
            End(next.Actor, next.Doing);

            // Everything of one moment is over before anybody takes a place that it freed.
            if (!agenda.TryPeek(out _, out var then) || then > now.Ticks)
            {
                Start();
            }
        }

        void Ready(Actor actor)
        {
            if (actor.Reached is not null)
            {
                places.Add(actor);
            }
            else if (actor.Plan!.Estimate.Build > now)
            {
                agenda.Enqueue((actor, Doing.Building), actor.Plan.Estimate.Build.Ticks);
            }
            else
            {
                copies.Add(actor);
            }
        }

        void End(Actor actor, Doing doing)
        {
            switch (doing)
            {
                case Doing.Building:
                    copies.Add(actor);
                    break;
                case Doing.Copying when stage.To > Milestone.Prepared:
                    copies.Release(actor);
                    actor.Reached = Milestone.Prepared;
                    places.Add(actor);
                    break;
                default:
                    (doing == Doing.Copying ? copies : places).Release(actor);
                    Reach(actor, stage.To, ready =>
                    {
                        if (ReferenceEquals(ready.Stage, stage))
                        {
                            Ready(ready);
                        }
                    });
                    break;
            }
        }

        void Start()
        {
            while (copies.First() is { } actor)
            {
                copies.Take(actor);
                agenda.Enqueue((actor, Doing.Copying), (now + actor.Plan!.Estimate.Copy).Ticks);
            }

            // A copy that takes no time is waited for, as the scheduler waits for short ones.
            while ((!agenda.TryPeek(out _, out var then) || then > now.Ticks) && places.First() is { } actor)
            {
                places.Take(actor);
                agenda.Enqueue((actor, Doing.Activating), (now + Activation(actor, stage.To)).Ticks);
            }
        }
    }

    /// <summary>A host, and through it perhaps bridges, has come to a milestone: those that wait for nobody else any more are ready.</summary>
    private void Reach(Actor first, Milestone to, Action<Actor> ready)
    {
        var reached = new Stack<Actor>([first]);
        while (reached.TryPop(out var actor))
        {
            actor.Reached = to;
            foreach (var place in waits.Dependents[actor.Place])
            {
                var dependent = actors[place];
                if (--dependent.Waiting != 0)
                {
                    continue;
                }

                if (dependent.Plan is null)
                {
                    reached.Push(dependent);
                }
                else
                {
                    ready(dependent);
                }
            }
        }
    }

    private static TimeSpan Activation(Actor actor, Milestone to)
    {
        var estimate = actor.Plan!.Estimate;
        return (to, actor.Reached) switch
        {
            (Milestone.Tested, _) => TimeSpan.Zero,
            (Milestone.Healthy, _) => estimate.Activate + estimate.Verify,
            (_, Milestone.Healthy) => estimate.Commit,
            _ => estimate.InPlace,
        };
    }

    private sealed class Actor(int place, HostPlan? plan) : IPlaced
    {
        public int Place => place;

        /// <summary><see langword="null"/> for a bridge.</summary>
        public HostPlan? Plan => plan;

        public int Order { get; set; }

        /// <summary>The stage that it is in now, or was in last.</summary>
        public Stage? Stage { get; set; }

        public ImmutableArray<string> Tags => plan?.Tags ?? [];

        public int? ParallelLimit => plan?.ParallelLimit;

        public Milestone? Reached { get; set; }

        public int Waiting { get; set; }
    }
}
