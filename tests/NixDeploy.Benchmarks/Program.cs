using System.Globalization;
using BenchmarkDotNet.Running;
using NixDeploy.Benchmarks.Makespan;
using NixDeploy.Benchmarks.Planning;

const string Usage = """
    scale [--only=planning|runs] [--times=5] [--fleets=100] [--hosts=10000]   prints the tables of docs/performance.md
    benchmark ARGUMENTS                                                      hands over to BenchmarkDotNet
    """;

switch (args)
{
    case ["scale", .. var options]:
        var only = Option(options, "only");
        if (only is null or "planning")
        {
            PlanningScale.Print(Number(options, "times", 5), Console.Out);
        }

        if (only is null or "runs")
        {
            MakespanScale.Print(Number(options, "fleets", 100), Number(options, "hosts", 10_000), Console.Out);
        }

        return 0;
    case ["benchmark", .. var rest]:
        BenchmarkSwitcher.FromAssembly(typeof(PlanningBenchmarks).Assembly).Run(rest);
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static string? Option(string[] options, string name) =>
    options.LastOrDefault(o => o.StartsWith($"--{name}=", StringComparison.Ordinal))?[(name.Length + 3)..];

static int Number(string[] options, string name, int otherwise) =>
    Option(options, name) is { } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;
