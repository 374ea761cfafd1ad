using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>What is wrong with a host's answer. The codes, and those of <see cref="HostRefusals"/>, are listed in <c>docs/errors-hosts.md</c>.</summary>
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

    public static HostException NoTransaction(HostName host, string run) =>
        new("ND0417", $"{host}: the host has no record of a deployment by run {run}: a later run replaced it, or it was never started. Look at the host with Status.");

    public static HostException ImportFailed(HostName host, CommandResult result) =>
        new("ND0421", $"{host}: the closure could not be imported: {Ending(result)}. Nothing was activated; check the free space of /nix/store on the host.");

    /// <summary>The last line of an error, in parentheses; empty when there is none.</summary>
    public static string Because(string error) => LastLine(error) is { Length: > 0 } last ? $" ({last})" : "";

    /// <summary>The exit code and the last line that a program wrote to its standard error.</summary>
    private static string Ending(CommandResult result)
    {
        var last = LastLine(result.Error);
        var code = FormattableString.Invariant($"exit code {result.ExitCode}");
        return last.Length > 0 ? $"{code}: {last}" : code;
    }

    private static string LastLine(string text)
    {
        const int longest = 300;
        var last = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault("");
        var clean = string.Concat(last.Select(c => char.IsControl(c) ? '?' : c));
        return clean.Length <= longest ? clean : clean[..longest] + "…";
    }
}
