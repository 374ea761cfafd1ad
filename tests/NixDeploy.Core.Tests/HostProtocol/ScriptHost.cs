using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using CliWrap;
using CliWrap.Buffered;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Labs.Tests.Sessions;
using CommandResult = NixDeploy.HostProtocol.CommandResult;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>
/// A folder in which the host's own scripts run as on a host, for what needs no real one: every path of theirs lies in it, and programs of
/// its own take the place of systemd and Nix. A process that dies is not started again.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ScriptHost : IDisposable
{
    private const string Run = "run-1";

    private readonly string root = Directory.CreateTempSubdirectory("nixdeploy-scripts-").FullName;
    private readonly string[] shell;
    private string fence = "";
    private int boots;

    /// <param name="shell">What stands for the host's <c>/bin/sh</c>.</param>
    public ScriptHost(params string[] shell)
    {
        this.shell = shell;
        foreach (var folder in new[] { "bin", "units", "profiles", "answers", "run" })
        {
            Directory.CreateDirectory(InRoot(folder));
        }

        foreach (var (name, text) in Programs)
        {
            WriteProgram($"bin/{name}", text);
        }

        Old = WriteSystem("old");
        New = WriteSystem("new");
        Third = WriteSystem("third");
        Link("profiles/system-1-link", Old);
        Link("profiles/system", "system-1-link");
        Link("boot-default", Old);
        PowerOn();
    }

    public string Old { get; }

    public string New { get; }

    /// <summary>A system that somebody else may activate.</summary>
    public string Third { get; }

    public string Current => Resolve("run/current-system");

    public string BootDefault => Resolve("boot-default");

    public string ProfileSystem => Resolve("profiles/system");

    /// <summary>The actions of switch-to-configuration so far, such as <c>test new</c>.</summary>
    public string[] Actions => Lines("actions");

    /// <summary>The actions that were told to make no check before them.</summary>
    public string[] Unchecked => Lines("unchecked");

    /// <summary>The generations that there are, such as <c>1 old, 2 new</c>.</summary>
    public string Generations => string.Join(", ", new DirectoryInfo(InRoot("profiles")).EnumerateFileSystemInfos("system-*-link")
        .Select(l => $"{l.Name.Split('-')[1]} {Path.GetFileName(l.LinkTarget)}").Order(StringComparer.Ordinal));

    /// <summary>What systemd was told that concerns the whole machine.</summary>
    public string[] Told => Lines("told");

    /// <summary>Whether transactions are prepared and begun by the scripts of the first protocol version.</summary>
    public bool BeginsWithProtocol1 { get; init; }

    /// <summary>The client that begins an activation, in the words of sshd.</summary>
    public string Peer { get; set; } = " ";

    /// <summary>How the guard ended: phase and reason in one; empty when it has not.</summary>
    public string Done => new[] { "state/txn/done", "run/nixdeploy/txn/done" }.Select(InRoot).Where(File.Exists).Select(file => string.Join(' ', File.ReadLines(file).Take(2).Select(l => l.Split('\t')[1]))).FirstOrDefault("");

    public string InRoot(string path) => Path.Combine(root, path);

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(InRoot(path))!);
        File.WriteAllText(InRoot(path), text);
    }

    /// <summary>Makes every attempt to write a file fail, for root too.</summary>
    public void Obstruct(string path) => Directory.CreateDirectory(InRoot(path));

    /// <summary>The next actions of this name end with a code, before they do anything: <c>boot new</c>, <c>set</c> or <c>switch-generation</c>.</summary>
    public void Answer(string action, int code) => Write($"answers/{action.Replace(' ', '-')}", code.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>What happens meanwhile, as a shell script: <c>sync</c>, <c>validity</c> (a path is looked for), <c>phase</c> (right after it was read), or an action of switch-to-configuration.</summary>
    public void Meanwhile(string action, string script) => Write($"answers/{action.Replace(' ', '-')}-meanwhile", $"root={root}\n{script}\n");

    /// <summary>The next actions of this name end with a code, once they have done everything.</summary>
    public void AnswerAfterwards(string action, int code) => Write($"answers/{action.Replace(' ', '-')}-after", code.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>What somebody else does on the host, as a shell script; <c>$profile</c> is the system profile.</summary>
    public async Task AdminAsync(string script) => await Cli.Wrap("sh").WithArguments(["-c", $"set -e\nroot={root}\nprofile={Profile}\nPATH={InRoot("bin")}:$PATH\n{script}"]).ExecuteAsync();

    /// <summary>Another process holds the lock of switch-to-configuration until it is disposed.</summary>
    public async Task<IDisposable> LockSwitchAsync()
    {
        var file = InRoot("run/nixos/switch-to-configuration.lock");
        Write("run/nixos/switch-to-configuration.lock", "");
        var holder = Process.Start(new ProcessStartInfo("flock", [file, "sh", "-c", $"touch {InRoot("locked")}; exec sleep 1000"]))!;
        while (!File.Exists(InRoot("locked")))
        {
            await Task.Delay(20);
        }

        File.Delete(InRoot("locked"));
        return new Holding(holder);
    }

    /// <summary>Hangs there, after a script.</summary>
    public void Hang(string action, string first = "") => Meanwhile(action, $"{first}\ntouch \"$root/hanging\"\nwhile :; do sleep 1; done");

    /// <summary>All processes are gone where it hangs, which it does no more, with everything that does not outlive a boot; and the boot default runs.</summary>
    public async Task CutPowerAsync()
    {
        for (var i = 0; i < 200 && !File.Exists(InRoot("hanging")); i++)
        {
            await Task.Delay(100);
        }

        Stop();
        Directory.Delete(InRoot("run"), recursive: true);
        PowerOn();
        foreach (var file in Directory.EnumerateFiles(InRoot("answers"), "*-meanwhile"))
        {
            File.Delete(file);
        }
    }

    /// <summary>Units that may fail, as the fleet names them.</summary>
    public string[] MayFail { get; set; } = [];

    /// <summary>Whether what is activated is itself a rollback.</summary>
    public bool IsRollback { get; set; }

    public async Task PrepareAsync(string run = Run)
    {
        var answer = await AskAsync(BeginsWithProtocol1
            ? Protocol1Scripts.Prepare(run, "tests:1", New, Profile, [New])
            : Script(ShellScripts.Text("prepare"), [.. ScriptWords.Of(("run", run), ("controller", "tests:1"), ("target", New), ("profile", Profile), ("break_lock", "yes"))]));
        fence = answer.Text("taken");
        Assert.That(fence, Is.Not.Empty);
    }

    public Task<HostAnswer> ActivateAsync(int? guard = 60, string mode = "switch", bool reboot = true, int wait = 30) =>
        BeginsWithProtocol1 ? AskAsync(Protocol1Scripts.Try(Run, fence, New, Profile, guard, mode, reboot, wait)) : ActivateNowAsync(guard, mode, reboot, wait);

    /// <summary>The same by today's script, whoever prepared it.</summary>
    public Task<HostAnswer> ActivateNowAsync(int? guard = 60, string mode = "switch", bool reboot = true, int wait = 30) => AskAsync(
        ShellScripts.Text("activate"),
        ScriptWords.Of([.. Ours, ("target", New), ("profile", Profile), ("restore_limit", "20"), ("wait", $"{wait}"), ("mode", mode), ("guard", guard is null ? null : $"{guard}"), ("reboot", ScriptWords.Flag(reboot)), ("back", ScriptWords.Flag(IsRollback))]).With(MayFail));

    public Task<HostAnswer> VerdictAsync(string verdict, int wait = 20) =>
        AskAsync(ShellScripts.Text("verdict"), [("verdict", verdict), .. Ours, ("profile", Profile), ("wait", $"{wait}")]);

    public Task<HostAnswer> RenewAsync(int guard) => AskAsync(ShellScripts.Text("renew"), [.. Ours, ("profile", Profile), ("guard", $"{guard}")]);

    public Task<HostAnswer> ReleaseAsync() => AskAsync(ShellScripts.Text("release"), Ours);

    public Task<HostAnswer> RebootAsync() => AskAsync(ShellScripts.Text("reboot"), Ours);

    public Task<HostAnswer> InspectAsync() => AskAsync(ShellScripts.Text("inspect"), ("profile", Profile));

    public Task<HostAnswer> VerifyRollbackAsync() => AskAsync(ShellScripts.Text("verify-rollback"), ("profile", Profile));

    /// <summary>Any script with any words.</summary>
    public Task<HostAnswer> AskAsync(string script, IEnumerable<string> words) => AskAsync(Script(script, words));

    /// <summary>The guard's process is killed, and systemd does not start it again.</summary>
    public void KillGuard() => Stop();

    /// <summary>How a unit is doing, of which systemctl says this.</summary>
    public async Task<UnitState> UnitAsync(string unit, string says)
    {
        Write("answers/show", says);
        return (await AskAsync(ShellScripts.Text("units"), ["--", unit])).Units().Single();
    }

    /// <summary>What inspect says of the transaction: phase and reason in one.</summary>
    public async Task<string> StandingAsync() => Standing(await InspectAsync());

    public static string Standing(HostAnswer answer) => answer.Find("transaction", 6) is { } f ? $"{f[2]} {f[3]}".TrimEnd() : "none";

    /// <summary>Waits until no unit of ours runs any more.</summary>
    public async Task UntilQuietAsync()
    {
        for (var i = 0; i < 200 && Directory.EnumerateFiles(InRoot("units")).Any(); i++)
        {
            await Task.Delay(100);
        }
    }

    public void Dispose()
    {
        Stop();
        for (var tries = 0; Directory.Exists(root); tries++)
        {
            try
            {
                Directory.Delete(root, recursive: true);
            }
            catch (IOException) when (tries < 20)
            {
                // What was killed has not quite ended.
            }
        }
    }

    private string Profile => InRoot("profiles/system");

    private (string Key, string? Value)[] Ours => [("run", Run), ("fence", fence)];

    private static ShellScript Script(string text, IEnumerable<string> words) => new("script", text, [.. words], TimeSpan.Zero);

    private Task<HostAnswer> AskAsync(string script, params (string Key, string? Value)[] values) => AskAsync(script, ScriptWords.Of(values));

    private async Task<HostAnswer> AskAsync(ShellScript script)
    {
        var result = await Cli.Wrap(shell[0])
            .WithArguments([.. shell[1..], "-s", "--", .. script.Arguments])
            .WithStandardInputPipe(PipeSource.FromString(Here(script.Text), Encoding.UTF8))
            .WithEnvironmentVariables(e => e.Set("SSH_CONNECTION", Peer))
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(Encoding.UTF8);
        TestContext.Out.WriteLine(result.StandardOutput + result.StandardError);
        return HostAnswer.Parse(HostName.Parse("p620"), "script", new CommandResult(result.ExitCode, result.StandardOutput, result.StandardError));
    }

    private string Here(string script) => script
        .Replace("/nix/var/nix/gcroots/nixdeploy", InRoot("gcroots"), StringComparison.Ordinal)
        .Replace("/nix/var/nixdeploy", InRoot("state"), StringComparison.Ordinal)
        .Replace("/run/nixdeploy", InRoot("run/nixdeploy"), StringComparison.Ordinal)
        .Replace("/run/nixos", InRoot("run/nixos"), StringComparison.Ordinal)
        .Replace("/run/current-system", InRoot("run/current-system"), StringComparison.Ordinal)
        .Replace("/run/booted-system", InRoot("run/booted-system"), StringComparison.Ordinal)
        .Replace("/proc/sys/kernel/random/boot_id", InRoot("run/boot-id"), StringComparison.Ordinal)
        .Replace("PATH=/run/wrappers/bin:", $"PATH={InRoot("bin")}:", StringComparison.Ordinal)
        .Replace("/bin/sh ", string.Join(' ', shell) + " ", StringComparison.Ordinal);

    private void PowerOn()
    {
        Directory.CreateDirectory(InRoot("run"));
        Write("run/boot-id", $"boot-{++boots}\n");
        Link("run/current-system", BootDefault);
        Link("run/booted-system", BootDefault);
    }

    private void Stop()
    {
        foreach (var unit in Directory.EnumerateFiles(InRoot("units")))
        {
            using var kill = System.Diagnostics.Process.Start("kill", ["-KILL", "--", $"-{File.ReadAllText(unit).Trim()}"]);
            kill.WaitForExit();
            File.Delete(unit);
        }
    }

    private string WriteSystem(string name)
    {
        WriteProgram($"systems/{name}/bin/switch-to-configuration", $$"""
            echo "$1 {{name}}" >>$root/actions
            if [ "${NIXOS_NO_CHECK-}" = 1 ]; then echo "$1 {{name}}" >>$root/unchecked; fi
            if [ -e "$root/answers/$1-{{name}}-meanwhile" ]; then sh "$root/answers/$1-{{name}}-meanwhile"; fi
            if [ -e "$root/answers/$1-{{name}}" ]; then echo "it does not go"; exit "$(cat "$root/answers/$1-{{name}}")"; fi
            case $1 in boot | switch) ln -sfn "$root/systems/{{name}}" "$root/boot-default" ;; esac
            case $1 in test | switch) ln -sfn "$root/systems/{{name}}" "$root/run/current-system" ;; esac
            if [ -e "$root/answers/$1-{{name}}-after" ]; then exit "$(cat "$root/answers/$1-{{name}}-after")"; fi
            """);
        return InRoot($"systems/{name}");
    }

    private void WriteProgram(string path, string text)
    {
        Write(path, $"#!/bin/sh\nroot={root}\n{text}\n");
        File.SetUnixFileMode(InRoot(path), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Link(string path, string target)
    {
        File.Delete(InRoot(path));
        File.CreateSymbolicLink(InRoot(path), target);
    }

    private sealed class Holding(Process process) : IDisposable
    {
        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
    }

    private string Resolve(string path)
    {
        var link = new FileInfo(InRoot(path));
        return (link.ResolveLinkTarget(returnFinalTarget: true) ?? link).FullName;
    }

    private string[] Lines(string path) => File.Exists(InRoot(path)) ? File.ReadAllLines(InRoot(path)) : [];

    private static readonly Dictionary<string, string> Programs = new()
    {
        ["systemctl"] = """
            verb=$1
            for unit; do :; done
            case $verb in
              show) if [ -e "$root/answers/show" ]; then cat "$root/answers/show"; elif [ -e "$root/units/$unit" ]; then echo active; else echo inactive; fi ;;
              stop) if [ -e "$root/units/$unit" ]; then kill -KILL -- "-$(cat "$root/units/$unit")"; rm -f "$root/units/$unit"; fi ;;
              is-active) [ ! -e "$root/no-default-target" ] ;;
              list-units) cat "$root/failed" 2>/dev/null ;;
              list-jobs) cat "$root/jobs" 2>/dev/null ;;
              start | reboot | default) echo "$*" >>"$root/told" ;;
            esac
            """,
        ["systemd-run"] = """
            while :; do
              case $1 in
                --unit=*) unit=${1#--unit=} ;;
                -p) shift ;;
                -*) ;;
                *) break ;;
              esac
              shift
            done
            mkfifo "$root/started.$$"
            setsid sh -c 'echo $$ >"$0"; echo >"$1"; unit=$0; shift; "$@"; rm -f "$unit"' "$root/units/$unit" "$root/started.$$" "$@" \
              >>"$root/log" 2>&1 </dev/null 9>&- &
            read -r nothing <"$root/started.$$"
            rm "$root/started.$$"
            """,
        ["nix-env"] = """
            profile=$2
            if [ -e "$root/answers/${3#--}-meanwhile" ]; then sh "$root/answers/${3#--}-meanwhile"; fi
            if [ -e "$root/answers/${3#--}" ]; then echo "nix-env does not go" >&2; exit 1; fi
            case $3 in
              --set)
                number=$(ls "${profile%/*}" | sed -n 's/^system-\([0-9]*\)-link$/\1/p' | sort -n | tail -n 1)
                if [ "$(readlink "$profile-$number-link")" != "$4" ]; then
                  number=$((number + 1))
                  ln -s "$4" "$profile-$number-link"
                fi
                ln -sfn "system-$number-link" "$profile"
                ;;
              --switch-generation) [ -L "$profile-$4-link" ] || exit 1; ln -sfn "system-$4-link" "$profile" ;;
              --delete-generations) rm -f "$profile-$4-link" ;;
            esac
            """,
        ["nix-store"] = """
            case $1 in --check-validity) if [ -e "$root/answers/validity-meanwhile" ]; then sh "$root/answers/validity-meanwhile"; fi ;; esac
            case $2 in --roots) echo "$root/profiles/system-1-link" ;; esac
            """,
        ["sync"] = """if [ -e "$root/answers/sync-meanwhile" ]; then mv "$root/answers/sync-meanwhile" "$root/answers/sync-once"; sh "$root/answers/sync-once"; fi""",
        ["cut"] = """
            PATH=/usr/bin:/bin
            if ! mv "$root/answers/phase-meanwhile" "$root/answers/phase-once" 2>/dev/null; then exec cut "$@"; fi
            phase=$(cut "$@")
            sh "$root/answers/phase-once"
            echo "$phase"
            """,
        ["journalctl"] = """echo "$*" >>"$root/journal"; case $* in *--unit=*) echo "it broke" ;; esac""",
        ["ip"] = """echo "$*" >>"$root/routes"; case $* in *%*) exit 1 ;; esac""",
        ["sleep"] = """case $1 in 0.* | ?) PATH=/usr/bin:/bin; exec sleep "$1" ;; esac""", // nobody waits for a reboot here
    };
}
