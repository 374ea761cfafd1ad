using Cake.Common;
using Cake.Common.IO;
using Cake.Core;
using Cake.Core.IO;
using Cake.Frosting;

namespace Build.Tasks;

[TaskName("ShellCheck")]
[TaskDescription("Looks for mistakes in the shell scripts; needs shellcheck.")]
public sealed class ShellCheckTask : FrostingTask<BuildContext>
{
    public override void Run(BuildContext context)
    {
        if (context.Tools.Resolve("shellcheck") is not { } shellcheck)
        {
            throw new CakeException("shellcheck is not installed; on Debian and Ubuntu: apt-get install shellcheck");
        }

        var arguments = new ProcessArgumentBuilder();
        foreach (var script in Scripts(context))
        {
            arguments.AppendQuoted(script.FullPath);
        }

        if (context.StartProcess(shellcheck, new ProcessSettings { Arguments = arguments }) != 0)
        {
            throw new CakeException("shellcheck found mistakes; they are listed above.");
        }
    }

    private static IEnumerable<FilePath> Scripts(BuildContext context)
    {
        yield return context.Repository.Root.CombineWithFilePath("build.sh");
        yield return context.Repository.Root.CombineWithFilePath(".ci/run");
        foreach (var folder in new[] { "src", "tests", "recipes" })
        {
            foreach (var script in context.GetFiles($"{context.Repository.Root}/{folder}/**/*.sh"))
            {
                yield return script;
            }
        }
    }
}
