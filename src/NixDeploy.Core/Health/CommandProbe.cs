using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>A program on the host exits with 0: the check <c>command</c>, and the means of <c>dns</c> and <c>ping</c>.</summary>
/// <param name="arguments">The program and its arguments, for a time limit.</param>
/// <param name="passed">The detail when it exits with 0.</param>
/// <param name="failed">The detail when it does not; <see langword="null"/>: the exit code and its last line.</param>
internal sealed class CommandProbe(Func<TimeSpan, ImmutableArray<ValueReference>> arguments, string passed, string? failed) : IProbe
{
    // Exit codes of timeout(1), under which sessions run programs.
    private const int TookTooLong = 124;
    private const int WasKilled = 137;
    private const int CannotExecute = 126;
    private const int NotFound = 127;
    private const int LongestLine = 200;

    public async Task<ProbeResult> ProbeAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken)
    {
        var given = arguments(limit);
        var asked = ImmutableArray.CreateBuilder<string>(given.Length);
        foreach (var argument in given)
        {
            asked.Add(await argument.ResolveAsync(cancellationToken));
        }

        var began = round.Time.GetTimestamp();
        var result = await round.Session.RunAsync(asked.MoveToImmutable(), limit, cancellationToken);
        return result.ExitCode is TookTooLong or WasKilled && round.Time.GetElapsedTime(began) >= limit
            ? ProbeResult.Failed($"did not end within {Duration.Of(limit)}")
            : Judge(given[0].Shown, result);
    }

    private ProbeResult Judge(string program, CommandResult result) => result.ExitCode switch
    {
        0 => ProbeResult.Passed(passed),
        CannotExecute or NotFound => ProbeResult.CouldNotMeasure($"the host cannot run {Text.Quote(program)}{Said(result)}"),
        _ => ProbeResult.Failed(failed ?? string.Create(CultureInfo.InvariantCulture, $"exit code {result.ExitCode}{Said(result)}")),
    };

    private static string Said(CommandResult result)
    {
        var last = (result.Error.Length > 0 ? result.Error : result.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        return last is null ? "" : $" ({(last.Length <= LongestLine ? last : last[..LongestLine] + "…")})";
    }
}
