using System.Collections.Immutable;

namespace NixDeploy.Fleets.Description;

/// <summary>
/// Every setting, declared once. Reading, merging, arguments, docs/schema/fleet.schema.json and the tables in docs/fleet.md and docs/commands.md
/// come from here; the tables are in the order of the declarations.
/// </summary>
internal static class Settings
{
    private const Scopes FleetAndPlan = Scopes.Fleet | Scopes.Plan;
    private const Scopes Everywhere = Scopes.Fleet | Scopes.Host | Scopes.Plan;

    private static readonly List<Setting> Declared = [];

    public static readonly Setting<bool> Enable = Add(new Setting<bool>("enable", Kind.Flag())
    {
        For = Scopes.Host,
        Default = true,
        Says = "whether the host is deployed",
    });
    public static readonly Setting<bool> FleetEnable = Add(new Setting<bool>("enable", Kind.Flag())
    {
        For = Scopes.Fleet,
        Says = "accepted for the NixOS module's sake; means nothing here",
    });
    public static readonly Setting<ImmutableArray<string>> Exclude = Add(new Setting<ImmutableArray<string>>("exclude", Kind.List(Kind.String("a name or a pattern such as installer-*", null), distinct: true))
    {
        For = Scopes.Fleet,
        Default = [],
        Says = "configurations that are not deployed, by name or pattern: [hosts that are not deployed](fleet.md#hosts-that-are-not-deployed)",
        Unset = "none",
    });
    public static readonly Setting<string> Role = Add(new Setting<string>("role", Kind.Word())
    {
        For = Scopes.Host,
        Says = "what the host is for; `infrastructure` goes before `client` where nothing else decides",
    });
    public static readonly Setting<ImmutableArray<HostName>> Dependencies = Add(new Setting<ImmutableArray<HostName>>("dependencies", Kind.List(Kind.Host(), distinct: true))
    {
        For = Scopes.Host,
        Default = [],
        Says = "hosts that are deployed before it",
        Unset = "none",
    });
    public static readonly Setting<ImmutableArray<string>> Tags = Add(new Setting<ImmutableArray<string>>("tags", Kind.List(Kind.Word(), distinct: true))
    {
        For = Scopes.Host,
        Default = [],
        Says = "words to select hosts by: `--hosts=@TAG`",
        Unset = "none",
    });
    public static readonly Setting<ImmutableArray<HealthCheck>> HealthChecks = Add(new Setting<ImmutableArray<HealthCheck>>("health-checks", HealthCheckReader.Checks)
    {
        For = Scopes.Host,
        Default = [],
        Says = "what must hold for a new system to be committed: [health checks](#health-checks)",
        Unset = "none",
    });
    public static readonly Setting<ImmutableArray<string>> CriticalServices = Add(new Setting<ImmutableArray<string>>("critical-services", Kind.List(Kind.Unit(), distinct: true))
    {
        For = Scopes.Host,
        Default = [],
        Says = "units that must be active before the deployment, where the host has them already, and after it",
        Unset = "none",
    });
    public static readonly Setting<ImmutableArray<string>> MayFail = Add(new Setting<ImmutableArray<string>>(
        "may-fail", Kind.List(Kind.String("a systemd unit's name, with * and ? for other characters", "^[A-Za-z0-9:_.\\\\@*?][A-Za-z0-9:_.\\\\@*?-]{0,254}$", t => Words.IsUnit(t.Replace('*', 'x').Replace('?', 'x'))), distinct: true))
    {
        For = Scopes.Fleet | Scopes.Host,
        Default = [],
        Says = "units whose failure is a warning and no reason to roll back, as that of a unit that was failed before; `*` and `?` stand for other characters",
        Unset = "none",
    });
    public static readonly Setting<bool> RollbackOnFailure = Add(new Setting<bool>("rollback-on-failure", Kind.Flag())
    {
        For = Scopes.Host,
        Default = true,
        Says = "whether the host is rolled back when its new system fails",
    });
    public static readonly Setting<int> HostParallelLimit = Add(new Setting<int>("parallel-limit", Kind.Integer(1))
    {
        For = Scopes.Host,
        Says = "how many hosts, this one included, may be activated while it is",
        Unset = "no limit of its own",
    });
    public static readonly Setting<string> TargetHost = Add(new Setting<string>("target.host", Address("a name or an address"))
    {
        For = Scopes.Host,
        Says = "the address or DNS name; null: the host is not deployed",
        Unset = "the host's name",
    });
    public static readonly Setting<int> TargetPort = Add(new Setting<int>("target.port", Kind.Integer(1, 65535))
    {
        For = Scopes.Host,
        Says = "the SSH port",
        Unset = "22, or what ssh_config says under openssh",
    });
    public static readonly Setting<string> TargetUser = Add(new Setting<string>("target.user", Address("an account's name"))
    {
        For = Scopes.Host,
        Says = "the account",
        Unset = "what ssh_config says under openssh, else root",
    });
    public static readonly Setting<string> TargetIdentityFile = Add(new Setting<string>("target.identity-file", Kind.String("a file's path", null, Words.IsPath))
    {
        For = Scopes.Host,
        Says = "the private key's file; relative to the fleet's folder, `~/` is the home folder",
        Unset = "the user's own",
    });
    public static readonly Setting<string> TargetKnownHosts = Add(new Setting<string>("target.known-hosts", Kind.String("a file's path", null, Words.IsPath))
    {
        For = Scopes.Host,
        Says = "the known_hosts file; relative to the fleet's folder, `~/` is the home folder",
        Unset = "the user's and the system's own",
    });
    public static readonly Setting<string> TargetHostKey = Add(new Setting<string>("target.host-key", Kind.String("a public key, 'TYPE BASE64'", "^\\S+ +[A-Za-z0-9+/]+=*( .*)?$", Words.IsPublicKey))
    {
        For = Scopes.Host,
        Says = "the pinned host key, `TYPE BASE64`; then no known_hosts file is read",
        Unset = "what known_hosts says",
    });
    public static readonly Setting<bool> TargetAcceptNew = Add(new Setting<bool>("target.accept-new", Kind.Flag())
    {
        For = Scopes.Host,
        Default = false,
        Says = "whether a host that is in no known_hosts file is trusted at first sight and added to it",
    });
    public static readonly Setting<string> TargetTransport = Add(new Setting<string>("target.transport", Kind.Word("a transport's name"))
    {
        For = Scopes.Host,
        Default = "auto",
        Says = "`auto` (ssh.net with a readable, unencrypted key where ssh_config leads nowhere else, else openssh), `ssh.net`, `openssh`, `local`, `simulated`, or a name that a program has registered",
    });
    public static readonly Setting<ImmutableArray<string>> TargetElevation = Add(new Setting<ImmutableArray<string>>("target.elevation", Kind.Elevation())
    {
        For = Scopes.Host,
        Default = [],
        Says = "what makes the account root without a password, such as `[\"sudo\", \"-n\"]`",
        Unset = "none",
    });
    public static readonly Setting<TimeSpan> TargetConnectTimeout = Add(new Setting<TimeSpan>("target.connect-timeout", Kind.Seconds())
    {
        For = Scopes.Host,
        Default = TimeSpan.FromSeconds(10),
        Says = "seconds within which a connection must be established",
    });
    public static readonly Setting<string> TargetProfile = Add(new Setting<string>("target.profile", Kind.String("an absolute path", "^/", Words.IsAbsolute))
    {
        For = Scopes.Host,
        Default = "/nix/var/nix/profiles/system",
        Says = "the profile that is deployed to",
    });
    public static readonly Setting<StorePath> SimulatedRunning = Add(new Setting<StorePath>("simulation.running", Kind.StorePath())
    {
        For = Scopes.Host,
        Says = "what the simulated host runs before anything was deployed to it",
        Unset = "an earlier system",
    });
    public static readonly Setting<int> SimulatedGeneration = Add(new Setting<int>("simulation.generation", Kind.Integer(1))
    {
        For = Scopes.Host,
        Default = 1,
        Says = "the number of that generation",
    });
    public static readonly Setting<TimeSpan> SimulatedBuild = Add(Simulated("build"));
    public static readonly Setting<TimeSpan> SimulatedCopy = Add(Simulated("copy"));
    public static readonly Setting<TimeSpan> SimulatedActivate = Add(Simulated("activate"));
    public static readonly Setting<SimulatedFailure> SimulatedFail = Add(new Setting<SimulatedFailure>("simulation.fail", Kind.Choice<SimulatedFailure>())
    {
        For = Scopes.Host,
        Says = "what fails: `build`, `copy`, `activate`, `health` or `unreachable`",
        Unset = "nothing",
    });
    public static readonly Setting<StorePath> Toplevel = Add(new Setting<StorePath>("toplevel", Kind.StorePath())
    {
        For = Scopes.System,
        Says = "fleet.json only, this or `installable`: a system that is built already",
    });
    public static readonly Setting<string> Installable = Add(new Setting<string>("installable", Kind.String("a flake and an attribute, such as './fleet#nixosConfigurations.web'", "^[^#-][^#]*#.+$", Words.IsInstallable))
    {
        For = Scopes.System,
        Says = "fleet.json only, this or `toplevel`: what to build, such as `./fleet#nixosConfigurations.web`; a relative folder is relative to the file's",
    });
    public static readonly Setting<string> Test = Add(new Setting<string>("test", Kind.String("a flake and an attribute, such as './fleet#checks.x86_64-linux.web', or a store path", "^([^#-][^#]*#.+|/nix/store/.+)$", t => Words.IsInstallable(t) || StorePath.TryParse(t, out _)))
    {
        For = Scopes.System,
        Says = "what tests the system without the host, used by blue-green: a derivation such as a NixOS test (in fleet.json an installable), or the store path of a result",
        Unset = "none",
    });
    public static readonly Setting<bool> IncludeDependencies = Add(new Setting<bool>("include-dependencies", Kind.Flag())
    {
        For = Scopes.Plan | Scopes.Rollback,
        Default = false,
        Says = "selects everything that the selected hosts depend on too, except what `!` excludes",
    });
    public static readonly Setting<string> Strategy = Add(new Setting<string>("strategy", Kind.Word("a strategy's name", suggestions: ["smart", "parallel", "rolling", "sequential", "canary", "blue-green"]))
    {
        For = FleetAndPlan,
        Default = "smart",
        Says = "smart, parallel, sequential, rolling, canary, blue-green, or a name that a program has registered",
    });
    public static readonly Setting<int> ParallelLimit = Add(new Setting<int>("parallel-limit", Kind.Integer(1))
    {
        For = FleetAndPlan | Scopes.Rollback,
        Default = 4,
        Says = "how many hosts may be activated at once",
    });
    public static readonly Setting<int> CopyLimit = Add(new Setting<int>("copy-limit", Kind.Integer(1))
    {
        For = FleetAndPlan | Scopes.Rollback,
        Says = "how many hosts may receive a closure at once",
        Unset = "as many as `parallel-limit`",
    });
    public static readonly Setting<ImmutableSortedDictionary<string, int>> TagLimits = Add(new Setting<ImmutableSortedDictionary<string, int>>("tag-limits", Kind.TagLimits())
    {
        For = FleetAndPlan | Scopes.Rollback,
        Default = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal),
        Says = "how many of the hosts with a tag may be activated at once, by tag, such as `{ \"db\": 1 }`",
        Unset = "no limits",
        Combine = (below, above) => ((ImmutableSortedDictionary<string, int>)below).SetItems((ImmutableSortedDictionary<string, int>)above),
    });
    public static readonly Setting<HostShare> CanaryHosts = Add(new Setting<HostShare>("canary.hosts", Kind.Share())
    {
        For = FleetAndPlan,
        Argument = "canary",
        Says = "how many hosts go first: a number, or a share such as `10%`",
        Unset = "1, or all that carry `canary.tag`",
    });
    public static readonly Setting<string> CanaryTag = Add(new Setting<string>("canary.tag", Kind.Word("a tag", "TAG"))
    {
        For = FleetAndPlan,
        Argument = "canary-tag",
        Says = "the tag of the hosts that go first",
        Unset = "those with the lowest risk and the most common change",
    });
    public static readonly Setting<ImmutableArray<HostShare>> CanaryWaves = Add(new Setting<ImmutableArray<HostShare>>("canary.waves", Kind.Waves())
    {
        For = FleetAndPlan,
        Argument = "waves",
        Default = [],
        Says = "how many of the changed hosts are deployed after each wave, growing, such as `1, 10%, 50%, 100%`",
        Unset = "the canaries, then all others",
    });
    public static readonly Setting<TimeSpan> CanaryBake = Add(new Setting<TimeSpan>("canary.bake", Kind.Seconds(zero: true))
    {
        For = FleetAndPlan,
        Argument = "bake",
        Default = TimeSpan.FromMinutes(5),
        Says = "seconds for which a wave bakes before the next one starts",
    });
    public static readonly Setting<Approval> CanaryApproval = Add(new Setting<Approval>("canary.approval", Kind.Choice<Approval>())
    {
        For = FleetAndPlan,
        Argument = "approval",
        Default = Approval.None,
        Says = "whether a person must approve before the next wave starts: `none` or `required`",
    });
    public static readonly Setting<TimeSpan> CanaryApprovalTimeout = Add(new Setting<TimeSpan>("canary.approval-timeout", Kind.Seconds())
    {
        For = FleetAndPlan,
        Argument = "approval-timeout",
        Default = TimeSpan.FromHours(1),
        Says = "seconds for which an approval is waited for; then the run is rolled back",
    });
    public static readonly Setting<OnFailure> OnFailure = Add(new Setting<OnFailure>("on-failure", Kind.Choice<OnFailure>())
    {
        For = FleetAndPlan | Scopes.Rollback,
        Default = Fleets.OnFailure.Continue,
        Says = "what happens to the other hosts when one fails: `continue` or `abort`; rolling and sequential stop in any case",
    });
    public static readonly Setting<OnBuildFailure> OnBuildFailure = Add(new Setting<OnBuildFailure>("on-build-failure", Kind.Choice<OnBuildFailure>())
    {
        For = FleetAndPlan,
        Default = Fleets.OnBuildFailure.Abort,
        Says = "what happens to the other hosts when one does not evaluate or build: `abort`, no host is activated, or `continue`; rolling and sequential abort in any case",
    });
    public static readonly Setting<FailureBudget> MaxFailures = Add(new Setting<FailureBudget>("max-failures", Kind.Budget())
    {
        For = FleetAndPlan | Scopes.Rollback,
        Default = FailureBudget.Default,
        Says = "how many hosts may fail, as a number or a share such as `25%`, before the whole run is rolled back; a Rollback has no limit unless the argument sets one",
    });
    public static readonly Setting<UnreachablePolicy> Unreachable = Add(new Setting<UnreachablePolicy>("unreachable", Kind.Choice<UnreachablePolicy>())
    {
        For = Everywhere,
        FormerName = "off-line",
        Default = UnreachablePolicy.Fail,
        Says = "what happens to hosts that cannot be reached: `fail`, `skip` or `defer`, see [unreachable hosts](fleet.md#unreachable-hosts)",
    });
    public static readonly Setting<MachineIdPolicy> MachineId = Add(new Setting<MachineIdPolicy>("machine-id", Kind.Choice<MachineIdPolicy>())
    {
        For = Scopes.Fleet | Scopes.Host,
        Default = MachineIdPolicy.Warn,
        Says = "what happens to a host whose machine-id has changed since the last run, though its key and name have not: `warn` or `strict`, it is refused",
    });
    public static readonly Setting<ImmutableArray<HostName>> AcceptMachine = Add(new Setting<ImmutableArray<HostName>>("accept-machine", Kind.List(Kind.Host(), distinct: true))
    {
        For = Scopes.Plan | Scopes.Rollback,
        Default = [],
        Says = "hosts whose machine is accepted as it is, whatever it says that it is: [the right machine](commands.md#the-right-machine)",
        Unset = "none",
    });
    public static readonly Setting<bool> AutoRollback = Add(new Setting<bool>("auto-rollback", Kind.Flag())
    {
        For = FleetAndPlan | Scopes.Rollback,
        Default = true,
        Says = "whether hosts are guarded, and rolled back when they fail",
    });
    public static readonly Setting<ActivationMode> Mode = Add(new Setting<ActivationMode>("mode", Kind.Choice<ActivationMode>())
    {
        For = Scopes.Plan | Scopes.Rollback,
        Default = ActivationMode.Switch,
        Says = "what is done with the new systems: [modes](commands.md#modes-and-reboots)",
    });
    public static readonly Setting<RebootPolicy> Reboot = Add(new Setting<RebootPolicy>("reboot", Kind.Choice<RebootPolicy>())
    {
        For = Everywhere | Scopes.Rollback,
        Default = RebootPolicy.Never,
        Says = "whether hosts are rebooted once they are deployed: `never`, `if-needed` (only a reboot completes the system) or `always`; no rollback reboots",
    });
    public static readonly Setting<TimeSpan> RebootTimeout = Add(new Setting<TimeSpan>("reboot-timeout", Kind.Seconds())
    {
        For = Scopes.Fleet | Scopes.Host,
        Default = TimeSpan.FromMinutes(10),
        Says = "seconds within which a host must answer again after a reboot",
    });
    public static readonly Setting<TimeSpan> HealthWindow = Add(new Setting<TimeSpan>("health-window", Kind.Seconds(zero: true))
    {
        For = Everywhere | Scopes.Rollback,
        Default = TimeSpan.FromSeconds(60),
        Says = "seconds for which the checks must keep passing",
    });
    public static readonly Setting<TimeSpan> HealthCheckTimeout = Add(new Setting<TimeSpan>("health-check-timeout", Kind.Seconds())
    {
        For = Scopes.Fleet | Scopes.Host,
        Default = TimeSpan.FromSeconds(120),
        Says = "seconds that one health check may take",
    });
    public static readonly Setting<TimeSpan> HealthStartUp = Add(new Setting<TimeSpan>("health-start-up", Kind.Seconds(zero: true))
    {
        For = Scopes.Fleet | Scopes.Host,
        Says = "seconds in which failures do not count before a check has passed for the first time",
        Unset = "the check's timeout, but what cannot get better fails at once",
    });
    public static readonly Setting<long> DiskReserve = Add(new Setting<long>("disk-reserve", Kind.Mebibytes())
    {
        For = FleetAndPlan,
        Default = 512L << 20,
        Says = "mebibytes that must stay free on a host's /nix/store besides what is copied, or the host is refused",
    });
    public static readonly Setting<TimeSpan> MaxClockSkew = Add(new Setting<TimeSpan>("max-clock-skew", Kind.Seconds())
    {
        For = Scopes.Fleet,
        Default = TimeSpan.FromSeconds(60),
        Says = "seconds that a host's clock may be off before the plan warns of it",
    });
    public static readonly Setting<TimeSpan> GuardTimeout = Add(new Setting<TimeSpan>("guard-timeout", Kind.Seconds())
    {
        For = Scopes.Fleet,
        Says = "seconds that a host's guard waits for a verdict: [guards](fleet.md#guards)",
        Unset = "long enough for the checks",
    });
    public static readonly Setting<bool> GuardReboot = Add(new Setting<bool>("guard-reboot", Kind.Flag())
    {
        For = Scopes.Fleet,
        Default = true,
        Says = "whether the guard may reboot a host that it cannot roll back otherwise",
    });
    public static readonly Setting<bool> Notify = Add(new Setting<bool>("notifications.enable", Kind.Flag()) { For = Scopes.Fleet, Default = false, Says = "whether anybody is notified" });
    public static readonly Setting<ValueReference> NotifyEmail = Add(new Setting<ValueReference>("notifications.email", Kind.Reference("an e-mail address", "^[^\\s@]+@\\S+$", Words.IsEmail))
    {
        For = Scopes.Fleet,
        Says = "an e-mail address",
        Unset = "none",
    });
    public static readonly Setting<ValueReference> NotifySlackWebhook = Add(new Setting<ValueReference>("notifications.slack-webhook", Kind.Reference("an absolute https URL (it is not shown here because it is a secret)", "^https?://\\S+$", Words.IsHttpUrl, secret: true))
    {
        For = Scopes.Fleet,
        Says = "a Slack webhook's URL; a secret",
        Unset = "none",
    });
    public static readonly Setting<bool> SkipValidation = Add(new Setting<bool>("skip-validation", Kind.Flag())
    {
        For = Scopes.Plan,
        Default = false,
        Says = "deploys although critical services are down or disks are nearly full; locks and guards stay",
    });
    public static readonly Setting<bool> Details = Add(new Setting<bool>("details", Kind.Flag())
    {
        For = Scopes.Plan,
        Default = true,
        Says = "whether changed systems are built and compared while planning",
    });
    public static readonly Setting<bool> BreakLock = Add(new Setting<bool>("break-lock", Kind.Flag())
    {
        For = Scopes.Run | Scopes.Rollback,
        Default = false,
        Says = "breaks locks that other runs hold, but never one under which a guard is at work: that one ends without help",
    });
    public static readonly Setting<TimeSpan> WaitLock = Add(new Setting<TimeSpan>("wait-lock", Kind.Seconds(zero: true))
    {
        For = Scopes.Run | Scopes.Rollback,
        Says = "seconds for which a host that another run has locked is waited for",
        Unset = "it is refused at once",
    });
    public static readonly Setting<string> CheckService = Add(new Setting<string>("service", Kind.Unit())
    {
        For = Scopes.Check,
        Says = "the unit is active and stays so, and is not restarted, neither by systemd nor by anybody else",
    });
    public static readonly Setting<ValueReference> CheckHttp = Add(new Setting<ValueReference>("http", HealthCheckReader.Url)
    {
        For = Scopes.Check,
        Says = "the URL answers 2xx or 3xx, as the host sees it; a user or password in the URL is refused",
    });
    public static readonly Setting<int> CheckStatus = Add(new Setting<int>("status", Kind.Integer(100, 599))
    {
        For = Scopes.Check,
        Says = "with `http`: the status that is expected",
        Unset = "any 2xx or 3xx",
    });
    public static readonly Setting<string> CheckContains = Add(new Setting<string>("contains", Kind.String("a text", null))
    {
        For = Scopes.Check,
        Says = "with `http`: what the first mebibyte of the answer must contain",
        Unset = "the body is not read",
    });
    public static readonly Setting<string> CheckTcp = Add(new Setting<string>("tcp", HealthCheckReader.Endpoint)
    {
        For = Scopes.Check,
        Says = "`host:port` accepts a connection, as the host sees it",
    });
    public static readonly Setting<string> CheckDns = Add(new Setting<string>("dns", Address("a name to resolve"))
    {
        For = Scopes.Check,
        Says = "the host resolves the name (`getent hosts`)",
    });
    public static readonly Setting<string> CheckPing = Add(new Setting<string>("ping", Address("a name or an address")) { For = Scopes.Check, Says = "the host gets an answer (`ping`)" });
    public static readonly Setting<ImmutableArray<ValueReference>> CheckCommand = Add(new Setting<ImmutableArray<ValueReference>>("command", Kind.Command())
    {
        For = Scopes.Check,
        Says = "the program, alone or a list with its arguments, exits with 0 on the host; no shell reads it, and what it leaves running in its process group is ended",
    });
    public static readonly Setting<double> CheckMaxLoad = Add(new Setting<double>("baseline.max-load", Kind.Factor())
    {
        For = Scopes.Check,
        Default = 2,
        Says = "the load is at most so many times that before the deployment; below one per processor it never fails",
    });
    public static readonly Setting<double> CheckMinMemory = Add(new Setting<double>("baseline.min-memory", Kind.Percent())
    {
        For = Scopes.Check,
        Default = 50,
        Says = "so much of the memory that was available before the deployment is available still",
    });
    public static readonly Setting<TimeSpan> CheckTimeout = Add(new Setting<TimeSpan>("timeout", Kind.Seconds())
    {
        For = Scopes.Check,
        Says = "seconds that one look may take",
        Unset = "`health-check-timeout`",
    });
    public static readonly Setting<TimeSpan> CheckInterval = Add(new Setting<TimeSpan>("interval", Kind.Seconds())
    {
        For = Scopes.Check,
        Default = TimeSpan.FromSeconds(1),
        Says = "seconds between two looks",
    });
    public static readonly Setting<TimeSpan> CheckStartUp = Add(new Setting<TimeSpan>("start-up", Kind.Seconds(zero: true))
    {
        For = Scopes.Check,
        Says = "seconds in which failures do not count before the check has passed for the first time",
        Unset = "`health-start-up`",
    });

    /// <summary>What the objects that settings are in are, for the schema.</summary>
    public static ImmutableDictionary<string, string> Groups { get; } = new Dictionary<string, string>
    {
        ["canary"] = "Which hosts go first, and how the others follow.",
        ["notifications"] = "Who is notified of what happens.",
        ["target"] = "How the host is reached.",
        ["simulation"] = "How a simulated host (target.transport simulated) behaves.",
        ["simulation.seconds"] = "How long things take.",
        ["baseline"] = "The host is not much busier than before the deployment, and has not much less memory available.",
    }.ToImmutableDictionary();

    /// <summary>All of them, in the order of their declarations.</summary>
    public static ImmutableArray<Setting> All { get; } = [.. Declared];

    /// <summary>Those of a host that are the fleet's where the host has none.</summary>
    public static ImmutableArray<Setting> Inherited { get; } = [.. All.Where(s => s.IsInherited)];

    /// <summary>Those of <c>deployment-coordinator</c>.</summary>
    public static SettingTable Fleet { get; } = new(Of(Scopes.Fleet));

    /// <summary>Those of <c>claude.deployment</c>.</summary>
    public static SettingTable Host { get; } = new(Of(Scopes.Host));

    /// <summary>Those of <c>hosts.NAME</c> in fleet.json.</summary>
    public static SettingTable HostAndSystem { get; } = new(Of(Scopes.Host | Scopes.System));

    /// <summary>Those of an element of <c>health-checks</c>.</summary>
    public static SettingTable Check { get; } = new(Of(Scopes.Check));

    /// <summary>Those of one of several places.</summary>
    public static ImmutableArray<Setting> Of(Scopes scopes) => [.. All.Where(s => s.Is(scopes))];

    private static Setting<T> Add<T>(Setting<T> setting)
    {
        setting.Order = Declared.Count;
        Declared.Add(setting);
        return setting;
    }

    private static SettingKind<string> Address(string expected) => Kind.String(expected, "^[^\\s-]\\S*$", Words.IsAddress);

    private static Setting<TimeSpan> Simulated(string step) => new($"simulation.seconds.{step}", Kind.Seconds(zero: true))
    {
        For = Scopes.Host,
        Default = TimeSpan.Zero,
        Says = $"how long the step takes: {step}",
    };
}
