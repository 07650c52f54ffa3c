using System.Text;
using System.Text.Json.Serialization;
using Writ.Identity;

namespace Writ.Foreign;

/// <summary>What a foreign issuer speaks of. Member 0 is the one that says the least.</summary>
public enum ForeignKind
{
    /// <summary>Jobs of a build service, by OpenID tokens like GitHub's.</summary>
    Ci,

    /// <summary>Service accounts of a Kubernetes cluster, by projected tokens.</summary>
    Kubernetes,

    /// <summary>Workloads of another SPIFFE trust domain, by JWT-SVIDs.</summary>
    Spiffe,
}

/// <summary>A claim that has to have exactly this value.</summary>
public sealed record ClaimCondition(string Name, string Value);

/// <summary>Whom an issuer's tokens let in: as which agent, for whom, and where from exactly.</summary>
/// <param name="Sponsor">Who answers for what it does. When they leave, it is let in no more.</param>
/// <param name="Where">All of them have to hold.</param>
/// <param name="ActsFor">Agents that may hand on to it what they were asked; null for none.</param>
public sealed record Admission(
    AgentId Agent, PersonId Sponsor, ImmutableArray<ClaimCondition> Where, ImmutableArray<AgentId>? ActsFor = null)
{
    public const int ConditionsMax = 16;

    /// <summary>On one line, as people are shown what they agree to.</summary>
    public override string ToString() =>
        $"{Agent} for {Sponsor} where {string.Join(" and ", Where.Select(c => $"{c.Name}={c.Value}"))}"
        + (ActsFor is { IsEmpty: false } others ? $", acting for {string.Join(" and ", others)}" : "");

    internal bool Matches(ImmutableArray<ClaimCondition> claims) => Where.All(claims.Contains);
}

/// <summary>
/// Somebody whose tokens are believed about others. Everything about it is declared here by two people; a token brings
/// nothing along but its claims.
/// </summary>
/// <param name="Issuer">The exact <c>iss</c>; of a SPIFFE trust domain its name.</param>
/// <param name="Audience">What its tokens have to be made for, and for nothing else.</param>
/// <param name="Algorithms">Of signatures, by their JOSE names.</param>
/// <param name="LifeMinutes">How long its tokens may live at most.</param>
/// <param name="Keys">Pinned: a JSON Web Key Set, or a SPIFFE bundle.</param>
/// <param name="KeysUrl">Where they are fetched instead, by https.</param>
/// <param name="Reusable">The holder of one key may present one token several times; else each counts once.</param>
public sealed record TrustedIssuer(
    string Id, ForeignKind Kind, string Issuer, string Audience, ImmutableArray<string> Algorithms, int LifeMinutes,
    ImmutableArray<Admission> Admits, string? Keys = null, string? KeysUrl = null, bool? Reusable = null)
{
    public const int CountMax = 32;
    public const int AdmissionsMax = 256;
    public const int LifeMinutesMax = 24 * 60;

    /// <summary>The trust domain, where it is one.</summary>
    [JsonIgnore]
    public TrustDomain? Domain => Kind == ForeignKind.Spiffe ? TrustDomain.Parse(Issuer) : null;

    /// <summary>What a token of it has to be.</summary>
    public ForeignTokenRules Rules() => new(
        Kind == ForeignKind.Spiffe ? null : Issuer, Domain, Audience, Algorithms, TimeSpan.FromMinutes(LifeMinutes));

    /// <summary>The keys in a document of this kind of issuer; null where it is none.</summary>
    public ImmutableArray<PublicKeyJwk>? Read(ReadOnlyMemory<byte> document) => Kind == ForeignKind.Spiffe
        ? Domain is { } domain ? TrustBundle.Parse(domain, document)?.JwtKeys : null
        : KeySet.Parse(document);

    /// <summary>The same document as a bundle, where the issuer is a trust domain.</summary>
    public TrustBundle? ReadBundle(ReadOnlyMemory<byte> document) =>
        Domain is { } domain ? TrustBundle.Parse(domain, document) : null;

    /// <summary>The pinned keys; null where they are fetched.</summary>
    public ImmutableArray<PublicKeyJwk>? Pinned() => Keys is null ? null : Read(Encoding.UTF8.GetBytes(Keys));
}

/// <summary>The trusted issuer that a token claims to be of.</summary>
public static class TrustedIssuers
{
    public static TrustedIssuer? Of(ImmutableArray<TrustedIssuer>? declared, CompactToken token)
    {
        var (issuer, domain) = ForeignToken.Claimed(token);
        var issuers = declared ?? [];
        // A SPIFFE token may name an issuer as well; its subject says of which trust domain it is.
        return (domain is { } d ? issuers.FirstOrDefault(i => i.Domain == d) : null)
            ?? issuers.FirstOrDefault(i => i.Kind != ForeignKind.Spiffe && i.Issuer == issuer);
    }
}
