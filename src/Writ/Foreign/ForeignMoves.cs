namespace Writ.Foreign;

/// <summary>
/// A foreign token as it was presented and looked at: facts and digests, never the token. Whether it lets anybody in is
/// decided from this alone.
/// </summary>
/// <param name="Issuer">The trusted issuer's id here; empty where none is known that it could be of.</param>
/// <param name="Digest">SHA-256 of what was presented.</param>
/// <param name="ReplayKey">What no second token may have; null where it was not believed.</param>
/// <param name="Key">The thumbprint of the key that signed it.</param>
/// <param name="Claims">Those that admissions name.</param>
/// <param name="Problem">Why it is not believed; null where it is.</param>
/// <param name="Held">It is a certificate, and the proven key is its own: it may be shown again with that key.</param>
public sealed record Presented(
    string Issuer, string Digest, ImmutableArray<ClaimCondition> Claims, string? ReplayKey = null, string? Key = null,
    DateTimeOffset? IssuedAt = null, DateTimeOffset? ExpiresAt = null, Refusal? Problem = null,
    bool? Held = null)
{
    public const int TextMax = 256;
}

/// <summary>One agent in a chain of those who act, with whoever answers for it.</summary>
/// <param name="Issuer">Who vouched for it.</param>
public sealed record ChainLink(AgentId Agent, PersonId Sponsor, string Issuer);

/// <summary>
/// What a caller on another machine acts with for some minutes. Whoever holds its key is the first agent of the chain,
/// acting for those after it, and in the end for the principal.
/// </summary>
/// <param name="Thumbprint">Of the key to which it is bound.</param>
public sealed record RemotePass(
    PassId Id, PersonId Principal, ImmutableArray<ChainLink> Chain, string Thumbprint, DateTimeOffset ExpiresAt);

/// <summary>Who acts in a session from another machine: always this chain, with this key.</summary>
public sealed record RemoteCaller(ImmutableArray<ChainLink> Chain, string Thumbprint);

/// <summary>A token that was presented, and may not be by anybody else until it is over.</summary>
/// <param name="Thumbprint">Of the key for which it was.</param>
public sealed record SeenToken(string Thumbprint, DateTimeOffset ExpiresAt);

/// <summary>What the realm knows of foreign tokens and of what it gave for them.</summary>
public sealed record ForeignBook(
    ImmutableDictionary<PassId, RemotePass> Passes, ImmutableDictionary<string, SeenToken> Seen)
{
    public static ForeignBook Empty { get; } = new(
        ImmutableDictionary<PassId, RemotePass>.Empty, ImmutableDictionary<string, SeenToken>.Empty);
}

/// <summary>What can be asked about foreign identities.</summary>
public abstract record ForeignMove : Move
{
    /// <summary>A foreign token is given for a pass. Decided and recorded before anything is signed.</summary>
    /// <param name="Actor">Who will act.</param>
    /// <param name="Thumbprint">Of the key that the caller has proven to hold.</param>
    /// <param name="OnBehalfOf">The pass of whoever handed its work on; null where the actor comes by itself.</param>
    public sealed record Exchange(
        PassId Pass, Presented Actor, string Thumbprint, DateTimeOffset ExpiresAt, PassId? OnBehalfOf = null)
        : ForeignMove;
}

/// <summary>What can happen to foreign identities.</summary>
public abstract record ForeignEvent : Event
{
    /// <param name="Principal">For whom it is done in the end.</param>
    /// <param name="Chain">Who acts first, then through whom it came.</param>
    public sealed record Exchanged(PersonId Principal, ImmutableArray<ChainLink> Chain) : ForeignEvent;
}
