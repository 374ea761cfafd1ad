// Fixtures that keep to one host each wait most of the time; the others have the lab to themselves.
[assembly: LevelOfParallelism(3)]
