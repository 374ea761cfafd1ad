using Newtonsoft.Json;
using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Journal;

/// <summary>An answer in the run's folder, for a run that another program carries out: there whole or not at all, and the first one counts.</summary>
internal static class ApprovalFile
{
    /// <summary>Writes the answer.</summary>
    /// <exception cref="UsageException"><c>ND0617</c>: there is one already.</exception>
    /// <exception cref="StateException"><c>ND0713</c>: the folder cannot be written.</exception>
    public static void Write(RunFolder folder, string run, int stage, ApprovalAnswer answer)
    {
        var file = PathOf(folder, stage);
        var temporary = $"{file}.{Environment.ProcessId}.tmp";
        try
        {
            using (var writer = new StreamWriter(PrivateFiles.Open(temporary, FileMode.Create, FileAccess.Write, FileShare.None)))
            {
                writer.Write(JsonFormat.Write(answer));
            }

            File.Move(temporary, file, overwrite: false);
        }
        catch (IOException) when (Read(folder, stage) is { } first)
        {
            throw new UsageException("ND0617", $"The question of run {run} was answered before: {first.By} {(first.Approved ? "approved" : "did not approve")}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateException("ND0713", $"The run's folder {Text.Quote(folder.Path)} cannot be written: {e.Message}", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>The answer; <see langword="null"/> when there is none, or none that can be read.</summary>
    public static ApprovalAnswer? Read(RunFolder folder, int stage)
    {
        try
        {
            var file = PathOf(folder, stage);
            return File.Exists(file) ? JsonFormat.Read<ApprovalAnswer>(File.ReadAllText(file)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static string PathOf(RunFolder folder, int stage) => Path.Combine(folder.Path, FormattableString.Invariant($"approval-{stage}.json"));
}
