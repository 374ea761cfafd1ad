namespace NixDeploy.Survey;

/// <summary>What people know the checks by that are made before anything is touched.</summary>
internal static class PreflightNames
{
    public const string Configuration = "Configuration syntax";
    public const string Build = "Build tests";
    public const string Tests = "Declared tests";
    public const string Connectivity = "SSH connectivity";
    public const string Readiness = "Host readiness";
    public const string Services = "Critical services";
    public const string Space = "Disk space";
}
