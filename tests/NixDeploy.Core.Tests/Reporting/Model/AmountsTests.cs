using NixDeploy.Reporting.Model;

namespace NixDeploy.Tests.Reporting.Model;

internal sealed class AmountsTests
{
    [TestCase(0, "0s")]
    [TestCase(-5, "0s")]
    [TestCase(0.04, "0s")]
    [TestCase(0.4, "0.4s")]
    [TestCase(5, "5s")]
    [TestCase(9.96, "10s")]
    [TestCase(45.4, "45s")]
    [TestCase(59.7, "1m 0s")]
    [TestCase(83, "1m 23s")]
    [TestCase(3599.6, "1h 0m")]
    [TestCase(90 * 3600, "90h 0m")]
    public void Durations(double seconds, string text) => Assert.That(Amounts.Duration(TimeSpan.FromSeconds(seconds)), Is.EqualTo(text));

    [TestCase(0, "0 seconds")]
    [TestCase(-5, "0 seconds")]
    [TestCase(1, "1 second")]
    [TestCase(2.54, "2.5 seconds")]
    [TestCase(45, "45 seconds")]
    [TestCase(59.7, "1 minute")]
    [TestCase(60, "1 minute")]
    [TestCase(210, "3.5 minutes")]
    [TestCase(3599, "1 hour")]
    [TestCase(7560, "2.1 hours")]
    [TestCase(100 * 3600, "4.2 days")]
    public void Durations_in_words(double seconds, string text) => Assert.That(Amounts.Words(TimeSpan.FromSeconds(seconds)), Is.EqualTo(text));

    [Test]
    public void Numbers() => Assert.That(Amounts.Number(3980), Is.EqualTo("3,980"));

    [TestCase(0, "0 B")]
    [TestCase(999, "999 B")]
    [TestCase(1000, "1 kB")]
    [TestCase(3_400_000, "3.4 MB")]
    [TestCase(999_999, "1 MB")]
    [TestCase(long.MaxValue, "9.2 EB")]
    public void Sizes(long bytes, string text) => Assert.That(Amounts.Size(bytes), Is.EqualTo(text));
}
