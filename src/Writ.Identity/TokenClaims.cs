using System.Collections.Immutable;
using System.Text.Json;

namespace Writ.Identity;

/// <summary>The registered claims (RFC 7519, section 4.1), as every validator here reads them.</summary>
static class TokenClaims
{
    const int AudiencesMax = 32;

    /// <summary>A whole set of them, as every issuer here writes it.</summary>
    /// <param name="further">Claims of the issuer's own.</param>
    public static void Write(
        Utf8JsonWriter json, string issuer, string subject, ImmutableArray<string> audiences, DateTimeOffset issuedAt,
        DateTimeOffset expiresAt, string id, ImmutableArray<(string Name, string Value)> further)
    {
        json.WriteStartObject();
        json.WriteString("iss", issuer);
        json.WriteString("sub", subject);
        if (audiences is [var one])
            json.WriteString("aud", one);
        else
        {
            json.WriteStartArray("aud");
            foreach (var audience in audiences)
                json.WriteStringValue(audience);
            json.WriteEndArray();
        }
        json.WriteNumber("exp", expiresAt.ToUnixTimeSeconds());
        json.WriteNumber("nbf", issuedAt.ToUnixTimeSeconds());
        json.WriteNumber("iat", issuedAt.ToUnixTimeSeconds());
        json.WriteString("jti", id);
        foreach (var (name, value) in further)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    /// <summary>One text or a list of texts; anything else is none at all.</summary>
    public static ImmutableArray<string> Audiences(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud", out var value))
            return [];
        if (value.ValueKind == JsonValueKind.String)
            return [value.GetString()!];
        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is > 0 and <= AudiencesMax
            && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
                ? [.. value.EnumerateArray().Select(v => v.GetString()!)]
                : [];
    }

    /// <summary>An end is demanded; a beginning and a date of issue hold where they stand.</summary>
    public static IdentityProblem? TimeProblem(JsonElement claims, DateTimeOffset now, TimeSpan leeway)
    {
        if (claims.Instant("exp") is not { } expires)
            return new IdentityProblem("token.expiry", "The token does not say when it ends.");
        if (expires + leeway <= now)
            return new IdentityProblem("token.expired", $"The token ended at {expires:u}.");
        foreach (var name in (string[])["nbf", "iat"])
            if (claims.TryGetProperty(name, out _)
                && (claims.Instant(name) is not { } begins || begins - leeway > now))
                return new IdentityProblem("token.not-yet", $"The token's {name} is no date, or lies ahead.");
        return null;
    }
}
