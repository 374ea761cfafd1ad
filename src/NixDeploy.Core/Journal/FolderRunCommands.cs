using System.Globalization;
using System.Runtime.CompilerServices;
using Newtonsoft.Json;
using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Journal;

/// <summary>Commands as files in the run's folder, for a run that another process carries out: a file is there whole or not at all, and the first one counts.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="time">The clock that spaces the looks into the folder.</param>
internal sealed class FolderRunCommands(RunFolder folder, TimeProvider time) : IRunCommands
{
    /// <summary>Longer than any reason that a person types.</summary>
    private const int MostBytes = 1 << 20;

    private const string Cancellation = "cancel.json";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public async Task<RunCommand?> SendAsync(RunCommand command, CancellationToken cancellationToken = default)
    {
        var file = Path.Combine(folder.Path, NameOf(command));
        var temporary = $"{file}.{Guid.NewGuid():N}.tmp";
        try
        {
            var content = command switch
            {
                RunCommand.Approve approve => new Content(true, approve.By, ""),
                RunCommand.Reject reject => new Content(false, reject.By, reject.Reason),
                RunCommand.Cancel cancel => new Content(false, cancel.By, cancel.Reason),
                _ => throw new ArgumentException($"There is no file for {command}.", nameof(command)),
            };
            await PrivateFiles.ReplaceAsync(temporary, JsonFormat.Write(content), cancellationToken).ConfigureAwait(false);
            File.Move(temporary, file, overwrite: false);
            return null;
        }
        catch (IOException) when (Read(file) is { } first)
        {
            return first;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateException("ND0713", $"The run's folder {Text.Quote(folder.Path)} cannot be written: {e.Message}", e);
        }
        finally
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }

    public async IAsyncEnumerable<RunCommand> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var told = new HashSet<string>(StringComparer.Ordinal);
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var file in Files().Where(f => !told.Contains(f)))
            {
                if (Read(file) is { } command)
                {
                    told.Add(file);
                    yield return command;
                }
            }

            await Task.Delay(Period, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private List<string> Files()
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder.Path, "*.json").Where(f => StageOf(f) is not null || Path.GetFileName(f) == Cancellation)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The command in a file; <see langword="null"/> when there is none, or none that can be read.</summary>
    private static RunCommand? Read(string file)
    {
        try
        {
            var content = JsonFormat.Read<Content>(GivenFile.ReadText(file, MostBytes));
            return StageOf(file) is not { } stage ? new RunCommand.Cancel(content.By, content.Reason)
                : content.Approved ? new RunCommand.Approve(stage, content.By)
                : new RunCommand.Reject(stage, content.By, content.Reason);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static string NameOf(RunCommand command) => command switch
    {
        RunCommand.Approve approve => NameOf(approve.Stage),
        RunCommand.Reject reject => NameOf(reject.Stage),
        _ => Cancellation,
    };

    private static string NameOf(int stage) => string.Create(CultureInfo.InvariantCulture, $"approval-{stage}.json");

    private static int? StageOf(string file) =>
        Path.GetFileNameWithoutExtension(file) is var name && name.StartsWith("approval-", StringComparison.Ordinal)
        && int.TryParse(name["approval-".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var stage) ? stage : null;

    private sealed record Content(bool Approved, string By, string Reason);
}
