using CsCheck;
using NixDeploy.Fleets.Selection;

namespace NixDeploy.Tests.Fleets.Selection;

[TestFixture]
internal sealed class HostsFileTests
{
    [Test]
    public void I_can_list_hosts_in_a_file()
    {
        using var folder = new TestFolder();
        var file = folder.Write("hosts", "# all of them\n\nweb-*, @db   # two\r\n\t!web-1\t# not this one\n  #web-9\n");
        Assert.That(HostsFile.Join(null, file), Is.EqualTo($"web-* #{file}:3,@db #{file}:3,!web-1 #{file}:4"));
        Assert.That(HostsFile.Join("a,b", file), Is.EqualTo($"a,b,web-* #{file}:3,@db #{file}:3,!web-1 #{file}:4"));
    }

    [TestCase("", "ND0201", "names nothing")]
    [TestCase("\n# none\n", "ND0201", "names nothing")]
    [TestCase("a\nb,,c", "ND0202", "hosts:2 has nothing between two commas")]
    [TestCase("a\0b", "ND0202", "hosts:1 is 'a\\u0000b'")]
    public void What_names_nothing_is_said_with_its_line(string text, string code, string part)
    {
        using var folder = new TestFolder();
        var error = Assert.Throws<UsageException>(() => HostsFile.Join(null, folder.Write("hosts", text)))!;
        Assert.That((error.Code, error.Message), Is.EqualTo((code, error.Message)));
        Assert.That(error.Message, Does.Contain(part));
    }

    [Test]
    public void What_cannot_be_read_is_a_sentence()
    {
        using var folder = new TestFolder();
        Assert.That(() => HostsFile.Join(null, folder.FullName), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0205"));
        Assert.That(() => HostsFile.Join(null, Path.Combine(folder.FullName, "none")), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0205"));
        Assert.That(() => HostsFile.Join(null, "/dev/zero"), Throws.TypeOf<UsageException>().With.Message.Contains("larger than 64 MiB").Or.Message.Contains("cannot be read"));
    }

    [Test]
    public void Any_file_is_a_selection_or_a_usage_error()
    {
        using var folder = new TestFolder();
        Gen.Byte.Array[0, 200].Sample(
            bytes =>
            {
                var file = Path.Combine(folder.FullName, "hosts");
                File.WriteAllBytes(file, bytes);
                try
                {
                    HostSelection.Parse(HostsFile.Join(null, file));
                }
                catch (UsageException)
                {
                }
            },
            iter: 1000,
            threads: 1);
    }
}
