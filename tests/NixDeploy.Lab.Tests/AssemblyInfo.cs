// Each has a lab of its own while it runs, and most of its time is spent on waiting for hosts.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(3)]
