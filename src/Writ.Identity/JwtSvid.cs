using System.Collections.Immutable;
using System.Text.Json;

namespace Writ.Identity;

/// <summary>What a JWT-SVID says, beside who signs it.</summary>
/// <param name="Issuer">The URL under which OpenID discovery finds the keys.</param>
/// <param name="Audiences">At least one.</param>
/// <param name="TokenId">Of this token alone (<c>jti</c>).</param>
/// <param name="Further">Claims of the issuer's own, under names that nobody else uses.</param>
public sealed record JwtSvidClaims(
    string Issuer, SpiffeId Subject, ImmutableArray<string> Audiences, DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt, string TokenId, ImmutableArray<(string Name, string Value)> Further);

/// <summary>JWT-SVIDs: how they are made, and when one is believed (JWT-SVID, sections 2 to 4).</summary>
public static class JwtSvid
{
    /// <summary>Clocks differ by so much at most.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);

    static readonly string[] _header = ["alg", "kid", "typ"];

    public static string Issue(TokenSigningKey key, JwtSvidClaims claims) =>
        CompactToken.Sign(key, JwkText.Write(json => TokenClaims.Write(
            json, claims.Issuer, claims.Subject.ToString(), claims.Audiences, claims.IssuedAt, claims.ExpiresAt,
            claims.TokenId, claims.Further)));

    /// <summary>
    /// Who bears a token, where it is one for this audience, signed by its own trust domain, and not over.
    /// </summary>
    /// <param name="bundles">One bundle for each trust domain; never joined, because each speaks only for itself.
    /// </param>
    public static (SpiffeId? Subject, JsonElement Claims, IdentityProblem? Problem) Validate(
        string token, string audience, IReadOnlyDictionary<TrustDomain, TrustBundle> bundles, DateTimeOffset now)
    {
        var (read, problem) = CompactToken.Parse(token);
        if (read is null)
            return (null, default, problem);
        if (read.HeaderNames.Any(n => !_header.Contains(n)))
            return No("token.header", "The header of a JWT-SVID holds nothing but alg, kid and typ.");
        if (read.HeaderNames.Contains("typ") && read.Type is not ("JWT" or "JOSE"))
            return No("token.header", "The typ of a JWT-SVID is JWT or JOSE.");
        if (SpiffeId.Parse(read.Claims.Text("sub")) is not { HasPath: true } subject)
            return No("token.subject", "The subject is no SPIFFE ID of a workload.");
        if (!bundles.TryGetValue(subject.Domain, out var bundle))
            return No("token.issuer", $"Trust domain {subject.Domain} is not trusted here.");
        if (!read.IsSignedBy(bundle.JwtKeys))
            return No("token.signature", $"No key of {subject.Domain} signed this.");
        return ClaimProblem(read.Claims, audience, now) is { } wrong
            ? (null, default, wrong)
            : (subject, read.Claims, null);
    }

    static IdentityProblem? ClaimProblem(JsonElement claims, string audience, DateTimeOffset now)
    {
        if (!TokenClaims.Audiences(claims).Contains(audience, StringComparer.Ordinal))
            return new IdentityProblem("token.audience", "The token is not for this audience.");
        return TokenClaims.TimeProblem(claims, now, Leeway);
    }

    static (SpiffeId?, JsonElement, IdentityProblem?) No(string code, string why) =>
        (null, default, new IdentityProblem(code, why));
}
