using System.Collections.Immutable;
using System.Text.Json;

namespace Writ.Identity;

/// <summary>What a token says with which somebody acts for somebody else (RFC 8693, section 4; RFC 9068).</summary>
/// <param name="Subject">For whom it is done.</param>
/// <param name="Actors">Who does it; after that through whom it came to them.</param>
/// <param name="Thumbprint">Of the key without which it is worth nothing (RFC 9449, section 6).</param>
public sealed record ActingTokenClaims(
    string Issuer, string Subject, ImmutableArray<string> Actors, string Audience, DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt, string TokenId, string Thumbprint);

/// <summary>
/// Access tokens of the realm's own API. Their type keeps them apart from SVIDs, which the same keys sign: neither is
/// ever taken for the other.
/// </summary>
public static class ActingToken
{
    const string Type = "at+jwt";

    static readonly string[] _header = ["alg", "kid", "typ"];

    public static string Issue(TokenSigningKey key, ActingTokenClaims claims) =>
        CompactToken.Sign(key, JwkText.Write(json => Write(json, claims)), Type);

    /// <summary>The name of a token that is ours, for this audience, and not over; and the key it is bound to.
    /// </summary>
    public static (string? TokenId, string? Thumbprint, IdentityProblem? Problem) Validate(
        string text, string issuer, string audience, IEnumerable<PublicKeyJwk> keys, DateTimeOffset now)
    {
        var (token, problem) = CompactToken.Parse(text);
        if (token is null)
            return (null, null, problem);
        if (token.Type != Type || token.HeaderNames.Any(n => !_header.Contains(n)))
            return No("token.header", "The token's typ is that of something else.");
        if (token.Claims.Text("iss") != issuer)
            return No("token.issuer", "The token is of another issuer.");
        if (token.Kid is null || !token.IsSignedBy(keys))
            return No("token.signature", "No key of this realm signed it.");
        if (TokenClaims.Audiences(token.Claims) is not [var only] || only != audience)
            return No("token.audience", "The token is for another audience.");
        if (TokenClaims.TimeProblem(token.Claims, now, TimeSpan.Zero) is { } time)
            return (null, null, time);
        var bound = token.Claims.TryGetProperty("cnf", out var cnf) && cnf.ValueKind == JsonValueKind.Object
            ? cnf.Text("jkt") : null;
        return token.Claims.Text("jti") is { } id && bound is not null
            ? (id, bound, null)
            : No("token.malformed", "The token has no jti, or is bound to no key.");
    }

    static void Write(Utf8JsonWriter json, ActingTokenClaims claims)
    {
        json.WriteStartObject();
        json.WriteString("iss", claims.Issuer);
        json.WriteString("sub", claims.Subject);
        json.WriteString("aud", claims.Audience);
        json.WriteString("client_id", claims.Actors[0]);
        json.WriteNumber("exp", claims.ExpiresAt.ToUnixTimeSeconds());
        json.WriteNumber("iat", claims.IssuedAt.ToUnixTimeSeconds());
        json.WriteString("jti", claims.TokenId);
        json.WriteStartObject("cnf");
        json.WriteString("jkt", claims.Thumbprint);
        json.WriteEndObject();
        foreach (var actor in claims.Actors)
        {
            json.WriteStartObject("act");
            json.WriteString("sub", actor);
        }
        for (var depth = 0; depth < claims.Actors.Length; depth++)
            json.WriteEndObject();
        json.WriteEndObject();
    }

    static (string?, string?, IdentityProblem?) No(string code, string why) =>
        (null, null, new IdentityProblem(code, why));
}
