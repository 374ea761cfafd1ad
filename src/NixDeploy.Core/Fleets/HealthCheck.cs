using System.Collections.Immutable;
using Newtonsoft.Json;

namespace NixDeploy.Fleets;

/// <summary>One thing that must hold on a host for its new system to be kept.</summary>
[JsonConverter(typeof(HealthCheckJson))]
public abstract record HealthCheck
{
    private HealthCheck()
    {
    }

    /// <summary>How long one look may take; <see langword="null"/> takes the fleet's <c>health-check-timeout</c>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The time between two looks. Default 1 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long failures do not count before it has passed for the first time; <see langword="null"/> takes the fleet's <c>health-start-up</c>.</summary>
    public TimeSpan? StartUp { get; init; }

    /// <summary>What the check looks at, such as <c>service prometheus</c>: one per line in reports.</summary>
    public abstract string Title { get; }

    /// <summary>A systemd unit is active and stays so; a restart within the window is a failure.</summary>
    /// <param name="Unit">The unit; <c>.service</c> is added where there is no suffix.</param>
    public sealed record Service(string Unit) : HealthCheck
    {
        /// <inheritdoc/>
        public override string Title => $"service {Unit}";
    }

    /// <summary>A URL answers, asked from the host's own point of view; redirects are not followed.</summary>
    /// <param name="Url">An absolute http or https URL, or where to read it.</param>
    public sealed record Http(ValueReference Url) : HealthCheck
    {
        /// <summary>A check of a URL.</summary>
        /// <param name="url">An absolute http or https URL.</param>
        public Http(Uri url)
            : this(new ValueReference.Plain((url ?? throw new ArgumentNullException(nameof(url))).OriginalString))
        {
        }

        /// <summary>The status that is expected, 100 to 599; <see langword="null"/>: any 2xx or 3xx.</summary>
        public int? Status { get; init; }

        /// <summary>What the first mebibyte of the answer must contain, as UTF-8; <see langword="null"/>: the body is not read.</summary>
        public string? Contains { get; init; }

        /// <inheritdoc/>
        public override string Title => $"http {Masked(Url.Shown)}";

        /// <summary>What comes after the question mark may be a secret.</summary>
        private static string Masked(string url) => url.IndexOf('?', StringComparison.Ordinal) is > 0 and var query ? url[..query] + "?…" : url;
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
    /// <param name="Arguments">The program and its arguments, or where to read them; no shell reads them.</param>
    public sealed record Command(ImmutableArray<ValueReference> Arguments) : HealthCheck
    {
        /// <inheritdoc/>
        public override string Title => $"command {string.Join(' ', Arguments.Select(a => a.Shown))}";
    }

    /// <summary>The host is not much busier, and has not much less memory, than before the deployment.</summary>
    /// <remarks>A load below one per processor is never too high. Without anything to compare with, it passes.</remarks>
    public sealed record Baseline : HealthCheck
    {
        /// <summary>How many times as high the load of the last minute may be, above 0. Default 2.</summary>
        public double MaxLoad { get; init; } = 2;

        /// <summary>The share of the memory that was available that must be available still, 0 to 100 percent. Default 50.</summary>
        public double MinMemory { get; init; } = 50;

        /// <inheritdoc/>
        public override string Title => "baseline";
    }
}
