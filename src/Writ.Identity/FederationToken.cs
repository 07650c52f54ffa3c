using System.Collections.Immutable;

namespace Writ.Identity;

/// <summary>What a token for somebody else's service says, beside who signs it.</summary>
/// <param name="Subject">No SPIFFE ID: nobody is to take this for an identity.</param>
/// <param name="Further">Claims of the issuer's own, under names that nobody else uses.</param>
public sealed record FederationTokenClaims(
    string Issuer, string Subject, string Audience, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, string TokenId,
    ImmutableArray<(string Name, string Value)> Further);

/// <summary>
/// Tokens that services take for credentials of their own (RFC 7523, OpenID Connect): signed by the keys of the realm's
/// issuer, found by its discovery, and never a JWT-SVID.
/// </summary>
public static class FederationToken
{
    /// <exception cref="ArgumentException">The subject is a SPIFFE ID, or begins like one.</exception>
    public static string Issue(TokenSigningKey key, FederationTokenClaims claims) =>
        claims.Subject.StartsWith("spiffe:", StringComparison.OrdinalIgnoreCase)
            ? throw new ArgumentException("A SPIFFE ID stands in SVIDs alone.", nameof(claims))
            : CompactToken.Sign(key, JwkText.Write(json => TokenClaims.Write(
                json, claims.Issuer, claims.Subject, [claims.Audience], claims.IssuedAt, claims.ExpiresAt,
                claims.TokenId, claims.Further)));
}
