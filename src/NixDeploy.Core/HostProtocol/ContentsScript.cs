using System.Reflection;

namespace NixDeploy.HostProtocol;

/// <summary>The script that describes a system: one text for hosts and for the controller, so that what is the same looks the same.</summary>
internal static class ContentsScript
{
    /// <summary>The script; its first line of comment says what it takes.</summary>
    public static string Text { get; } = Read("common") + Read("contents");

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"NixDeploy.HostProtocol.Scripts.{name}.sh")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
