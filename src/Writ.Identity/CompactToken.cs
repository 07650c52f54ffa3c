using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Writ.Identity;

/// <summary>
/// A signed token in JWS compact form (RFC 7515, section 3.1), read but not yet believed. Nothing in its header ever
/// leads to a key: which keys there are is known before it is read.
/// </summary>
public sealed class CompactToken
{
    /// <summary>Of the whole token, in characters.</summary>
    public const int LengthMax = 16 * 1_024;

    const int HeaderMax = 4 * 1_024;

    // What would bring a key along, or change what the rest means.
    static readonly string[] _refused = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc", "epk", "apu", "apv"];

    readonly byte[] _signed;
    readonly byte[] _signature;

    CompactToken(
        TokenAlgorithm algorithm, JsonElement header, JsonElement claims, byte[] signed, byte[] signature)
    {
        Algorithm = algorithm;
        Kid = header.Text("kid");
        HeaderNames = [.. header.EnumerateObject().Select(m => m.Name)];
        Type = header.Text("typ");
        Claims = claims;
        Header = header;
        _signed = signed;
        _signature = signature;
    }

    public TokenAlgorithm Algorithm { get; }

    public string? Kid { get; }

    /// <summary>What its header holds, by name.</summary>
    public ImmutableArray<string> HeaderNames { get; }

    public string? Type { get; }

    /// <summary>What it says. Believe nothing of it before <see cref="IsSignedBy"/>.</summary>
    public JsonElement Claims { get; }

    /// <summary>SHA-256 over header and content, as <c>sha256:hex</c>. The signature is not in it: ECDSA has two for
    /// every content, and a token would else be another one by its signature alone.</summary>
    public string ContentDigest => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(_signed));

    internal JsonElement Header { get; }

    /// <summary>Reads a token; a problem where it is none, or one that could mean several things.</summary>
    public static (CompactToken? Token, IdentityProblem? Problem) Parse(string? text) => Parse(text, carried: null);

    /// <param name="carried">The one name of a header that may bring a key along: of a proof, which proves nothing but
    /// that this key is held.</param>
    internal static (CompactToken? Token, IdentityProblem? Problem) Parse(string? text, string? carried)
    {
        if (text is null || text.Length > LengthMax)
            return No("token.malformed", $"A token has at most {LengthMax} characters.");
        var parts = text.Split('.');
        if (parts.Length != 3 || StrictJson.Base64(parts[0]) is not { } headerBytes
            || StrictJson.Base64(parts[1]) is not { } payload
            || StrictJson.Base64(parts[2]) is not { Length: > 0 } signature)
            return No("token.malformed", "A token is three parts in base64url without padding, joined by dots.");
        if (StrictJson.Object(headerBytes, HeaderMax) is not { } header
            || StrictJson.Object(payload, LengthMax) is not { } claims)
            return No("token.malformed", "Header and content of a token are JSON objects with each name once.");
        foreach (var name in _refused)
            if (name != carried && header.TryGetProperty(name, out _))
                return No("token.header", $"The token's header has '{name}', which is never followed.");
        if (TokenAlgorithm.Find(header.Text("alg")) is not { } algorithm)
            return No("token.algorithm", "The token's algorithm is none of those that are allowed.");
        if (header.TryGetProperty("kid", out var kid) && kid.ValueKind != JsonValueKind.String)
            return No("token.header", "The token's kid is no text.");
        return (new CompactToken(
            algorithm, header, claims, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature), null);
    }

    /// <summary>Signs claims: a header of <c>alg</c>, <c>kid</c> and <c>typ</c> and nothing else.</summary>
    public static string Sign(TokenSigningKey key, ReadOnlySpan<byte> claims, string type = "JWT")
    {
        var header = JwkText.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("alg", key.Algorithm.Name);
            json.WriteString("kid", key.Kid);
            json.WriteString("typ", type);
            json.WriteEndObject();
        });
        var content = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(claims)}";
        return $"{content}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(content)))}";
    }

    /// <summary>Whether one of these keys signed it: the one that it names, or, where it names none, any that fits.
    /// </summary>
    public bool IsSignedBy(IEnumerable<PublicKeyJwk> keys) => SignerAmong(keys) is not null;

    /// <summary>The key that signed it; null where none of these did.</summary>
    public PublicKeyJwk? SignerAmong(IEnumerable<PublicKeyJwk> keys) => keys
        .Where(k => Kid is null || k.Kid == Kid)
        .FirstOrDefault(k => k.Verifies(Algorithm, _signed, _signature));

    static (CompactToken?, IdentityProblem?) No(string code, string why) => (null, new IdentityProblem(code, why));
}
