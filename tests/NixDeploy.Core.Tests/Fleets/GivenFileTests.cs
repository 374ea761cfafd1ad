using System.Text;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Selection;
using NixDeploy.Journal;
using NixDeploy.Nix;
using NixDeploy.Terminal;

namespace NixDeploy.Tests.Fleets;

/// <summary>Whatever a person names as a file is read at once, or refused at once in one sentence.</summary>
[TestFixture]
internal sealed class GivenFileTests
{
    private static readonly Dictionary<string, (string Code, Func<string, Task> ReadAsync)> Readers = new(StringComparer.Ordinal)
    {
        ["hosts"] = ("ND0205", path => Task.Run(() => HostsFile.Join(null, path))),
        ["plan"] = ("ND0252", path => Task.Run(() => PlanFile.Read(path))),
        ["fleet"] = ("ND0104", path => Task.Run(() => JsonFile.ReadAsync(path, path, null, CancellationToken.None))),
        ["value"] = ("ND0112", path => Task.Run(async () => await new ValueReference.File(path).ResolveAsync())),
    };

    [Test]
    [Combinatorial]
    public async Task Only_regular_files_of_bounded_size_are_read(
        [Values("hosts", "plan", "fleet", "value")] string reader, [Values("pipe", "folder", "zeros", "huge", "missing")] string kind)
    {
        using var folder = new TestFolder();
        var path = await MakeAsync(folder, kind);
        var (code, readAsync) = Readers[reader];
        var error = Assert.CatchAsync<NixDeployException>(() => readAsync(path).WaitAsync(TimeSpan.FromSeconds(20)))!;
        Assert.That((error.Code, error.Message), Is.EqualTo((code, error.Message)));
        Assert.That(error.Message, Does.Contain(path).And.Not.Contain("\n"));
    }

    [TestCase("hosts", "ND0205")]
    [TestCase("plan", "ND0252")]
    [TestCase("fleet", "ND0105")]
    [TestCase("value", "ND0112")]
    public void What_is_not_UTF_8_is_said(string reader, string code)
    {
        using var folder = new TestFolder();
        var path = Path.Combine(folder.FullName, "given");
        foreach (var text in new[] { [(byte)'a', 0xff, (byte)'b'], Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("razer")).ToArray() })
        {
            File.WriteAllBytes(path, text);
            var error = Assert.CatchAsync<NixDeployException>(() => Readers[reader].ReadAsync(path))!;
            Assert.That((error.Code, error.Message.Contains("UTF-8", StringComparison.Ordinal)), Is.EqualTo((code, true)), error.Message);
        }
    }

    [Test]
    public async Task A_byte_order_mark_and_Windows_line_ends_mean_nothing()
    {
        using var folder = new TestFolder();
        var path = Path.Combine(folder.FullName, "given");
        await File.WriteAllTextAsync(path, "razer\r\nsamsung\r\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.That(HostsFile.Join(null, path), Is.EqualTo($"razer #{path}:1,samsung #{path}:2"));
        await File.WriteAllTextAsync(path, "token\r\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.That(await new ValueReference.File(path).ResolveAsync(), Is.EqualTo("token"));
    }

    [TestCase("pipe")]
    [TestCase("huge")]
    [TestCase("folder")]
    public async Task An_answer_to_a_run_that_is_no_regular_file_is_none(string kind)
    {
        using var folder = new TestFolder();
        var run = StateFolder.Open(folder.FullName).Run("20250115-120000-1a2b");
        Directory.CreateDirectory(run.Path);
        await MakeAsync(Path.Combine(run.Path, "approval-0.json"), kind);
        using var enough = new CancellationTokenSource();
        var commands = new FolderRunCommands(run, TimeProvider.System);
        var told = Task.Run(async () =>
        {
            await foreach (var command in commands.ListenAsync(enough.Token))
            {
                return (NixDeploy.Events.RunCommand?)command;
            }

            return null;
        });
        await commands.SendAsync(new NixDeploy.Events.RunCommand.Approve(1, "me")).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.That(await told.WaitAsync(TimeSpan.FromSeconds(20)), Is.EqualTo(new NixDeploy.Events.RunCommand.Approve(1, "me")));
        await enough.CancelAsync();
    }

    private static async Task<string> MakeAsync(TestFolder folder, string kind) =>
        kind == "zeros" ? "/dev/zero" : await MakeAsync(Path.Combine(folder.FullName, "given"), kind);

    private static async Task<string> MakeAsync(string path, string kind)
    {
        switch (kind)
        {
            case "pipe":
                await CliWrap.Cli.Wrap("mkfifo").WithArguments([path]).ExecuteAsync();
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "huge":
                await using (var file = File.Create(path))
                {
                    file.SetLength(3L << 30); // all hole: it takes no space
                }

                break;
            default:
                break;
        }

        return path;
    }
}
