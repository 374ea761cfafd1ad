using System.Globalization;
using Cake.Common;
using Cake.Core;
using NixDeploy;
using NixDeploy.Labs;

namespace Build.Tasks;

/// <summary>Which lab the lab's tasks mean: --hosts=N and --lab=NAME.</summary>
internal static class LabArguments
{
    public static LabOptions Read(ICakeContext context, int hosts = 4)
    {
        var name = context.Argument("lab", new LabOptions().Name);
        var text = context.Argument("hosts", hosts.ToString(CultureInfo.InvariantCulture));
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new LabOptions { Name = name, Hosts = number }
            : throw new UsageException("ND0211", $"--hosts is '{text}', expected how many hosts the lab has, 1 to 60.");
    }

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
