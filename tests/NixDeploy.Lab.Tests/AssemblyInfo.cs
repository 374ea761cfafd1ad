// Each has a lab of its own while it runs, and waits for its hosts now and then; more labs than these only take the processors from each other.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(3)]
