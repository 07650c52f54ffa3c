using System.Collections.Immutable;
using System.Text.Json;

namespace Writ.Identity;

/// <summary>What a token of one foreign issuer has to be. Nothing of it ever comes from the token.</summary>
/// <param name="Issuer">The exact <c>iss</c>; null for a SPIFFE trust domain, which is known by the subject.</param>
/// <param name="Domain">The trust domain of the subject; null for an OpenID issuer.</param>
/// <param name="Audience">The one and only audience.</param>
/// <param name="Algorithms">By name, of <see cref="TokenAlgorithm"/>.</param>
/// <param name="LifeMax">From its beginning to its end.</param>
public sealed record ForeignTokenRules(
    string? Issuer, TrustDomain? Domain, string Audience, ImmutableArray<string> Algorithms, TimeSpan LifeMax);

/// <summary>A token that was believed: what of it counts further.</summary>
/// <param name="ReplayKey">What no second token may have: of issuer and <c>jti</c>, or of the content where it has
/// none.
/// </param>
/// <param name="Key">The thumbprint of the key that signed it.</param>
public sealed record BelievedToken(
    JsonElement Claims, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, string ReplayKey, string Key);

/// <summary>
/// The one validator of tokens that others issue: CI jobs, Kubernetes service accounts, workloads of another trust
/// domain, people's OpenID providers. RFC 8725 is held line by line in <c>docs/reference/identity.md</c>.
/// </summary>
public static class ForeignToken
{
    /// <summary>Clocks differ by so much at most.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);

    const int TokenIdMax = 512;

    static readonly string[] _header = ["alg", "kid", "typ", "x5t"];

    /// <summary>Which issuer a token claims to be of, for looking up what is pinned. It is believed of nobody yet.
    /// </summary>
    /// <returns>Its <c>iss</c>, and the trust domain of its subject.</returns>
    public static (string? Issuer, TrustDomain? Domain) Claimed(CompactToken token) =>
        (token.Claims.Text("iss"), SpiffeId.Parse(token.Claims.Text("sub")) is { HasPath: true } id ? id.Domain : null);

    /// <summary>A token that is one of this issuer, for us, now; or why it is not.</summary>
    public static (BelievedToken? Believed, IdentityProblem? Problem) Validate(
        CompactToken token, ForeignTokenRules rules, IEnumerable<PublicKeyJwk> keys, DateTimeOffset now)
    {
        if (HeaderProblem(token, rules) is { } header)
            return (null, header);
        if (IssuerProblem(token.Claims, rules) is { } issuer)
            return (null, issuer);
        if (token.SignerAmong(keys) is not { } signer)
            return No("token.signature", "No key of this issuer that is known here signed it.");
        // Somebody else whom it is for as well could come here with it.
        if (TokenClaims.Audiences(token.Claims) is not [var audience] || audience != rules.Audience)
            return No("token.audience", "The token is for another audience, or not for this one alone.");
        if (TokenClaims.TimeProblem(token.Claims, now, Leeway) is { } time)
            return (null, time);
        var expires = token.Claims.Instant("exp")!.Value;
        // SPIFFE leaves the date of issue out where it likes; then it is as old as it may be.
        var issued = token.Claims.Instant("iat") ?? token.Claims.Instant("nbf");
        if (issued is null && rules.Domain is null)
            return No("token.expiry", "The token does not say when it was issued.");
        if (expires - (issued ?? now) > rules.LifeMax)
            return No("token.life", $"A token of this issuer lives {rules.LifeMax.TotalMinutes} minutes at most.");
        if (token.Claims.TryGetProperty("jti", out _)
            && token.Claims.Text("jti") is not { Length: > 0 and <= TokenIdMax })
            return No("token.malformed", $"The jti of a token is a text of up to {TokenIdMax} characters.");
        return (new BelievedToken(
            token.Claims, issued ?? expires - rules.LifeMax, expires, ReplayKey(token, rules), signer.Thumbprint()),
            null);
    }

    static string ReplayKey(CompactToken token, ForeignTokenRules rules) => token.Claims.Text("jti") is { } id
        ? Digests.Of($"{rules.Issuer ?? rules.Domain?.Name}\n{id}")
        : token.ContentDigest;

    static IdentityProblem? HeaderProblem(CompactToken token, ForeignTokenRules rules)
    {
        // x5t is a name of a key like kid and leads nowhere; some issuers send both.
        if (token.HeaderNames.Any(n => !_header.Contains(n)))
            return new IdentityProblem("token.header", "The token's header holds more than alg, kid, typ and x5t.");
        if (token.HeaderNames.Contains("typ")
            && !(string.Equals(token.Type, "JWT", StringComparison.OrdinalIgnoreCase)
                || (rules.Domain is not null && token.Type == "JOSE")))
            return new IdentityProblem("token.header", "The token's typ is that of something else.");
        return rules.Algorithms.Contains(token.Algorithm.Name)
            ? null
            : new IdentityProblem("token.algorithm", "This issuer's tokens are not signed with this algorithm.");
    }

    static IdentityProblem? IssuerProblem(JsonElement claims, ForeignTokenRules rules)
    {
        if (rules.Domain is { } domain)
            return SpiffeId.Parse(claims.Text("sub")) is { HasPath: true } id && id.Domain == domain
                ? null
                : new IdentityProblem("token.subject", "The subject is no SPIFFE ID of this trust domain.");
        if (claims.Text("iss") != rules.Issuer || string.IsNullOrEmpty(rules.Issuer))
            return new IdentityProblem("token.issuer", "The token is of another issuer.");
        return string.IsNullOrEmpty(claims.Text("sub"))
            ? new IdentityProblem("token.subject", "The token does not say of whom it speaks.")
            : null;
    }

    static (BelievedToken?, IdentityProblem?) No(string code, string why) => (null, new IdentityProblem(code, why));
}
