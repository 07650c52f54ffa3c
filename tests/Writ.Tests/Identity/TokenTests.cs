using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Writ.Identity;

namespace Writ.Tests.Identity;

/// <summary>Which tokens are believed. Each row is a token that somebody has been deceived with somewhere.</summary>
public sealed class TokenTests
{
    static readonly DateTimeOffset _now = World.Start;
    static readonly TrustDomain _domain = TrustDomain.Parse(IdentityGiven.Domain)!.Value;
    static readonly SpiffeId _id = SpiffeId.Of(_domain, "agent", "claude")!;
    static readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    static readonly RSA _rsa = RSA.Create(2_048);
    static readonly TokenSigningKey _key = new(_ec);
    static readonly TokenSigningKey _rsaKey = new(_rsa);

    static readonly Dictionary<TrustDomain, TrustBundle> _bundles = new()
    {
        [_domain] = new TrustBundle(_domain, 1, TimeSpan.FromMinutes(5), [], [_key.Public, _rsaKey.Public]),
    };

    static readonly string _claims = $$"""
        {"iss":"https://writ.test","sub":"{{_id}}","aud":"reports","exp":{{_now.AddMinutes(5).ToUnixTimeSeconds()}},"iat":{{_now.ToUnixTimeSeconds()}}}
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_issued_is_believed_by_its_audience_until_it_ends(bool rsa)
    {
        var token = JwtSvid.Issue(rsa ? _rsaKey : _key, new JwtSvidClaims(
            "https://writ.test", _id, ["reports", "ledger"], _now, _now.AddMinutes(5), "svid-1", [("writ:run", "r")]));
        Assert.Equal(_id, JwtSvid.Validate(token, "reports", _bundles, _now).Subject);
        Assert.Equal(_id, JwtSvid.Validate(token, "ledger", _bundles, _now.AddMinutes(5)).Subject);
        Assert.Equal("token.audience", Code(token, "report"));
        Assert.Equal("token.audience", Code(token, "Reports"));
        Assert.Equal("token.expired", JwtSvid.Validate(token, "reports", _bundles, _now.AddMinutes(6)).Problem?.Code);
        Assert.Equal("token.not-yet", JwtSvid.Validate(token, "reports", _bundles, _now.AddMinutes(-2)).Problem?.Code);
        var header = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.Split('.')[0]));
        Assert.Equal($$"""{"alg":"{{(rsa ? "RS256" : "ES256")}}","kid":"{{(rsa ? _rsaKey : _key).Kid}}","typ":"JWT"}""", header);
    }

    public static TheoryData<string, string> Headers => new()
    {
        { """{"alg":"none"}""", "token.algorithm" },
        { """{"alg":"None"}""", "token.algorithm" },
        { """{"alg":"HS256"}""", "token.algorithm" },
        { """{"alg":"EdDSA"}""", "token.algorithm" },
        { """{"alg":"es256"}""", "token.algorithm" },
        { """{"alg":["ES256"]}""", "token.algorithm" },
        { """{"typ":"JWT"}""", "token.algorithm" },
        // The algorithm of another key than the one that is named, and one that does not fit it.
        { """{"alg":"RS256","kid":"KID"}""", "token.signature" },
        { """{"alg":"ES384","kid":"KID"}""", "token.signature" },
        { """{"alg":"ES256","kid":"other"}""", "token.signature" },
        { """{"alg":"ES256","kid":7}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","jku":"https://evil.test/keys"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","jwk":{}}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","x5u":"https://evil.test"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","x5c":[]}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","crit":["exp"],"exp":1}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","b64":false}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","cty":"JWT"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","typ":"at+jwt"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","alg":"none"}""", "token.malformed" },
        { """["ES256"]""", "token.malformed" },
        { """{"alg":"ES256","kid":"KID"} {}""", "token.malformed" },
        { "", "token.malformed" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_header_that_leads_elsewhere_is_refused_although_the_signature_is_right(string header, string code) =>
        Assert.Equal(code, Code(Signed(header.Replace("KID", _key.Kid, StringComparison.Ordinal), _claims)));

    public static TheoryData<string, string, string> Claims => new()
    {
        { "\"exp\":", "\"exq\":", "token.expiry" },
        { "\"exp\":", "\"exp\":\"\",\"x\":", "token.expiry" },
        { "\"exp\":", "\"exp\":1e99,\"x\":", "token.expiry" },
        { "\"exp\":", "\"exp\":-1,\"x\":", "token.expiry" },
        { "\"exp\":", "\"exp\":1,\"x\":", "token.expired" },
        { "\"exp\":", "\"exp\":1,\"exp\":", "token.malformed" },
        { "\"iat\":", "\"iat\":9999999999,\"x\":", "token.not-yet" },
        { "\"iat\":", "\"nbf\":9999999999,\"x\":", "token.not-yet" },
        { "\"iat\":", "\"nbf\":\"soon\",\"x\":", "token.not-yet" },
        { "\"aud\":\"reports\"", "\"aud\":\"\"", "token.audience" },
        { "\"aud\":\"reports\"", "\"aud\":[]", "token.audience" },
        { "\"aud\":\"reports\"", "\"aud\":[\"reports\",7]", "token.audience" },
        { "\"aud\":\"reports\"", "\"aud\":{\"reports\":1}", "token.audience" },
        { "\"aud\":\"reports\"", "\"x\":1", "token.audience" },
        { "/agent/claude", "", "token.subject" },
        { "/agent/claude", "/agent/../claude", "token.subject" },
        { "spiffe://realm.writ.test", "spiffe://other.test", "token.issuer" },
        { "\"sub\":", "\"sub\":7,\"x\":", "token.subject" },
        { "\"iat\":", "\"a\":\"\\ud800\",\"iat\":", "token.malformed" },
        { "\"iat\":", "\"a\":{\"b\":1,\"b\":2},\"iat\":", "token.malformed" },
    };

    [Theory]
    [MemberData(nameof(Claims))]
    public void Claims_that_do_not_hold_are_refused(string from, string to, string code)
    {
        Assert.Contains(from, _claims, StringComparison.Ordinal);
        Assert.Equal(code, Code(Signed(
            $$"""{"alg":"ES256","kid":"{{_key.Kid}}"}""", _claims.Replace(from, to, StringComparison.Ordinal))));
    }

    [Fact]
    public void Every_other_spelling_of_a_token_is_no_token()
    {
        var token = Signed($$"""{"alg":"ES256","kid":"{{_key.Kid}}"}""", _claims);
        Assert.Null(JwtSvid.Validate(token, "reports", _bundles, _now).Problem);
        var parts = token.Split('.');
        string[] others =
        [
            "", ".", "..", "...", token + ".", "." + token, token + "=", token + " ", token + "\n", " " + token,
            token.Replace('.', ':'), $"{parts[0]}.{parts[1]}", $"{parts[0]}.{parts[1]}.", token + "." + parts[2],
            $"{parts[0]}={parts[1]}.{parts[2]}", token[..^1] + (token[^1] == 'A' ? 'B' : 'A'),
            token.Insert(5, "\n"), new string('a', CompactToken.LengthMax + 1), $$"""{"payload":"{{parts[1]}}"}""",
        ];
        Assert.All(others, o => Assert.Contains(Code(o), (string[])["token.malformed", "token.signature"]));
        // The same bits under another last letter are another text.
        for (var i = 0; i < token.Length; i += 7)
            if (token[i] != '.')
                Assert.NotNull(Code(token[..i] + (token[i] == 'x' ? 'y' : 'x') + token[(i + 1)..]));
    }

    [Fact]
    public void Each_trust_domain_speaks_for_itself_alone()
    {
        var other = TrustDomain.Parse("other.test")!.Value;
        var bundles = new Dictionary<TrustDomain, TrustBundle>(_bundles)
        {
            [other] = new TrustBundle(other, 1, TimeSpan.FromMinutes(5), [], []),
        };
        var token = Signed(
            $$"""{"alg":"ES256","kid":"{{_key.Kid}}"}""",
            _claims.Replace("spiffe://realm.writ.test", "spiffe://other.test", StringComparison.Ordinal));
        Assert.Equal("token.signature", JwtSvid.Validate(token, "reports", bundles, _now).Problem?.Code);
    }

    [Fact]
    public void All_nine_signatures_that_the_standard_names_are_understood()
    {
        (string Alg, ECCurve? Curve, HashAlgorithmName Hash)[] kinds =
        [
            ("ES256", ECCurve.NamedCurves.nistP256, HashAlgorithmName.SHA256),
            ("ES384", ECCurve.NamedCurves.nistP384, HashAlgorithmName.SHA384),
            ("ES512", ECCurve.NamedCurves.nistP521, HashAlgorithmName.SHA512),
            ("RS256", null, HashAlgorithmName.SHA256), ("RS384", null, HashAlgorithmName.SHA384),
            ("RS512", null, HashAlgorithmName.SHA512), ("PS256", null, HashAlgorithmName.SHA256),
            ("PS384", null, HashAlgorithmName.SHA384), ("PS512", null, HashAlgorithmName.SHA512),
        ];
        foreach (var (alg, curve, hash) in kinds)
        {
            using var ec = curve is { } c ? ECDsa.Create(c) : null;
            var content = $"{Text($$"""{"alg":"{{alg}}","kid":"k"}""")}.{Text(_claims)}";
            var signature = ec is not null
                ? ec.SignData(Encoding.ASCII.GetBytes(content), hash)
                : _rsa.SignData(Encoding.ASCII.GetBytes(content), hash,
                    alg[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
            var jwk = ec is not null
                ? $$"""{"kty":"EC","use":"jwt-svid","kid":"k","crv":"P-{{ec.KeySize}}","x":"{{B(ec.ExportParameters(false).Q.X!)}}","y":"{{B(ec.ExportParameters(false).Q.Y!)}}"}"""
                : $$"""{"kty":"RSA","use":"jwt-svid","kid":"k","n":"{{B(_rsa.ExportParameters(false).Modulus!)}}","e":"AQAB"}""";
            var bundle = TrustBundle.Parse(_domain, Encoding.UTF8.GetBytes($$"""{"keys":[{{jwk}}]}"""));
            Assert.NotNull(bundle);
            Assert.Null(JwtSvid.Validate(
                $"{content}.{B(signature)}", "reports", new Dictionary<TrustDomain, TrustBundle> { [_domain] = bundle },
                _now).Problem);
        }
    }

    static string Signed(string header, string claims)
    {
        var content = $"{Text(header)}.{Text(claims)}";
        return $"{content}.{B(_ec.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256))}";
    }

    static string? Code(string token, string audience = "reports") =>
        JwtSvid.Validate(token, audience, _bundles, _now).Problem?.Code;

    static string Text(string text) => B(Encoding.UTF8.GetBytes(text));

    static string B(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
