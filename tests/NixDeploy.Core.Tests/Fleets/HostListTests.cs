using NixDeploy.Fleets;

namespace NixDeploy.Tests.Fleets;

internal sealed class HostListTests
{
    [Test]
    public void Few_are_all_named_and_of_many_the_first()
    {
        HostName[] names = [.. "abcdef".Select(c => HostName.Parse(c.ToString()))];
        Assert.That(HostList.Few(names[..4]), Is.EqualTo("a, b, c, d"));
        Assert.That(HostList.Few(names[..5]), Is.EqualTo("a, b, c and 2 more"));
        Assert.That(HostList.Few(names, most: 6), Is.EqualTo("a, b, c, d, e, f"));
        Assert.That(HostList.Few([]), Is.Empty);
    }
}
