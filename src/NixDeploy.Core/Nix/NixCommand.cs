using System.Collections.Concurrent;
using System.ComponentModel;
using System.Text;
using System.Text.RegularExpressions;
using CliWrap;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Nix;

/// <summary>Runs the Nix programs; every one of ours goes through here.</summary>
internal sealed partial class NixCommand(NixOptions options)
{
    private const int MostWarnings = 50;

    private static readonly Version Oldest = new(2, 8);

    private readonly ConcurrentDictionary<string, int> warnings = new(StringComparer.Ordinal);

    /// <summary>How long a program that was interrupted may take to end its builders.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Where the Nix programs are; <see langword="null"/>: along PATH.</summary>
    public string? ProgramFolder => options.ProgramFolder;

    /// <summary>Runs a constant script with arguments, in the environment of the Nix programs.</summary>
    public Task<NixOutput> RunScriptAsync(string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var command = Cli.Wrap("sh").WithArguments(["-s", "--", .. arguments]).WithStandardInputPipe(PipeSource.FromString(script));
        return RunAsync(command, new NixOutput("sh", arguments), null, null, cancellationToken);
    }

    /// <summary>Runs a program to its end and gives what it wrote, except what goes elsewhere.</summary>
    /// <exception cref="NixException"><c>ND0301</c>: there is no Nix.</exception>
    public Task<NixOutput> RunAsync(
        string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken, string? folder = null, PipeTarget? stdout = null, PipeTarget? stderr = null)
    {
        var command = Cli.Wrap(ProgramFolder is { } programs ? Path.Combine(programs, program) : program).WithArguments(arguments);
        return RunAsync(folder is null ? command : command.WithWorkingDirectory(folder), new NixOutput(program, arguments), stdout, stderr, cancellationToken);
    }

    private async Task<NixOutput> RunAsync(Command program, NixOutput output, PipeTarget? stdout, PipeTarget? stderr, CancellationToken cancellationToken)
    {
        var (said, complained) = (new StringBuilder(), new StringBuilder());
        var command = program
            .WithEnvironmentVariables(options.Environment)
            .WithStandardOutputPipe(stdout ?? PipeTarget.ToStringBuilder(said))
            .WithStandardErrorPipe(stderr ?? PipeTarget.ToStringBuilder(complained))
            .WithValidation(CommandResultValidation.None);

        // First an interrupt, on which Nix ends its builders and unlocks its store; then force.
        using var forceful = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.Time);
        await using var link = cancellationToken.Register(() => forceful.CancelAfter(Grace)).ConfigureAwait(false);
        try
        {
            var result = await command.ExecuteAsync(forceful.Token, cancellationToken).ConfigureAwait(false);
            return output with { ExitCode = result.ExitCode, Stdout = said.ToString(), Stderr = complained.ToString() };
        }
        catch (Win32Exception e)
        {
            throw new NixException("ND0301", $"There is no program {program.TargetFilePath} on PATH that can be run: install Nix, with 'apt install nix-bin' on Debian and Ubuntu or as https://nixos.org/download says.", e);
        }
    }

    /// <summary>What evaluations have warned of so far, each once, in the order in which it was said first.</summary>
    public IEnumerable<string> Warnings => warnings.OrderBy(w => w.Value).Select(w => w.Key).Take(MostWarnings);

    /// <summary>Evaluates with <c>nix eval</c> and gives the JSON.</summary>
    /// <exception cref="NixException"><c>ND0303</c>: it does not evaluate; <c>ND0308</c>: the answer is no JSON.</exception>
    public async Task<JToken> EvaluateAsync(IEnumerable<string> arguments, string? folder, CancellationToken cancellationToken)
    {
        // The cache of evaluations would answer with "cached failure", which hides the reason, and is one file for all evaluators.
        List<string> all = ["--extra-experimental-features", "nix-command flakes", "eval", "--json", "--option", "eval-cache", "false", .. arguments];
        var output = await RunAsync("nix", all, cancellationToken, folder).ConfigureAwait(false);
        output.ThrowIfFailed();
        foreach (var warning in NixErrors.Warnings(output.Stderr))
        {
            warnings.TryAdd(warning, warnings.Count);
        }

        try
        {
            using var reader = new JsonTextReader(new StringReader(output.Stdout)) { DateParseHandling = DateParseHandling.None };
            return JToken.ReadFrom(reader, new JsonLoadSettings { LineInfoHandling = LineInfoHandling.Ignore });
        }
        catch (JsonException e)
        {
            throw new NixException("ND0308", $"{output.CommandLine} answered something that is not JSON: {e.Message}", e);
        }
    }

    /// <summary>Makes sure that Nix is there and new enough.</summary>
    /// <exception cref="NixException"><c>ND0301</c>, <c>ND0302</c>.</exception>
    public async Task CheckVersionAsync(CancellationToken cancellationToken)
    {
        var output = await RunAsync("nix", ["--version"], cancellationToken).ConfigureAwait(false);
        var match = VersionNumber().Match(output.Stdout);
        if (match.Success && Version.TryParse(match.Groups[1].Value, out var version) && version < Oldest)
        {
            throw new NixException("ND0302", $"Nix {version} is too old: {Oldest} or newer is needed; https://nixos.org/download says how to get it.");
        }
    }

    /// <summary>The name in parentheses may carry a number of its own: <c>nix (Determinate Nix 3.6.1) 2.29.0</c>.</summary>
    [GeneratedRegex(@"\) (\d+\.\d+)")]
    private static partial Regex VersionNumber();
}

/// <summary>What a program wrote and how it ended.</summary>
internal sealed record NixOutput(string Program, IReadOnlyList<string> Arguments, int ExitCode = 0, string Stdout = "", string Stderr = "")
{
    private const int LongestArgument = 100;

    /// <summary>What a shell, too, makes of a SIGKILL.</summary>
    private const int Killed = 128 + 9;

    /// <summary>The command as a sentence shows it: long arguments cut, no secrets.</summary>
    public string CommandLine => NixErrors.Secrets($"{Program} {string.Join(' ', Arguments.Select(Shown))}");

    /// <summary>The lines of the output.</summary>
    public IEnumerable<string> Lines => Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Throws when the program failed.</summary>
    /// <exception cref="NixException"><c>ND0303</c>.</exception>
    public void ThrowIfFailed()
    {
        if (ExitCode != 0)
        {
            throw Failure();
        }
    }

    /// <summary>The failure as an exception.</summary>
    public NixException Failure()
    {
        var essence = NixErrors.Essence(Stderr) is { Length: > 0 } said ? said
            : ExitCode == Killed ? "it was killed, most likely because memory ran out."
            : "it said nothing.";
        return new("ND0303", $"{CommandLine} failed with exit code {ExitCode}: {essence}", new NixFailure(essence));
    }

    private static string Shown(string argument)
    {
        var text = argument.Length <= LongestArgument && !argument.Contains('\n', StringComparison.Ordinal) ? argument : argument.TrimStart()[..40].Split('\n')[0] + "…";
        return text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:+=@%,~#…".Contains(c, StringComparison.Ordinal)) ? text : $"'{text}'";
    }
}

/// <summary>What a Nix program said when it failed, without our words around it.</summary>
internal sealed class NixFailure(string message) : Exception(message);
