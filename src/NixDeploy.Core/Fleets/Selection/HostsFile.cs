namespace NixDeploy.Fleets.Selection;

/// <summary>A file that says which hosts are meant: <c>--hosts-file</c>.</summary>
/// <remarks>
/// A piece a line, as in <see cref="DeploymentRequest.Hosts"/>, or several with commas between them; blank lines, and what follows
/// <c>#</c> at the beginning of a line or after a space, mean nothing.
/// </remarks>
public static class HostsFile
{
    /// <summary>Longer than the names of any fleet.</summary>
    private const int MostBytes = 64 << 20;

    /// <summary>Reads the file and puts its pieces behind a selection.</summary>
    /// <param name="hosts">What <c>--hosts</c> says; <see langword="null"/>: nothing.</param>
    /// <param name="path">The file.</param>
    /// <returns>One selection for <see cref="DeploymentRequest.Hosts"/>, in which every piece of the file remembers its line.</returns>
    /// <exception cref="UsageException">
    /// <c>ND0205</c>: the file cannot be read. <c>ND0201</c>: it names nothing. <c>ND0202</c>: a line is no piece of a selection.
    /// </exception>
    public static string Join(string? hosts, string path)
    {
        // A comma would end the piece that the remark belongs to.
        var name = path.Replace(',', '_');
        var pieces = Lines(path)
            .Select((line, i) => (Text: WithoutRemark(line), Where: $"{name}:{i + 1}"))
            .Where(l => l.Text.Length > 0)
            .SelectMany(l => Pieces(l.Text, l.Where))
            .ToList();
        return pieces.Count > 0
            ? string.Join(',', hosts is null ? pieces : pieces.Prepend(hosts))
            : throw new UsageException("ND0201", $"--hosts-file={path} names nothing: leave it out for all hosts, or write a name or a pattern a line.");
    }

    private static IEnumerable<string> Pieces(string line, string where)
    {
        if (line.Any(char.IsControl))
        {
            throw new UsageException("ND0202", $"{where} is {Fleets.Text.Quote(line)}: a name, a pattern or @role is expected there.");
        }

        return line.Split(',').Select(p => p.Trim()).Select(p => p.Length > 0
            ? $"{p} #{where}"
            : throw new UsageException("ND0202", $"{where} has nothing between two commas: a name, a pattern or @role is expected there."));
    }

    private static string WithoutRemark(string line)
    {
        var text = line.Replace('\t', ' ').Trim();
        var remark = text.StartsWith('#') ? 0 : text.IndexOf(" #", StringComparison.Ordinal);
        return remark < 0 ? text : text[..remark].TrimEnd();
    }

    private static string[] Lines(string path)
    {
        try
        {
            return GivenFile.ReadText(path, MostBytes).ReplaceLineEndings("\n").Split('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException("ND0205", $"--hosts-file={path} cannot be read: {e.Message}", e);
        }
    }
}
