using Cake.Frosting;

namespace Build.Tasks;

[TaskName("Default")]
[TaskDescription("Builds the solution.")]
[IsDependentOn(typeof(BuildTask))]
public sealed class DefaultTask : FrostingTask<BuildContext>;
