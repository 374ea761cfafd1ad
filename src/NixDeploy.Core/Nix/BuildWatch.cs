using System.Text.Json;
using System.Text.RegularExpressions;
using NixDeploy.Fleets;

namespace NixDeploy.Nix;

/// <summary>Understands what Nix says while it builds (<c>--log-format internal-json</c>).</summary>
/// <remarks>Fed line by line from one thread; asked from others, so all of it is under one lock.</remarks>
/// <param name="log">A line of a build's log with its derivation.</param>
internal sealed partial class BuildWatch(Action<string?, string> log)
{
    private const string Prefix = "@nix ";
    private const int LogLines = 20;
    private const int LongestLine = 1000;
    private const int MostErrors = 200;

    // The numbers of Nix's ActivityType and ResultType.
    private const int CopyPaths = 103;
    private const int Builds = 104;
    private const int Build = 105;
    private const int Substitute = 108;
    private const int BuildLogLine = 101;
    private const int Progress = 105;

    private readonly Lock gate = new();
    private readonly Dictionary<long, string> building = [];
    private readonly Dictionary<long, long> done = [];
    private readonly Dictionary<string, Queue<string>> logs = [];
    private readonly HashSet<string> started = [];
    private readonly List<string> errors = [];

    /// <summary>Whether work on a derivation or a path was begun.</summary>
    public bool HasStarted(StorePath path)
    {
        lock (gate)
        {
            return started.Contains(path.Value);
        }
    }

    /// <summary>Takes a line of stderr.</summary>
    /// <returns>Whether some build or download may have ended with it.</returns>
    public bool Feed(string line)
    {
        if (!line.StartsWith(Prefix, StringComparison.Ordinal))
        {
            lock (gate)
            {
                Remember(line);
            }

            log(null, line);
            return false;
        }

        try
        {
            using var message = JsonDocument.Parse(line.AsMemory(Prefix.Length));
            var root = message.RootElement;
            var ended = false;
            (string? Derivation, string Text)? said = null;
            lock (gate)
            {
                switch (root.GetProperty("action").GetString())
                {
                    case "start":
                        Start(root);
                        break;
                    case "stop":
                        ended = building.Remove(root.GetProperty("id").GetInt64());
                        break;
                    case "result" when root.GetProperty("type").GetInt32() == BuildLogLine:
                        said = LogLine(root);
                        break;
                    case "result":
                        ended = Progressed(root);
                        break;
                    case "msg" when root.GetProperty("level").GetInt32() == 0:
                        Remember(root.GetProperty("msg").GetString() ?? "");
                        break;
                }
            }

            if (said is var (derivation, text))
            {
                log(derivation, text);
            }

            return ended;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException or ArgumentException)
        {
            // Another format of a Nix version disables the live view, never the build.
            return false;
        }
    }

    /// <summary>The error of the first derivation that failed among some, with the end of its log; or whatever Nix said last.</summary>
    /// <param name="closure">All that a host's system needs for being built.</param>
    public (string? Derivation, string Error, IReadOnlyList<string> Log) Failure(IReadOnlySet<string> closure)
    {
        lock (gate)
        {
            foreach (var error in errors.Where(e => !Consequence().IsMatch(e)))
            {
                if (Derivation().Match(error) is { Success: true, Value: var derivation } && closure.Contains(derivation))
                {
                    return (derivation, Sentence(error), [.. logs.GetValueOrDefault(derivation) ?? []]);
                }
            }

            return (null, NixErrors.Essence(string.Join('\n', errors)), []);
        }
    }

    private void Start(JsonElement root)
    {
        var (id, type) = (root.GetProperty("id").GetInt64(), root.GetProperty("type").GetInt32());
        if (type is Build or Substitute && root.GetProperty("fields")[0].GetString() is { } path)
        {
            started.Add(path);
            building[id] = path;
        }
        else if (type is Builds or CopyPaths)
        {
            done[id] = 0;
        }
    }

    /// <summary>Nix 2.8 stops the activities of what it was asked for only at the very end; the count of finished ones is never late.</summary>
    private bool Progressed(JsonElement root)
    {
        var (id, fields) = (root.GetProperty("id").GetInt64(), root.GetProperty("fields"));
        if (root.GetProperty("type").GetInt32() != Progress || !done.TryGetValue(id, out var before) || fields[0].GetInt64() <= before)
        {
            return false;
        }

        done[id] = fields[0].GetInt64();
        return true;
    }

    private (string? Derivation, string Text) LogLine(JsonElement root)
    {
        var text = root.GetProperty("fields")[0].GetString() ?? "";
        if (building.TryGetValue(root.GetProperty("id").GetInt64(), out var derivation))
        {
            var lines = logs.TryGetValue(derivation, out var known) ? known : logs[derivation] = new Queue<string>();
            var line = NixErrors.Plain(text);
            lines.Enqueue(line.Length > LongestLine ? $"…{line[^LongestLine..]}" : line);
            if (lines.Count > LogLines)
            {
                lines.Dequeue();
            }
        }

        return (derivation, text);
    }

    private void Remember(string error)
    {
        errors.Add(NixErrors.Plain(error));
        if (errors.Count > MostErrors)
        {
            errors.RemoveAt(0);
        }
    }

    /// <summary>What failed and why, without the end of the log that some versions add.</summary>
    private static string Sentence(string error)
    {
        var lines = error.Split('\n').Select(l => l.Trim()).TakeWhile(l => !Appendix().IsMatch(l)).Where(l => l.Length > 0);
        var text = string.Join(' ', lines).TrimEnd(';', '.', ':', ' ');
        return text.StartsWith("error: ", StringComparison.Ordinal) ? text["error: ".Length..] : text;
    }

    /// <summary>Errors that follow from another one: the dependents of what failed, and the summary.</summary>
    [GeneratedRegex(@"dependenc(y|ies)\b|build of ('[^']+',? ?)+ failed\s*$")]
    private static partial Regex Consequence();

    [GeneratedRegex(@"/nix/store/[0-9a-z]{32}-[A-Za-z0-9+\-._?=]+\.drv(?![A-Za-z0-9+\-_?=])")]
    private static partial Regex Derivation();

    [GeneratedRegex(@"^(last \d+ log lines|output paths?:|for full logs)", RegexOptions.IgnoreCase)]
    private static partial Regex Appendix();
}
