using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>Every sentence about what a host answered. The codes are listed in <c>docs/errors-hosts.md</c>.</summary>
internal static class HostErrors
{
    public static HostException Unquotable(string sentence, Exception? inner = null) => new("ND0503", sentence, inner);

    public static HostException NoAnswer(HostName host, string script, CommandResult result) =>
        new("ND0401", $"{host}: the host did not run our script '{script}' ({Ending(result)}); the account must be root, or become it through target.elevation without a password, and its login must not end early.");

    public static HostException CutShort(HostName host, string script, CommandResult result) =>
        new("ND0402", $"{host}: the answer of the script '{script}' ends early ({Ending(result)}); look at the host's journal and try again.");

    public static HostException Malformed(HostName host, string script, string key) =>
        new("ND0403", $"{host}: the script '{script}' answered something for '{key}' that cannot be understood; was /nix/var/nixdeploy written by a newer version of NixDeploy?");

    public static HostException TooLong(HostName host, string doing, Exception? inner = null) =>
        new("ND0404", FormattableString.Invariant($"{host}: it printed more than {HostAnswer.LongestOutput >> 20} MiB {doing}, which is no answer, so the connection was closed; is something on the host printing without end?"), inner);

    public static HostException LockLost(HostName host, string script, HostLock? holder) =>
        new("ND0410", holder is null
            ? $"{host}: this run no longer holds the host's lock, so '{script}' did nothing; it was released or broken, or the host was restarted. Look at the host with Status and deploy again."
            : $"{host}: the host's lock now belongs to run {holder.Run} of {holder.Controller}, so '{script}' did nothing; wait for that run to end.");

    public static HostException NotASystem(HostName host, string target) =>
        new("ND0411", $"{host}: {target} is no NixOS system that can be activated: it has no program bin/switch-to-configuration. Nothing was changed; set toplevel to config.system.build.toplevel, with system.switch.enable on.");

    public static HostException Incomplete(HostName host, string target) =>
        new("ND0412", $"{host}: {target} is not complete in the host's store, so it was not activated; deploy again, and the missing paths are copied.");

    public static HostException OtherGeneration(HostName host, string generation, string target) =>
        new("ND0413", $"{host}: generation {generation} is not {target} on the host, so nothing was activated; list the host's generations with Status and name one of those.");

    public static HostException NoGuard(HostName host, string detail) =>
        new("ND0414", $"{host}: systemd could not start the guard (nixdeploy-guard.service), so nothing was activated{Because(detail)}; look at 'journalctl -b -u nixdeploy-guard' on the host.");

    public static HostException CannotWrite(HostName host, string path, string detail) =>
        new("ND0415", $"{host}: {path} cannot be written, so nothing was begun{Because(detail)}; the disk may be full or read-only.");

    public static HostException StoreBroken(HostName host, string detail) =>
        new("ND0416", $"{host}: nix-store on the host could not say which paths are there{Because(detail)}; try 'nix-store --verify' on the host.");

    public static HostException NoTransaction(HostName host, string run) =>
        new("ND0417", $"{host}: the host has no record of a deployment by run {run}: a later run replaced it, or it was never started. Look at the host with Status.");

    public static HostException NotActivated(HostName host) =>
        new("ND0418", $"{host}: the new system was not activated, so it was not committed; the guard rolls the host back.");

    public static HostException MovedOn(HostName host, string current) =>
        new("ND0419", $"{host}: the host runs {Text.Quote(current)} now, which is not the system on trial, so nothing was committed. Find out who activated it by hand.");

    public static HostException GuardAtWork(HostName host, string script) =>
        new("ND0420", $"{host}: the guard of a transaction is still running, so '{script}' did nothing; it ends by itself at its deadline.");

    public static HostException ImportFailed(HostName host, CommandResult result) =>
        new("ND0421", $"{host}: the closure could not be imported: {Ending(result)}. Nothing was activated; check the free space of /nix/store on the host.");

    public static HostException Unknown(HostName host, string script, string word) =>
        new("ND0422", $"{host}: the script '{script}' ended with an error that this version does not know: {Text.Quote(word)}.");

    public static HostException Unreadable(HostName host, string detail) =>
        new("ND0423", $"{host}: files of its system cannot be read, so what changes is not known{Because(detail)}; try 'nix-store --verify --check-contents' on the host.");

    public static HostException NoReboot(HostName host, string detail) =>
        new("ND0424", $"{host}: systemd does not reboot the host{Because(detail)}; it keeps running as it is. Look at 'systemctl list-jobs' and 'systemd-inhibit --list' there.");

    public static HostException BadRequest(HostName host, string script, string key, string what) =>
        new("ND0425", $"{host}: the script '{script}' refused the value '{key}' ({what}) and did nothing. This is an error in NixDeploy; please report it.");

    public static HostException NewerProtocol(HostName host, string file, string protocol) =>
        new("ND0426", $"{host}: {file} on the host was written by a newer NixDeploy (protocol {Text.Quote(protocol)}), so nothing was changed; use that version or a newer one.");

    /// <summary>The exit code and the last line that a program wrote to its standard error.</summary>
    private static string Ending(CommandResult result)
    {
        var last = LastLine(result.Error);
        var code = FormattableString.Invariant($"exit code {result.ExitCode}");
        return last.Length > 0 ? $"{code}: {last}" : code;
    }

    private static string Because(string error) => LastLine(error) is { Length: > 0 } last ? $" ({last})" : "";

    private static string LastLine(string text)
    {
        const int longest = 300;
        var last = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault("");
        var clean = string.Concat(last.Select(c => char.IsControl(c) ? '?' : c));
        return clean.Length <= longest ? clean : clean[..longest] + "…";
    }
}
