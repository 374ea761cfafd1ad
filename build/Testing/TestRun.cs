using System.Globalization;
using System.Xml.Linq;

namespace Build.Testing;

/// <summary>How the tests went, as the .trx files of all test projects say.</summary>
public sealed class TestRun
{
    private static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    private readonly Dictionary<string, List<string>> _skipped = new(StringComparer.Ordinal);
    private bool _hasRun;

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int Skipped => _skipped.Values.Sum(tests => tests.Count);

    /// <summary>One line per reason, for those many tests that share one.</summary>
    public IEnumerable<string> SkipReasons => _skipped.Select(reason =>
        reason.Value.Count == 1
            ? $"skipped: {reason.Value[0]}: {reason.Key}"
            : string.Create(CultureInfo.InvariantCulture, $"skipped: {reason.Value.Count} tests: {reason.Key}"));

    /// <summary>The last line of a test run, or <see langword="null"/> when no tests were asked for.</summary>
    public string? Summary => !_hasRun
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed{(Skipped > 0 ? $", {Skipped} skipped" : "")}");

    public void Read(IEnumerable<string> trxFiles)
    {
        _hasRun = true;
        foreach (var result in trxFiles.SelectMany(file => XDocument.Load(file).Descendants(Trx + "UnitTestResult")))
        {
            switch (result.Attribute("outcome")?.Value)
            {
                case "Passed":
                    Passed++;
                    break;
                case "NotExecuted":
                    Skip(result);
                    break;
                default:
                    Failed++;
                    break;
            }
        }
    }

    private void Skip(XElement result)
    {
        var reason = result.Descendants(Trx + "Message").FirstOrDefault()?.Value.Trim() is { Length: > 0 } message
            ? message
            : "no reason given";
        if (!_skipped.TryGetValue(reason, out var tests))
        {
            _skipped[reason] = tests = [];
        }

        tests.Add(result.Attribute("testName")?.Value ?? "a test");
    }
}
