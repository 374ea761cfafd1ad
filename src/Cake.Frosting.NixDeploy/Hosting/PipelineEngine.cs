using System.Reflection;
using Cake.Core;
using Microsoft.Extensions.DependencyInjection;
using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>
/// Cake's engine, for a build with our tasks: they get the names that the build gives them, what was typed is checked before the first task,
/// and targets run in the order given.
/// </summary>
/// <param name="engine">Cake's own.</param>
/// <param name="services">The host's services.</param>
internal sealed class PipelineEngine(ICakeEngine engine, IServiceProvider services) : ICakeEngine
{
    private readonly NixDeployTaskOptions options = services.GetRequiredService<NixDeployTaskOptions>();
    private readonly ExitStatus status = services.GetRequiredService<ExitStatus>();
    private readonly List<(CakeTask Task, Type Type)> registered = [];
    private List<Type>? types;
    private int next;

    public event EventHandler<BeforeSetupEventArgs>? BeforeSetup
    {
        add => engine.BeforeSetup += value;
        remove => engine.BeforeSetup -= value;
    }

    public event EventHandler<AfterSetupEventArgs>? AfterSetup
    {
        add => engine.AfterSetup += value;
        remove => engine.AfterSetup -= value;
    }

    public event EventHandler<BeforeTeardownEventArgs>? BeforeTeardown
    {
        add => engine.BeforeTeardown += value;
        remove => engine.BeforeTeardown -= value;
    }

    public event EventHandler<AfterTeardownEventArgs>? AfterTeardown
    {
        add => engine.AfterTeardown += value;
        remove => engine.AfterTeardown -= value;
    }

    public event EventHandler<BeforeTaskSetupEventArgs>? BeforeTaskSetup
    {
        add => engine.BeforeTaskSetup += value;
        remove => engine.BeforeTaskSetup -= value;
    }

    public event EventHandler<AfterTaskSetupEventArgs>? AfterTaskSetup
    {
        add => engine.AfterTaskSetup += value;
        remove => engine.AfterTaskSetup -= value;
    }

    public event EventHandler<BeforeTaskTeardownEventArgs>? BeforeTaskTeardown
    {
        add => engine.BeforeTaskTeardown += value;
        remove => engine.BeforeTaskTeardown -= value;
    }

    public event EventHandler<AfterTaskTeardownEventArgs>? AfterTaskTeardown
    {
        add => engine.AfterTaskTeardown += value;
        remove => engine.AfterTaskTeardown -= value;
    }

    public IReadOnlyList<ICakeTaskInfo> Tasks
    {
        get
        {
            NameDependencies();
            return engine.Tasks;
        }
    }

    /// <summary>Registers a task under the name that the build gives it.</summary>
    /// <remarks>The host gives names alone, but in the order of its services, from which it leaves out the tasks that its context does not fit.</remarks>
    public CakeTaskBuilder RegisterTask(string name)
    {
        types ??= [.. services.GetServices<IFrostingTask>().Select(t => t.GetType())];
        if (types.FindIndex(next, t => TaskNames.Declared(t) == name) is not (>= 0 and var at))
        {
            return engine.RegisterTask(name);
        }

        next = at + 1;
        var builder = engine.RegisterTask(TaskNames.Of(types[at], options));
        registered.Add(((CakeTask)builder.Task, types[at]));
        return builder;
    }

    public async Task<CakeReport> RunTargetAsync(ICakeContext context, IExecutionStrategy strategy, ExecutionSettings settings)
    {
        status.Begin();
        try
        {
            var build = new BuildTasks([.. Tasks.Cast<CakeTask>()], registered.ToDictionary(r => r.Task.Name, r => r.Type, StringComparer.OrdinalIgnoreCase));
            var line = new CommandLine(build, [.. settings.Targets], services.GetRequiredService<ICakeArguments>(), options);
            if (line.HelpFor(services.GetService<HelpRequest>()) is { } help)
            {
                HelpPage.Write(Console.Out, build, help.Task, help.IsWhole);
                return [];
            }

            var targets = line.Check();
            if ((settings.Exclusive ? targets : build.Sequence(targets)).Any(build.IsOurs))
            {
                _ = services.GetRequiredService<NixDeployState>().Arguments;
            }

            Order(build, targets, settings.SetTargets(targets));
        }
        catch (NixDeployException e)
        {
            status.Fail(e);
            throw new CakeException($"{e.Code}: {e.Message}", e);
        }

        return await engine.RunTargetAsync(context, strategy, settings).ConfigureAwait(false);
    }

    public void RegisterSetupAction(Action<ISetupContext> action) => engine.RegisterSetupAction(action);

    public void RegisterSetupAction<TData>(Func<ISetupContext, TData> action)
        where TData : class => engine.RegisterSetupAction(action);

    public void RegisterTeardownAction(Action<ITeardownContext> action) => engine.RegisterTeardownAction(action);

    public void RegisterTeardownAction<TData>(Action<ITeardownContext, TData> action)
        where TData : class => engine.RegisterTeardownAction(action);

    public void RegisterTaskSetupAction(Action<ITaskSetupContext> action) => engine.RegisterTaskSetupAction(action);

    public void RegisterTaskSetupAction<TData>(Action<ITaskSetupContext, TData> action)
        where TData : class => engine.RegisterTaskSetupAction(action);

    public void RegisterTaskTeardownAction(Action<ITaskTeardownContext> action) => engine.RegisterTaskTeardownAction(action);

    public void RegisterTaskTeardownAction<TData>(Action<ITaskTeardownContext, TData> action)
        where TData : class => engine.RegisterTaskTeardownAction(action);

    /// <summary>Cake sorts the tasks of several targets by name as far as their dependencies leave that open: each gets the one before it as a dependency.</summary>
    private static void Order(BuildTasks build, IReadOnlyList<string> targets, ExecutionSettings settings)
    {
        if (settings.Exclusive)
        {
            settings.UseUnifiedDependencyGraphForMultipleTargets(false);
        }
        else if (settings.UnifiedDependencyGraphForMultipleTargets)
        {
            var sequence = build.Sequence(targets).ToList();
            foreach (var (before, task) in sequence.Zip(sequence.Skip(1)))
            {
                build[task].Dependencies.Add(new CakeTaskDependency(before, required: true));
            }
        }
    }

    /// <summary>Tasks depend on classes, of which the host gives the declared names.</summary>
    private void NameDependencies()
    {
        foreach (var (task, type) in registered)
        {
            Name(task.Dependencies, type.GetCustomAttributes<IsDependentOnAttribute>().Select(a => a.Task));
            Name(task.Dependees, type.GetCustomAttributes<IsDependeeOfAttribute>().Select(a => a.Task));
        }

        void Name(List<CakeTaskDependency> dependencies, IEnumerable<Type> on)
        {
            foreach (var (index, type) in on.Take(dependencies.Count).Index())
            {
                dependencies[index] = new CakeTaskDependency(TaskNames.Of(type, options), dependencies[index].Required);
            }
        }
    }
}
