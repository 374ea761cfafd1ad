using Cake.Core;
using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>Runs tasks as another strategy does, and notes what each of them fails with.</summary>
internal sealed class ExitStatusStrategy(IExecutionStrategy strategy, ExitStatus status) : IExecutionStrategy
{
    public async Task ExecuteAsync(CakeTask task, ICakeContext context)
    {
        status.Begin();
        try
        {
            await strategy.ExecuteAsync(task, context);
        }
        catch (NixDeployException exception)
        {
            // Cake prints nothing but the message.
            status.Fail(exception);
            status.EndsBuild = EndsBuild(task);
            throw new CakeException($"{exception.Code}: {exception.Message}", exception);
        }
        catch (Exception exception)
        {
            status.Fail(exception);
            status.EndsBuild = status.Code is not null && EndsBuild(task);
            throw;
        }
    }

    public void PerformSetup(Action<ISetupContext> action, ISetupContext context)
    {
        status.Begin();
        try
        {
            strategy.PerformSetup(action, context);
        }
        catch (Exception exception)
        {
            status.Fail(exception);
            throw;
        }
    }

    public void PerformTeardown(Action<ITeardownContext> action, ITeardownContext teardownContext) =>
        strategy.PerformTeardown(action, teardownContext);

    public void Skip(CakeTask task, CakeTaskCriteria criteria) => strategy.Skip(task, criteria);

    public Task ReportErrorsAsync(Func<Exception, Task> action, Exception exception) => strategy.ReportErrorsAsync(action, exception);

    public Task HandleErrorsAsync(Func<Exception, ICakeContext, Task> action, Exception exception, ICakeContext context) =>
        strategy.HandleErrorsAsync(action, exception, context);

    public Task InvokeFinallyAsync(Func<ICakeContext, Task> action, ICakeContext context) => strategy.InvokeFinallyAsync(action, context);

    public void PerformTaskSetup(Action<ITaskSetupContext> action, ITaskSetupContext taskSetupContext) =>
        strategy.PerformTaskSetup(action, taskSetupContext);

    public void PerformTaskTeardown(Action<ITaskTeardownContext> action, ITaskTeardownContext taskTeardownContext) =>
        strategy.PerformTaskTeardown(action, taskTeardownContext);

    private static bool EndsBuild(CakeTask task) => task.ErrorHandler is null;
}
