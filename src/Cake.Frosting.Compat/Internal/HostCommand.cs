using Cake.Cli;
using Cake.Cli.Infrastructure;
using Cake.Core;
using Cake.Core.Diagnostics;
using Cake.Core.IO;
using Cake.Core.Packaging;
using Cake.Core.Scripting;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console.Cli;

namespace Cake.Frosting.Internal;

/// <summary>The one command of a build: does what the arguments say, and turns every failure into a log line and -1.</summary>
internal sealed class HostCommand(IServiceCollection services) : Command<HostCommandSettings>
{
    private const int Failed = -1;

    public override int Execute(CommandContext context, HostCommandSettings settings, CancellationToken cancellationToken)
    {
        services.AddSingleton<ICakeArguments>(context.Remaining.ToCakeArguments(settings.NoReport, settings.Targets));
        services.AddSingleton(context.Remaining);
        using var provider = services.BuildServiceProvider();

        // Whatever goes wrong in a task is reported the same way and must not escape as a crash.
#pragma warning disable CA1031
        try
        {
            Execute(provider, settings);
            return 0;
        }
        catch (Exception exception)
        {
            provider.GetRequiredService<ICakeLog>().LogException(exception);
            return Failed;
        }
#pragma warning restore CA1031
    }

    private static void Execute(ServiceProvider provider, HostCommandSettings settings)
    {
        if (settings.Version)
        {
            provider.GetRequiredService<VersionFeature>().Run(provider.GetRequiredService<IConsole>());
            return;
        }

        if (settings.Info)
        {
            provider.GetRequiredService<InfoFeature>().Run(provider.GetRequiredService<IConsole>());
            return;
        }

        provider.GetRequiredService<ICakeLog>().Verbosity = settings.Verbosity;
        EnterWorkingDirectory(provider, settings.WorkingDirectory);

        var host = ScriptHostFor(provider, settings);
        if (settings.Exclusive)
        {
            host.Settings.UseExclusiveTarget();
        }

        InstallTools(provider);
        provider.GetRequiredService<BuildSetup>().Register();
        host.RunTargets(settings.Targets);
    }

    private static void EnterWorkingDirectory(ServiceProvider provider, DirectoryPath? asked)
    {
        var environment = provider.GetRequiredService<ICakeEnvironment>();
        var folder = asked ?? provider.GetService<WorkingDirectory>()?.Path;
        if (folder is null)
        {
            return;
        }

        folder = folder.MakeAbsolute(environment);
        if (!provider.GetRequiredService<IFileSystem>().Exist(folder))
        {
            throw new FrostingException($"The working directory '{folder.FullPath}' does not exist.");
        }

        environment.WorkingDirectory = folder;
    }

    private static IScriptHost ScriptHostFor(ServiceProvider provider, HostCommandSettings settings) => settings switch
    {
        { DryRun: true } => provider.GetRequiredService<DryRunScriptHost<IFrostingContext>>(),
        { Tree: true } => provider.GetRequiredService<TreeScriptHost>(),
        { Description: true } => provider.GetRequiredService<DescriptionScriptHost>(),
        _ => provider.GetRequiredService<BuildScriptHost<IFrostingContext>>(),
    };

    private static void InstallTools(ServiceProvider provider)
    {
        foreach (var tool in provider.GetServices<PackageReference>())
        {
            provider.GetRequiredService<IToolInstaller>().Install(tool);
        }
    }
}
