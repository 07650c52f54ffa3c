using System.Text.Json;

namespace Writ.Identity;

/// <summary>What a proof has to prove: that its key is held now, for exactly this request.</summary>
/// <param name="Method">As the request has it; letters count.</param>
/// <param name="Urls">The request's address without query, under every name that this server has.</param>
/// <param name="AccessToken">The token that comes with it; null where none does.</param>
public sealed record DpopRequest(string Method, IReadOnlyCollection<string> Urls, string? AccessToken);

/// <summary>A proof that held.</summary>
/// <param name="Thumbprint">Of the key that is held (RFC 7638).</param>
/// <param name="ReplayKey">What no second proof may have.</param>
/// <param name="Nonce">The server's own, where it brought one.</param>
public sealed record ProvenKey(string Thumbprint, string ReplayKey, DateTimeOffset IssuedAt, string? Nonce);

/// <summary>
/// Proofs of possession (RFC 9449, section 4.3). The key comes with the proof, and proves nothing but itself: a token
/// is bound to its thumbprint.
/// </summary>
public static class DpopProof
{
    /// <summary>How old a proof may be.</summary>
    public static readonly TimeSpan LifeMax = TimeSpan.FromSeconds(60);

    /// <summary>How far ahead of ours the clock of its maker may be.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromSeconds(5);

    const int LengthMax = 4_096;
    const int TextMax = 256;

    static readonly string[] _header = ["alg", "jwk", "typ"];

    /// <summary>The key that is held, or why nothing is proven.</summary>
    public static (ProvenKey? Proven, IdentityProblem? Problem) Validate(
        string? text, DpopRequest request, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(text) || text.Length > LengthMax)
            return No("The header DPoP holds one proof of at most 4,096 characters.");
        var (proof, problem) = CompactToken.Parse(text, carried: "jwk");
        if (proof is null)
            return No(problem!.Why);
        if (proof.Type != "dpop+jwt" || proof.HeaderNames.Any(n => !_header.Contains(n)))
            return No("A proof's header holds typ dpop+jwt, alg and jwk, and nothing else.");
        if (!proof.Header.TryGetProperty("jwk", out var jwk) || jwk.ValueKind != JsonValueKind.Object
            || KeySet.HasSecret(jwk) || PublicKeyJwk.Parse(jwk) is not { } key)
            return No("A proof brings the public part of its key along: EC or RSA.");
        if (!proof.IsSignedBy([key]))
            return No("The proof is not signed by its key.");
        var claims = proof.Claims;
        if (claims.Text("jti") is not { Length: > 0 and <= TextMax } id)
            return No("A proof has a jti of its own.");
        if (claims.Text("htm") != request.Method || claims.Text("htu") is not { } url
            || !request.Urls.Contains(WithoutQuery(url)))
            return No("The proof is for another request: htm and htu name method and address.");
        if (claims.Instant("iat") is not { } issued || issued < now - LifeMax || issued > now + Ahead)
            return No($"A proof is made for one request: its iat is at most {LifeMax.TotalSeconds} seconds old.");
        var expected = request.AccessToken is { } token ? Digests.Jose(token) : null;
        if (claims.Text("ath") != expected)
            return No("The proof's ath is not the digest of the token that comes with it.");
        if (claims.TryGetProperty("nonce", out _) && claims.Text("nonce") is not { Length: > 0 and <= TextMax })
            return No("The proof's nonce is no text.");
        var thumbprint = key.Thumbprint();
        return (new ProvenKey(thumbprint, Digests.Of($"{thumbprint}\n{id}"), issued, claims.Text("nonce")), null);
    }

    // Section 4.3, point 9: without query and fragment.
    static string WithoutQuery(string url)
    {
        var end = url.AsSpan().IndexOfAny('?', '#');
        return end < 0 ? url : url[..end];
    }

    static (ProvenKey?, IdentityProblem?) No(string why) => (null, new IdentityProblem("dpop.invalid", why));
}
