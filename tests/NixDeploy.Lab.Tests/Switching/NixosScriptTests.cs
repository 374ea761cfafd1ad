namespace NixDeploy.Labs.Tests.Switching;

/// <summary>NixOS's own switch-to-configuration.pl, of any nixpkgs up to 24.05, where NIXDEPLOY_SWITCH_SCRIPT names a file with it.</summary>
public sealed class NixosScriptTests : SwitchContract
{
    protected override Task<Lab> TakeAsync() => TestLabs.TakeWithSwitchScriptAsync();

    /// <summary>No other fixture uses it.</summary>
    protected override void Return(Lab? lab)
    {
    }
}
