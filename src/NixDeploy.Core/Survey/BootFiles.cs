using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Survey;

/// <summary>What a new system brings to /boot, as far as it is in this machine's store.</summary>
internal static class BootFiles
{
    /// <summary>The bytes of its kernel and initrd where they are other ones than before; 0 where that is not known.</summary>
    public static long BytesOf(HostChange change) =>
        (change.Changes?.Kernel is null ? 0 : SizeOf(change.To.Toplevel, "kernel")) + (change.Changes?.Initrd is true ? SizeOf(change.To.Toplevel, "initrd") : 0);

    private static long SizeOf(StorePath system, string part)
    {
        var link = new FileInfo(Path.Combine(system.Value, part));
        try
        {
            var file = link.ResolveLinkTarget(returnFinalTarget: true) ?? link;
            return file is FileInfo { Exists: true } found ? found.Length : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
