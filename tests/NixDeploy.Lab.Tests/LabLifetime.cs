using System.Diagnostics.CodeAnalysis;
using NixDeploy.Labs.Tests;

/// <summary>Takes the labs down after the last test.</summary>
[SuppressMessage("Design", "CA1050:Declare types in namespaces", Justification = "Outside of every namespace it frames all tests of this assembly.")]
[SetUpFixture]
public sealed class LabLifetime
{
    [OneTimeTearDown]
    public Task The_labs_are_taken_down() => TestLabs.TakeDownAsync();
}
