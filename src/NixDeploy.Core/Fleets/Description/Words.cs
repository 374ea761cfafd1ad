namespace NixDeploy.Fleets.Description;

/// <summary>What texts of a fleet's description may look like.</summary>
internal static class Words
{
    /// <summary>Selections are made of words, so none may look like a piece of one.</summary>
    public static bool IsWord(string text) => !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is ',' or '*' or '?' or '!' or '@');

    /// <summary>Whether systemd would take it as a unit's name.</summary>
    public static bool IsUnit(string text) =>
        text.Length <= 255 && text[0] != '-' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\' or '@');

    /// <summary>Whether it can be an address or a DNS name, and never an option of a program that it is given to.</summary>
    public static bool IsAddress(string text) => text[0] != '-' && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    /// <summary>Whether it can be a file's path.</summary>
    public static bool IsPath(string text) => !text.Any(char.IsControl);

    /// <summary>Whether it is an absolute path.</summary>
    public static bool IsAbsolute(string text) => text[0] == '/' && IsPath(text);

    /// <summary>Whether it is a flake and an attribute in it.</summary>
    public static bool IsInstallable(string text) =>
        text.IndexOf('#', StringComparison.Ordinal) is > 0 and var hash && hash < text.Length - 1 && text[0] != '-' && !text.Any(char.IsControl);

    /// <summary>Whether it is a public key, <c>TYPE BASE64</c>.</summary>
    public static bool IsPublicKey(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [{ Length: > 0 }, var key, ..] && Convert.TryFromBase64String(key, new byte[key.Length], out var written) && written > 0;

    /// <summary>Whether it can be an e-mail address.</summary>
    public static bool IsEmail(string text) => text.IndexOf('@', StringComparison.Ordinal) > 0 && !text.Any(char.IsWhiteSpace);

    /// <summary>Whether it is an absolute http or https URL.</summary>
    public static bool IsHttpUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http";
}
