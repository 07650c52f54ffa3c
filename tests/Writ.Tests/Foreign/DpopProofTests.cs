using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Writ.Identity;

namespace Writ.Tests.Foreign;

/// <summary>What proves that a key is held (RFC 9449, section 4.3), point by point.</summary>
public sealed class DpopProofTests
{
    static readonly DateTimeOffset _now = World.Start;
    static readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    static readonly string _jwk = $$"""{"kty":"EC","crv":"P-256",{{ForeignGiven.Point(_key)}}}""";
    static readonly string _header = $$"""{"typ":"dpop+jwt","alg":"ES256","jwk":{{_jwk}}}""";
    static readonly string _url = "https://writ.test/v1/remote/requests";

    static readonly string _claims = $$"""
        {"jti":"one","htm":"POST","htu":"{{_url}}","iat":{{At(0)}},"ath":"{{Digests.Jose("token")}}"}
        """;

    static readonly DpopRequest _request = new("POST", [_url, "http://localhost/v1/remote/requests"], "token");

    [Fact]
    public void A_proof_names_its_key_by_its_thumbprint()
    {
        var (proven, problem) = DpopProof.Validate(Proof(_header, _claims), _request, _now);
        Assert.Null(problem);
        Assert.Equal(PublicKeyJwk.Of(_key).Kid, proven!.Thumbprint);
        Assert.Null(proven.Nonce);
        // One jti under two keys is two proofs; under one it is one.
        var again = DpopProof.Validate(Proof(_header, _claims), _request, _now).Proven!;
        Assert.Equal(proven.ReplayKey, again.ReplayKey);
    }

    public static TheoryData<string, string> Headers => new()
    {
        { "\"typ\":\"dpop+jwt\"", "\"typ\":\"JWT\"" },
        { "\"typ\":\"dpop+jwt\",", "" },
        { "\"alg\":\"ES256\"", "\"alg\":\"none\"" },
        { "\"alg\":\"ES256\"", "\"alg\":\"HS256\"" },
        { "\"alg\":\"ES256\"", "\"alg\":\"ES384\"" },
        { "\"jwk\":", "\"kid\":\"x\",\"jwk\":" },
        { "\"jwk\":", "\"jku\":\"https://evil.test\",\"jwk\":" },
        { "\"jwk\":", "\"crit\":[\"x\"],\"jwk\":" },
        { "\"jwk\":", "\"jwk\":{},\"jwk\":" },
        { "\"kty\":\"EC\"", "\"kty\":\"oct\",\"k\":\"c2VjcmV0\"" },
        { "\"kty\":\"EC\"", "\"d\":\"c2VjcmV0\",\"kty\":\"EC\"" },
        { "\"crv\":\"P-256\"", "\"crv\":\"P-384\"" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_proof_brings_its_public_key_and_nothing_else(string from, string to)
    {
        Assert.Contains(from, _header, StringComparison.Ordinal);
        Refused(Proof(_header.Replace(from, to, StringComparison.Ordinal), _claims));
    }

    public static TheoryData<string, string> Claims => new()
    {
        { "\"htm\":\"POST\"", "\"htm\":\"GET\"" },
        { "\"htm\":\"POST\"", "\"htm\":\"post\"" },
        { "https://writ.test/", "https://evil.test/" },
        { "https://writ.test/", "http://writ.test/" },
        { "https://writ.test/", "https://writ.test:443/" },
        { "/requests", "/requests/" },
        { "/requests", "/Requests" },
        { $"\"iat\":{At(0)}", $"\"iat\":{At(-61)}" },
        { $"\"iat\":{At(0)}", $"\"iat\":{At(6)}" },
        { $"\"iat\":{At(0)}", "\"iat\":\"now\"" },
        { $"\"iat\":{At(0)},", "" },
        { "\"jti\":\"one\"", "\"jti\":\"\"" },
        { "\"jti\":\"one\"", "\"jti\":1" },
        { "\"jti\":\"one\",", "" },
        { "\"ath\":\"", "\"ath\":\"x" },
        { "\"ath\":\"", "\"hta\":\"" },
        { "\"jti\":\"one\"", "\"jti\":\"one\",\"nonce\":7" },
        { "\"jti\":\"one\"", "\"jti\":\"one\",\"jti\":\"two\"" },
    };

    [Theory]
    [MemberData(nameof(Claims))]
    public void A_proof_is_for_one_request_with_one_token_now(string from, string to)
    {
        Assert.Contains(from, _claims, StringComparison.Ordinal);
        Refused(Proof(_header, _claims.Replace(from, to, StringComparison.Ordinal)));
    }

    [Fact]
    public void Query_and_fragment_are_no_part_of_the_address()
    {
        foreach (var tail in (string[])["?a=1", "#x", "?a#b", ""])
            Assert.Null(DpopProof.Validate(
                Proof(_header, _claims.Replace("/requests", "/requests" + tail, StringComparison.Ordinal)), _request,
                _now).Problem);
    }

    [Fact]
    public void A_proof_without_a_token_has_no_digest_of_one()
    {
        Assert.NotNull(DpopProof.Validate(
            Proof(_header, _claims), _request with { AccessToken = null }, _now).Problem);
        Assert.NotNull(DpopProof.Validate(
            Proof(_header, _claims), _request with { AccessToken = "other" }, _now).Problem);
    }

    [Fact]
    public void Another_keys_signature_and_what_is_no_proof_prove_nothing()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Refused(ForeignGiven.Signed(_header, _claims, other));
        foreach (var text in (string?[])[null, "", ".", "..", new string('a', 5_000), Proof(_header, _claims) + ","])
            Refused(text);
    }

    static void Refused(string? proof) =>
        Assert.Equal("dpop.invalid", DpopProof.Validate(proof, _request, _now).Problem?.Code);

    static string Proof(string header, string claims) => ForeignGiven.Signed(header, claims, _key);

    static long At(int seconds) => World.Start.AddSeconds(seconds).ToUnixTimeSeconds();
}
