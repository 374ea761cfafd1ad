using System.Text;
using CliWrap;
using CliWrap.Buffered;

namespace NixDeploy.Labs.Support;

/// <summary>Runs programs. A cancelled one is interrupted, so that it can clean up, and killed only when it does not end.</summary>
internal static class Tool
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    public static async Task<CommandOutput> TryAsync(
        string program, IEnumerable<string> arguments, CancellationToken ct, string input = "")
    {
        using var killed = new CancellationTokenSource();
        using var deadline = ct.Register(() => killed.CancelAfter(EndLimit));
        var result = await Cli.Wrap(program)
            .WithArguments(arguments)
            .WithStandardInputPipe(PipeSource.FromString(input))
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(Encoding.UTF8, Encoding.UTF8, killed.Token, ct);
        return new CommandOutput(result.ExitCode, result.StandardOutput, result.StandardError);
    }

    /// <returns>What the program printed, without the last newline.</returns>
    /// <exception cref="LabCommandException">The program failed.</exception>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken ct, string input = "")
    {
        var list = arguments.ToArray();
        var output = await TryAsync(program, list, ct, input);
        return output.Succeeded ? output.Text : throw new LabCommandException([program, .. list], output);
    }

    /// <summary>Whether a program of this name is on PATH, or where root's programs usually are.</summary>
    public static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Concat(["/usr/sbin", "/sbin", "/usr/bin", "/bin"])
        .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));
}
