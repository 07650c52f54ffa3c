namespace Writ.Server.Egress;

/// <summary>The numbers that what a run reaches may not exceed.</summary>
public sealed record EgressLimits
{
    /// <summary>At the same time; what comes beyond it waits.</summary>
    public int ConnectionsMax { get; init; } = 64;

    /// <summary>In the whole run; one more ends it.</summary>
    public int ConnectionsInAllMax { get; init; } = 50_000;

    /// <summary>Both ways together, in the whole run.</summary>
    public long BytesMax { get; init; } = 8L << 30;

    /// <summary>For everything that is read before it is known what is asked: a head, a greeting, a first message.
    /// </summary>
    public TimeSpan HeadMax { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan LookupMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For each address of a name.</summary>
    public TimeSpan ConnectMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Without a byte in either direction.</summary>
    public TimeSpan IdleMax { get; init; } = TimeSpan.FromMinutes(2);

    public TimeSpan ConnectionMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A PEM file with those who may vouch for places into which the way out looks; the system's when null.
    /// </summary>
    public string? Roots { get; init; }

    /// <summary>How long a connection may wait for people, where its workflow lets it.</summary>
    public TimeSpan HoldMax { get; init; } = TimeSpan.FromMinutes(10);
}
