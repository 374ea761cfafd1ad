using System.Diagnostics;
using System.Text;
using CsCheck;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.HostProtocol;

[Parallelizable(ParallelScope.Self)]
internal sealed class ShellQuoterTests
{
    private static readonly string[] Shells = ["sh", "dash", "bash", "busybox sh"];

    private static readonly string[] Nasty =
    [
        "'", "\"", "\\", "`", "$", "$(", ")", "$((", "${x}", ";", "&", "|", "<", ">", "\n", "\r", "\t", "\b", "\u001b", "\u007f", "!", "#", "~", "*", "?", "[", "]", "{", "}", "-", "--", "=", "%", "^",
        " ", "é", "→", "🚀", "\u0081", "\u0088", "\u00ff", "\u2028", "\ufeff", "\ufffd", "a", "0", "EOF", "$(touch canary)", "`touch canary`", "';touch canary;'", "' \"$(touch canary)\" '",
    ];

    private static readonly Gen<string> Hostile = Gen.Int[0, Nasty.Length - 1].Select(i => Nasty[i]).Array[0, 12].Select(string.Concat);

    [TestCaseSource(nameof(Shells))]
    public void Every_value_comes_out_of_a_real_shell_as_it_went_in(string shell)
    {
        Need(shell);
        var folder = Directory.CreateTempSubdirectory("nd-quoter-").FullName;
        try
        {
            Hostile.Array[200].Sample(
                values =>
                {
                    var script = new ShellScript("test", "printf '%s\\0' \"$@\"", [.. values], TimeSpan.FromSeconds(1));
                    Assert.That(Run(shell + " -s", ShellQuoter.StandardInput(script), folder), Is.EqualTo(values));
                },
                iter: 50, threads: 1);
            Assert.That(Directory.EnumerateFileSystemEntries(folder), Is.Empty);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCaseSource(nameof(Shells))]
    public void Of_a_script_that_was_cut_on_its_way_nothing_runs(string shell)
    {
        Need(shell);
        var folder = Directory.CreateTempSubdirectory("nd-quoter-").FullName;
        try
        {
            var whole = ShellQuoter.StandardInput(new ShellScript("test", "touch first\ntouch \"$1\"\n", ["second"], TimeSpan.FromSeconds(1)));
            for (var length = 0; length < whole.AsSpan().TrimEnd("\n}"u8).Length; length++)
            {
                Start(shell + " -s", whole[..length], folder);
                Assert.That(Directory.EnumerateFileSystemEntries(folder), Is.Empty, $"after {length} bytes");
            }

            Start(shell + " -s", whole, folder);
            Assert.That(Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "first", "second" }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void Words_of_a_command_line_stay_words()
    {
        var folder = Directory.CreateTempSubdirectory("nd-quoter-").FullName;
        try
        {
            Hostile.Array[1, 200].Sample(
                values =>
                {
                    var line = ShellQuoter.CommandLine(["printf", "%s\\0", .. values]);
                    Assert.That(Run("sh -s", Encoding.UTF8.GetBytes(line), folder), Is.EqualTo(values));
                },
                iter: 30, threads: 1);
            Assert.That(Directory.EnumerateFileSystemEntries(folder), Is.Empty);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void Plain_words_stay_readable() => Assert.That(
        ShellQuoter.CommandLine(["sudo", "-n", "nix-store", "--import", "a=b", "", "it's"]),
        Is.EqualTo("sudo -n nix-store --import 'a=b' '' 'it'\\''s'"));

    [TestCase('\0', "NUL")]
    [TestCase('\ud800', "Unicode")]
    public void What_has_no_spelling_is_refused(char character, string why)
    {
        var error = Assert.Throws<HostException>(() => ShellQuoter.Quote($"a{character}b"));
        Assert.That(error!.Code, Is.EqualTo("ND0503"));
        Assert.That(error.Message, Does.Contain(why));
    }

    private static string[] Run(string commandLine, byte[] input, string folder)
    {
        var (exitCode, output) = Start(commandLine, input, folder);
        Assert.That(exitCode, Is.Zero);
        return new UTF8Encoding(false, true).GetString(output).Split('\0')[..^1];
    }

    private static (int ExitCode, byte[] Output) Start(string commandLine, byte[] input, string folder)
    {
        var words = commandLine.Split(' ');
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        })!;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        reading.Wait();
        process.WaitForExit();
        return (process.ExitCode, output.ToArray());
    }

    private static void Need(string shell)
    {
        if (!Exists(shell.Split(' ')[0]))
        {
            Assert.Ignore($"{shell} is not installed; CI installs it.");
        }
    }

    private static bool Exists(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(p => File.Exists(Path.Combine(p, program)));
}
