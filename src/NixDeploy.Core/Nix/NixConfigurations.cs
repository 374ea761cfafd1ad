using Newtonsoft.Json.Linq;

namespace NixDeploy.Nix;

/// <summary>A set of NixOS configurations that functions can be applied to: a flake's, or a Nix file's.</summary>
/// <param name="Origin">What was read, as the user named it; for sentences.</param>
/// <param name="BaseFolder">What relative paths inside the settings are relative to.</param>
internal abstract record NixConfigurations(string Origin, string BaseFolder)
{
    /// <summary>The nixosConfigurations of a flake.</summary>
    public static NixConfigurations OfFlake(string origin, FlakeReference flake) => new Flake(NixErrors.Secrets(origin), flake);

    /// <summary>The hosts in a Nix file.</summary>
    public static NixConfigurations OfFile(string origin, string path) => new NixFile(origin, path);

    /// <summary>Applies a function to the set and gives its value.</summary>
    public abstract Task<JToken> ApplyAsync(NixCommand nix, string function, CancellationToken cancellationToken);

    /// <summary>The command that shows why a host does not evaluate; <see langword="null"/> when there is no short way.</summary>
    public virtual string? Explain(string host) => null;

    private sealed record Flake(string Origin, FlakeReference Reference) : NixConfigurations(Origin, Reference.BaseFolder)
    {
        public override string? Explain(string host)
        {
            var name = host.Contains('.', StringComparison.Ordinal) ? $"\"{host}\"" : host;
            return Reference.Reference == "." || Reference.Reference.Contains('\'', StringComparison.Ordinal)
                ? null
                : $"nix --extra-experimental-features 'nix-command flakes' eval --raw '{NixErrors.Secrets(Reference.Reference)}#nixosConfigurations.{name}.config.system.build.toplevel' --show-trace";
        }

        public override async Task<JToken> ApplyAsync(NixCommand nix, string function, CancellationToken cancellationToken)
        {
            try
            {
                // Reading a fleet changes no file of the user's, so a missing lock is made in memory only.
                return await nix.EvaluateAsync(["--no-write-lock-file", $"{Reference.Reference}#nixosConfigurations", "--apply", function], Reference.WorkingFolder, cancellationToken).ConfigureAwait(false);
            }
            catch (NixException e) when (e.Message.Contains("does not provide attribute", StringComparison.Ordinal))
            {
                throw new FleetException("ND0108", $"The flake {Origin} describes no host: it has no nixosConfigurations.", e);
            }
            catch (NixException e) when (e.Message.Contains("is not a valid URL", StringComparison.Ordinal) && Reference.Reference == ".")
            {
                throw new FleetException("ND0109", $"This Nix cannot read a git repository in a folder of such a name ({Reference.WorkingFolder}): rename the folder, give --fleet=path:. from inside it, or use a newer Nix.", e);
            }
        }
    }

    private sealed record NixFile(string Origin, string File) : NixConfigurations(Origin, Path.GetDirectoryName(File)!)
    {
        public override Task<JToken> ApplyAsync(NixCommand nix, string function, CancellationToken cancellationToken) =>
            nix.EvaluateAsync(["--impure", "--expr", $"({function}) ({NixExpressions.File} {NixText.Path(File)})"], BaseFolder, cancellationToken);
    }
}
