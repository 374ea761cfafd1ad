using System.Diagnostics.CodeAnalysis;
using NixDeploy.Labs.Tests;

/// <summary>Takes the lab down after the last test.</summary>
[SuppressMessage("Design", "CA1050:Declare types in namespaces", Justification = "Outside of every namespace it frames all tests of this assembly.")]
[SetUpFixture]
public sealed class LabLifetime
{
    [OneTimeTearDown]
    public Task The_lab_is_taken_down() => SharedLab.TakeDownAsync();
}
