using NixDeploy.Execution.HostSteps;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>The one poll loop.</summary>
[TestFixture]
internal sealed class PollingTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public void It_asks_until_there_is_an_answer()
    {
        var time = new VirtualTime();
        var asked = 0;
        Assert.That(time.Run(() => time.PollUntilAsync(_ => Task.FromResult(++asked == 3 ? "yes" : null), _ => Second, default)), Is.EqualTo("yes"));
        Assert.That((asked, time.GetElapsedTime(0)), Is.EqualTo((3, 2 * Second)));
    }

    [Test]
    public void It_ends_without_an_answer_when_there_is_no_further_pause()
    {
        var time = new VirtualTime();
        var asked = 0;
        Assert.That(time.Run(() => time.PollUntilAsync(NeverAsync, elapsed => elapsed < 5 * Second ? Second : null, default)), Is.Null);
        Assert.That(asked, Is.EqualTo(6));

        Task<string?> NeverAsync(CancellationToken cancellationToken)
        {
            asked++;
            return Task.FromResult<string?>(null);
        }
    }
}
