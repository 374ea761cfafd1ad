using System.Globalization;
using Cake.Common;
using NixDeploy;
using NixDeploy.Labs;

namespace Build.Tasks;

/// <summary>Which lab the lab's tasks mean: --lab=NAME, and --hosts=N for those that make one.</summary>
internal static class LabArguments
{
    /// <summary>The lab of a task that takes it as it is.</summary>
    public static string Directory(BuildContext context, string task)
    {
        context.NixDeploy.RefuseArgumentsBut(task);
        return new LabOptions { Name = Name(context) }.Directory;
    }

    /// <summary>The lab that a task makes, and --switch-script=FILE where it takes that.</summary>
    public static LabOptions Read(BuildContext context, string task, int hosts = 4)
    {
        context.NixDeploy.RefuseArgumentsBut(task, "hosts", "switch-script");
        var text = context.Argument("hosts", hosts.ToString(CultureInfo.InvariantCulture));
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new LabOptions { Name = Name(context), Hosts = number, SwitchScript = context.Argument<string?>("switch-script", null) }
            : throw new UsageException("ND0211", $"--hosts is '{text}', expected how many hosts the lab has, 1 to 60.");
    }

    private static string Name(BuildContext context) => context.Argument("lab", new LabOptions().Name);

    /// <summary>What the lab says it cannot do is the caller's to know, in its own words and with an exit code of ours.</summary>
    public static async Task<T> DoAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (LabUnavailableException e)
        {
            throw new UsageException("ND0231", e.Message, e);
        }
        catch (ArgumentException e)
        {
            throw new UsageException("ND0211", e.Message, e);
        }
    }
}
