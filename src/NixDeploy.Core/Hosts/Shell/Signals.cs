namespace NixDeploy.Hosts.Shell;

/// <summary>The exit code of a program that a signal ended, as every shell has it: 128 and the signal's number.</summary>
internal static class Signals
{
    /// <summary>From the signal's name as SSH has it, without <c>SIG</c>.</summary>
    public static int ExitCode(string name) => 128 + name switch
    {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "ILL" => 4,
        "ABRT" => 6,
        "FPE" => 8,
        "KILL" => 9,
        "USR1" => 10,
        "SEGV" => 11,
        "USR2" => 12,
        "PIPE" => 13,
        "ALRM" => 14,
        "TERM" => 15,
        _ => 127,
    };
}
