using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NixDeploy.Fleets;

/// <summary>Reads files that people name: regular ones of a bounded size, since a pipe waits for ever and a device never ends.</summary>
internal static class GivenFile
{
    private const string NotRegular = "it is no regular file, but a pipe or a device";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a file in UTF-8, without a byte order mark.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <exception cref="IOException">It cannot be read; the message says why, in words that follow "cannot be read:".</exception>
    /// <exception cref="UnauthorizedAccessException">There is no permission.</exception>
    public static string ReadText(string path, int most)
    {
        var bytes = Read(path, most);
        try
        {
            return Utf8.GetString(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new IOException("it is not UTF-8 text; save it as UTF-8", e);
        }
    }

    /// <summary>The content of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <exception cref="IOException">It cannot be read; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no permission.</exception>
    public static ArraySegment<byte> Read(string path, int most)
    {
        if (Directory.Exists(path))
        {
            throw new IOException("it is a folder, and a file was expected");
        }

        using var file = Open(path);
        if (!file.CanSeek)
        {
            throw new IOException(NotRegular);
        }

        var length = file.Length;
        var bytes = length <= most ? new MemoryStream((int)length) : throw TooLarge();
        var buffer = new byte[1 << 16];
        for (int read; (read = file.Read(buffer)) > 0;)
        {
            // What has no length and yet content is a device or of the kernel's making.
            if (length == 0)
            {
                throw new IOException(NotRegular);
            }

            bytes.Write(buffer, 0, read);
            if (bytes.Length > most)
            {
                throw TooLarge();
            }
        }

        return new ArraySegment<byte>(bytes.GetBuffer(), 0, (int)bytes.Length);

        IOException TooLarge() => new($"it is larger than {most >> 20} MiB");
    }

    /// <summary>Opens without waiting: .NET's own way blocks on a pipe that nobody writes to.</summary>
    private static FileStream Open(string path)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            var (nonBlocking, closeOnExec) = OperatingSystem.IsLinux() ? (0x800, 0x80000) : (0x4, 0x1000000);
            var descriptor = OpenDescriptor(path, nonBlocking | closeOnExec);
            if (descriptor >= 0)
            {
                return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read, bufferSize: 0);
            }
        }

        // Where that fails, this fails with .NET's exception for it.
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenDescriptor([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
