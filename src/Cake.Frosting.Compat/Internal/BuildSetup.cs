using Cake.Core;
using Cake.Core.Diagnostics;

namespace Cake.Frosting.Internal;

/// <summary>Tells Cake's engine about the build's tasks and about both ends of them.</summary>
internal sealed class BuildSetup(
    ICakeEngine engine,
    IFrostingContext context,
    ICakeLog log,
    IEnumerable<IFrostingTask> tasks,
    IFrostingSetup? setup = null,
    IFrostingTeardown? teardown = null,
    IFrostingTaskSetup? taskSetup = null,
    IFrostingTaskTeardown? taskTeardown = null)
{
    public void Register()
    {
        foreach (var task in tasks)
        {
            Register(new TaskDefinition(task, context));
        }

        if (setup is not null)
        {
            engine.RegisterSetupAction(info => setup.Setup(context, info));
        }

        if (teardown is not null)
        {
            engine.RegisterTeardownAction(info => teardown.Teardown(context, info));
        }

        if (taskSetup is not null)
        {
            engine.RegisterTaskSetupAction(info => taskSetup.Setup(context, info));
        }

        if (taskTeardown is not null)
        {
            engine.RegisterTaskTeardownAction(info => taskTeardown.Teardown(context, info));
        }
    }

    private void Register(TaskDefinition definition)
    {
        if (!definition.FitsContext)
        {
            log.Warning(
                "The task {0} is skipped: the build's context is not a {1}.",
                definition.Name,
                definition.ContextType.FullName);
            return;
        }

        var task = definition.Task;
        var registration = engine.RegisterTask(definition.Name);
        if (definition.Description is { } description)
        {
            registration.Description(description);
        }

        // Only what a task overrides is registered: an error handler, even an empty one, would swallow the error.
        if (definition.OverridesRun)
        {
            registration.Does(task.RunAsync);
        }

        if (definition.OverridesShouldRun)
        {
            registration.WithCriteria(task.ShouldRun, task.SkippedMessage);
        }

        if (definition.ContinuesOnError)
        {
            registration.ContinueOnError();
        }

        if (definition.OverridesOnError)
        {
            registration.OnError(exception => task.OnError(exception, context));
        }

        if (definition.OverridesFinally)
        {
            registration.Finally(() => task.Finally(context));
        }

        foreach (var name in definition.Dependencies)
        {
            registration.IsDependentOn(name);
        }

        foreach (var name in definition.Dependees)
        {
            registration.IsDependeeOf(name);
        }
    }
}
