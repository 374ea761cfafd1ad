using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using NixDeploy.Events;
using NixDeploy.Terminal;
using NixDeploy.Tests.Journal;
using NixDeploy.Tests.Reporting.Model;
using Spectre.Console.Testing;

namespace NixDeploy.Tests.Terminal;

internal sealed class ConsoleViewTests
{
    [Test]
    public async Task The_last_picture_stays_and_the_summary_follows()
    {
        var output = string.Join('\n', (await ShowAsync(new TestConsole(), Sample.OneFailed)).Lines.Select(l => l.TrimEnd()));
        Assert.That(output, Does.Contain("p620 (monitoring server):\n  [████████████████████████████████████] 100%\n  Status: ✅ DEPLOYED (7s)\n  Generation: 245 → 246\n"));
        Assert.That(output, Does.Contain("Overall: 3/3 complete | Elapsed: 25s\n"));
        Assert.That(output, Does.EndWith("  recovery command: ssh razer journalctl -u nginx\n\nFAILED: razer; back on the old system."));
    }

    [Test]
    public async Task Colours_come_only_where_there_are_some()
    {
        var plain = new TestConsole().EmitAnsiSequences();
        plain.Profile.Capabilities.ColorSystem = Spectre.Console.ColorSystem.NoColors;
        Assert.That((await ShowAsync(plain, Sample.Succeeded)).Output, Does.Not.Match("\u001b\\[[0-9;]*m"));
        Assert.That((await ShowAsync(new TestConsole().EmitAnsiSequences().Colors(Spectre.Console.ColorSystem.Standard), Sample.Succeeded)).Output, Does.Match("\u001b\\[[0-9;]*m"));
    }

    [Test]
    public async Task Hostile_text_neither_breaks_nor_steers_the_terminal()
    {
        var problem = new Problem("ND0504", Sample.Hostile) { Units = [new UnitFailure(Sample.Hostile, Sample.Hostile, [Sample.Hostile])], Command = Sample.Hostile };
        var output = (await ShowAsync(new TestConsole(), [.. Chain.Of([Sample.Begin(), .. Sample.Fail(Sample.Razer, problem)])])).Output;
        Assert.That(output.Where(char.IsControl), Is.All.EqualTo('\n'));
        Assert.That(output, Does.Contain("[red]x[/] [/]"));
    }

    [Test]
    public void No_line_of_the_picture_is_wider_than_the_terminal()
    {
        var console = new TestConsole();
        console.Profile.Width = 20;
        console.Write(new FramePicture(new ConsoleFrame(Reducer.Fold(Sample.OneFailed), Chain.Noon, 20, 40).Lines(), clip: true));
        Assert.That(console.Lines.Select(l => l.Length), Is.All.LessThan(20));
        Assert.That(console.Lines, Has.Member("  Because: ND0504…"));
    }

    [Test]
    public async Task Where_only_ascii_can_be_shown_only_ascii_is()
    {
        var console = new TestConsole();
        console.Profile.Capabilities.Unicode = false;
        var output = (await ShowAsync(console, Sample.Succeeded)).Output;
        Assert.That(output, Does.Contain("[####################################] 100%").And.Contain("245 -> 246"));
        Assert.That(output.Where(c => c > '~'), Is.Empty);
    }

    [Test]
    public async Task The_clock_is_redrawn_without_events()
    {
        var time = new FakeTimeProvider(Chain.Noon);
        var console = new TestConsole();
        console.Profile.Height = 60;
        await new ConsoleView(console, time).ShowAsync(FramesAsync(), default);
        Assert.That(console.Output.Split("Elapsed: ").Length, Is.GreaterThan(5));

        async IAsyncEnumerable<RunFrame> FramesAsync()
        {
            var state = Reducer.Fold(Sample.Succeeded.Take(1));
            for (var i = 0; i < 10; i++)
            {
                await Task.Yield();
                time.Advance(TimeSpan.FromSeconds(1));
                yield return new RunFrame(state, [], Ended: false);
            }
        }
    }

    [Test]
    public async Task Detaching_is_possible_while_nothing_happens()
    {
        using var leave = new CancellationTokenSource();
        var showing = new ConsoleView(new TestConsole(), new FakeTimeProvider()).ShowAsync(Channel.CreateUnbounded<RunFrame>().Reader.ReadAllAsync(), leave.Token);
        await leave.CancelAsync();
        Assert.That(() => showing, Throws.InstanceOf<OperationCanceledException>());
    }

    private static async Task<TestConsole> ShowAsync(TestConsole console, IReadOnlyList<RecordedEvent> events)
    {
        console.Profile.Width = 120;
        console.Profile.Height = 60;
        await new ConsoleView(console, new FakeTimeProvider(events[^1].At), Sample.Roles).ShowAsync(Sample.Frames(events), default);
        return console;
    }
}
