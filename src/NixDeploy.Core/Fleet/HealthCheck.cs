using System.Collections.Immutable;

namespace NixDeploy.Fleets;

/// <summary>One thing that must hold on a host for its new system to be kept.</summary>
public abstract record HealthCheck
{
    private HealthCheck()
    {
    }

    /// <summary>How long one look may take; <see langword="null"/> takes the fleet's <c>health-check-timeout</c>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The time between two looks. Default 1 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What the check looks at, such as <c>service prometheus</c>: one per line in reports.</summary>
    public abstract string Title { get; }

    /// <summary>A systemd unit is active and stays so; a restart within the window is a failure.</summary>
    /// <param name="Unit">The unit; <c>.service</c> is added where there is no suffix.</param>
    public sealed record Service(string Unit) : HealthCheck
    {
        /// <inheritdoc/>
        public override string Title => $"service {Unit}";
    }

    /// <summary>A URL answers 2xx or 3xx, asked from the host's own point of view.</summary>
    /// <param name="Url">An absolute http or https URL.</param>
    public sealed record Http(Uri Url) : HealthCheck
    {
        /// <inheritdoc/>
        public override string Title => $"http {Url}";
    }

    /// <summary>A TCP port accepts a connection, asked from the host's own point of view.</summary>
    /// <param name="Host">A name or address. </param>
    /// <param name="Port">1 to 65535.</param>
    public sealed record Tcp(string Host, int Port) : HealthCheck
    {
        /// <inheritdoc/>
        public override string Title => $"tcp {Host}:{Port}";
    }

    /// <summary>The host resolves a name.</summary>
    /// <param name="Name">The name to resolve.</param>
    public sealed record Dns(string Name) : HealthCheck
    {
        /// <inheritdoc/>
        public override string Title => $"dns {Name}";
    }

    /// <summary>The host gets an answer to an ICMP echo.</summary>
    /// <param name="Host">A name or address.</param>
    public sealed record Ping(string Host) : HealthCheck
    {
        /// <inheritdoc/>
        public override string Title => $"ping {Host}";
    }

    /// <summary>A program on the host exits with 0.</summary>
    /// <param name="Arguments">The program and its arguments; no shell reads them.</param>
    public sealed record Command(ImmutableArray<string> Arguments) : HealthCheck
    {
        /// <inheritdoc/>
        public override string Title => $"command {string.Join(' ', Arguments)}";
    }
}
