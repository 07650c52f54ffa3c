using System.Text.Json.Serialization;

namespace Writ.Egress;

/// <summary>One place that the sessions of a workflow may reach. What no grant names is not reached.</summary>
/// <param name="Host">A name, <c>*.name</c> for every name below it, or an address.</param>
/// <param name="Private">It may lie in a network that is not the internet: private ranges, this machine itself.</param>
/// <param name="Plain">What goes through need not be TLS or HTTP, and nothing of it is seen.</param>
/// <param name="Intercept">Whether TLS is opened on the way; null where a credential alone says so.</param>
/// <param name="Credential">What is added to each request outside of the sandbox; null for nothing.</param>
public sealed record EgressGrant(
    string Host, int Port, bool? Private = null, bool? Plain = null, Interception? Intercept = null,
    EgressCredential? Credential = null)
{
    public const int CountMax = 64;

    const string Below = "*.";

    [JsonIgnore]
    public bool AllowsPrivate => Private == true;

    [JsonIgnore]
    public bool AllowsPlain => Plain == true;

    /// <summary>Each request to it is seen, whether it comes in TLS or not.</summary>
    [JsonIgnore]
    public bool Intercepts => Intercept == Interception.Always || Credential is not null;

    /// <summary>The grant that names a place best: the place itself, else the nearest name above it; null when none
    /// does.</summary>
    public static EgressGrant? For(ImmutableArray<EgressGrant>? grants, EgressDestination place)
    {
        EgressGrant? found = null;
        foreach (var grant in grants ?? [])
            if (grant.Port == place.Port && grant.Names(place.Host)
                && (found is null || grant.Host == place.Host
                    || (found.Host != place.Host && grant.Host.Length > found.Host.Length)))
                found = grant;
        return found;
    }

    /// <summary>Whether an address may be dialled because of this grant.</summary>
    /// <param name="place">What was asked for. Whoever answers for a name may have it point anywhere, so the places
    /// where a machine finds its own secrets have to be asked for by their address.</param>
    public bool Allows(EgressAddress address, EgressDestination place) => address.Reach switch
    {
        AddressReach.Public => true,
        AddressReach.Private or AddressReach.Shared or AddressReach.Loopback => AllowsPrivate,
        AddressReach.Metadata or AddressReach.LinkLocal => AllowsPrivate && place.Address == address,
        _ => false,
    };

    /// <summary>What is wrong with it as a line of a workflow; null when nothing is.</summary>
    internal string? Problem()
    {
        var isBelow = Host.StartsWith(Below, StringComparison.Ordinal);
        var name = isBelow ? Host[Below.Length..] : Host;
        var written = name.Contains(':', StringComparison.Ordinal) ? $"[{name}]" : name;
        if (EgressDestination.HostOf(written) != name)
            return $"'{Shell.VisibleText.Of(Host)}' is no host: a name in lower case, '*.' and a name, or an address.";
        if (isBelow && (EgressAddress.Parse(name) is not null || !name.Contains('.', StringComparison.Ordinal)))
            return $"'{Host}' is too wide: behind '*.' stands a name of at least two parts.";
        if (isBelow && AllowsPrivate)
            return $"'{Host}' cannot be private: whatever is not the internet is named one by one.";
        if (Intercepts && (AllowsPlain || Intercept == Interception.Never))
            return $"'{Host}': what is intercepted is not plain, and what is never intercepted has no credential.";
        if (Credential is not null && isBelow)
            return $"'{Host}' is too wide for a credential: the hosts that get it are named one by one.";
        return Port is < 1 or > 65_535 ? "A port is 1 to 65,535." : Credential?.Problem();
    }

    /// <summary>It as it is written in a workflow.</summary>
    public override string ToString() => new EgressDestination(Host, Port)
        + (AllowsPrivate ? " private" : "") + (AllowsPlain ? " plain" : "")
        + (Intercept is { } looks ? $" intercept {looks.ToString().ToLowerInvariant()}" : "")
        + (Credential is { } credential ? $" with {credential}" : "");

    bool Names(string host) => Host == host
        || (Host.StartsWith(Below, StringComparison.Ordinal)
            && host.EndsWith(Host[1..], StringComparison.Ordinal) && EgressAddress.Parse(host) is null);
}
