using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Writ.Foreign;
using Writ.Identity;

namespace Writ.Tests.Foreign;

/// <summary>
/// Which tokens of others are believed. Each row is one with which somebody has been deceived somewhere (RFC 8725); all
/// but the forged ones bear a signature that is right.
/// </summary>
public sealed class ForeignTokenTests
{
    static readonly DateTimeOffset _now = World.Start;
    static readonly string _kid = ForeignGiven.Signer.Kid;

    static readonly string _claims = $$"""
        {"iss":"https://ci.test","sub":"repo:acme/shop","aud":"writ","exp":{{At(10)}},"iat":{{At(0)}},"nbf":{{At(0)}},"jti":"one","repository":"acme/shop"}
        """;

    public static TheoryData<string, string> Headers => new()
    {
        { """{"alg":"ES256","kid":"KID","typ":"JWT"}""", "" },
        { """{"alg":"ES256","kid":"KID"}""", "" },
        { """{"alg":"ES256","kid":"KID","x5t":"abc","typ":"JWT"}""", "" },
        { """{"alg":"none","kid":"KID"}""", "token.algorithm" },
        { """{"alg":"nOnE","kid":"KID"}""", "token.algorithm" },
        { """{"alg":"HS256","kid":"KID"}""", "token.algorithm" },
        { """{"alg":"EdDSA","kid":"KID"}""", "token.algorithm" },
        // Understood, and not this issuer's.
        { """{"alg":"RS256","kid":"KID"}""", "token.algorithm" },
        { """{"alg":"ES384","kid":"KID"}""", "token.algorithm" },
        { """{"alg":"ES256","kid":"other"}""", "token.signature" },
        { """{"alg":"ES256","kid":"../../keys"}""", "token.signature" },
        { """{"alg":"ES256","kid":["KID"]}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","jku":"https://evil.test"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","x5u":"https://evil.test"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","jwk":{"kty":"EC"}}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","x5c":["MIIB"]}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","crit":["b64"],"b64":true}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","zip":"DEF"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","enc":"A256GCM"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","cty":"JWT"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","typ":"at+jwt"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","typ":"dpop+jwt"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","typ":"logout+jwt"}""", "token.header" },
        { """{"alg":"ES256","kid":"KID","typ":7}""", "token.header" },
        { """{"alg":"ES256","alg":"none","kid":"KID"}""", "token.malformed" },
        { """{"alg":"ES256","kid":"KID","kid":"KID"}""", "token.malformed" },
        { """{"alg":"ES256"}{}""", "token.malformed" },
        { """[]""", "token.malformed" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_header_leads_nowhere(string header, string code) => Assert.Equal(
        code, Code(ForeignGiven.Signed(header.Replace("KID", _kid, StringComparison.Ordinal), _claims)));

    public static TheoryData<string, string, string> Claims => new()
    {
        { "\"aud\":\"writ\"", "\"aud\":[\"writ\"]", "" },
        { "\"aud\":\"writ\"", "\"aud\":[\"writ\",\"other\"]", "token.audience" },
        { "\"aud\":\"writ\"", "\"aud\":\"Writ\"", "token.audience" },
        { "\"aud\":\"writ\"", "\"aud\":[]", "token.audience" },
        { "\"aud\":\"writ\"", "\"aud\":{\"writ\":1}", "token.audience" },
        { "\"aud\":\"writ\",", "", "token.audience" },
        { "https://ci.test", "https://ci.test/", "token.issuer" },
        { "https://ci.test", "https://CI.test", "token.issuer" },
        { "\"iss\":\"https://ci.test\"", "\"iss\":[\"https://ci.test\"]", "token.issuer" },
        { "\"iss\":\"https://ci.test\",", "", "token.issuer" },
        { "\"sub\":\"repo:acme/shop\"", "\"sub\":\"\"", "token.subject" },
        { "\"sub\":\"repo:acme/shop\",", "", "token.subject" },
        { $"\"exp\":{At(10)}", "\"exp\":\"soon\"", "token.expiry" },
        { $"\"exp\":{At(10)}", "\"exp\":1e300", "token.expiry" },
        { $"\"exp\":{At(10)}", $"\"exp\":{At(-10)}", "token.expired" },
        { $"\"exp\":{At(10)}", $"\"exp\":{At(16)}", "token.life" },
        { $"\"exp\":{At(10)},", "", "token.expiry" },
        { $"\"iat\":{At(0)},\"nbf\":{At(0)}", $"\"iat\":{At(-6)},\"nbf\":{At(0)}", "token.life" },
        { $"\"iat\":{At(0)}", $"\"iat\":{At(2)}", "token.not-yet" },
        { $"\"nbf\":{At(0)}", $"\"nbf\":{At(2)}", "token.not-yet" },
        { $"\"nbf\":{At(0)}", "\"nbf\":\"0\"", "token.not-yet" },
        { $"\"iat\":{At(0)},\"nbf\":{At(0)},", "", "token.expiry" },
        { "\"jti\":\"one\"", "\"jti\":7", "token.malformed" },
        { "\"jti\":\"one\"", "\"jti\":\"\"", "token.malformed" },
        { "\"jti\":\"one\"", "\"jti\":\"one\",\"jti\":\"two\"", "token.malformed" },
        { "\"repository\":", "\"aud\":\"writ\",\"repository\":", "token.malformed" },
        { "\"repository\":", "\"deep\":DEEP,\"repository\":", "token.malformed" },
        { "\"repository\":", "\"long\":\"LONG\",\"repository\":", "token.malformed" },
    };

    [Theory]
    [MemberData(nameof(Claims))]
    public void Claims_hold_or_nobody_is_let_in(string from, string to, string code)
    {
        Assert.Contains(from, _claims, StringComparison.Ordinal);
        var claims = _claims.Replace(from, to, StringComparison.Ordinal)
            .Replace("DEEP", new string('[', 40) + new string(']', 40), StringComparison.Ordinal)
            .Replace("LONG", new string('x', 20_000), StringComparison.Ordinal);
        Assert.Equal(code, Code(ForeignGiven.Signed($$"""{"alg":"ES256","kid":"{{_kid}}"}""", claims)));
    }

    [Fact]
    public void A_signature_is_of_this_issuers_key_over_these_bytes()
    {
        var token = Good();
        Assert.Equal("", Code(token));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal("token.signature", Code(ForeignGiven.Signed(
            $$"""{"alg":"ES256","kid":"{{_kid}}"}""", _claims, other)));
        // HS256 with the public key as the secret, under each name that some library took.
        foreach (var alg in (string[])["HS256", "ES256"])
        {
            var content = $"{Text($$"""{"alg":"{{alg}}","kid":"{{_kid}}"}""")}.{Text(_claims)}";
            var mac = HMACSHA256.HashData(
                ForeignGiven.Ec.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(content));
            Assert.StartsWith("token.", Code($"{content}.{Base64Url.EncodeToString(mac)}"), StringComparison.Ordinal);
        }
        var parts = token.Split('.');
        Assert.Equal("token.malformed", Code($"{parts[0]}.{parts[1]}."));
        Assert.Equal("token.signature", Code($"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(new byte[64])}"));
        Assert.Equal("token.malformed", Code(parts[0] + "." + parts[1] + "." + parts[2] + "." + parts[2]));
        Assert.Equal("token.malformed", Code(new string('a', CompactToken.LengthMax + 1)));
    }

    // ECDSA: whoever has (r, s) has (r, n - s) too, and it verifies as well.
    [Fact]
    public void The_other_signature_of_the_same_content_is_no_other_token()
    {
        var token = Good();
        var parts = token.Split('.');
        var signature = Base64Url.DecodeFromChars(parts[2]);
        var order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        var s = new System.Numerics.BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true);
        var other = new System.Numerics.BigInteger(order, isUnsigned: true, isBigEndian: true) - s;
        var twin = other.ToByteArray(isUnsigned: true, isBigEndian: true);
        var text = $"{parts[0]}.{parts[1]}."
            + Base64Url.EncodeToString([.. signature[..32], .. new byte[32 - twin.Length], .. twin]);
        Assert.NotEqual(token, text);
        Assert.Equal("", Code(text));
        Assert.Equal(Believed(token).ReplayKey, Believed(text).ReplayKey);
        var without = _claims.Replace("\"jti\":\"one\",", "", StringComparison.Ordinal);
        var header = $$"""{"alg":"ES256","kid":"{{_kid}}"}""";
        Assert.Equal(
            CompactToken.Parse(text).Token!.ContentDigest, CompactToken.Parse(token).Token!.ContentDigest);
        Assert.NotEqual(Believed(token).ReplayKey, Believed(ForeignGiven.Signed(header, without)).ReplayKey);
    }

    [Fact]
    public void A_partners_token_is_of_its_own_trust_domain()
    {
        var rules = ForeignGiven.Workloads;
        string Spiffe(string sub) => ForeignGiven.Signed(
            $$"""{"alg":"ES256","kid":"{{_kid}}","typ":"JOSE"}""",
            $$"""{"sub":"{{sub}}","aud":"writ","exp":{{At(5)}}}""");
        Assert.Equal("", Code(Spiffe("spiffe://partner.test/bot"), rules));
        Assert.Equal("token.subject", Code(Spiffe("spiffe://realm.writ.test/bot"), rules));
        Assert.Equal("token.subject", Code(Spiffe("spiffe://partner.test"), rules));
        Assert.Equal("token.subject", Code(Spiffe("spiffe://partner.test/../bot"), rules));
        // A domain's token is not taken for the build service's, although the same key signs both here.
        Assert.Equal("token.issuer", Code(Spiffe("spiffe://partner.test/bot"), ForeignGiven.Build with
        {
            Algorithms = ["ES256"],
        }) is "token.header" or "token.issuer" ? "token.issuer" : "taken");
        var (token, _) = CompactToken.Parse(Spiffe("spiffe://partner.test/bot"));
        Assert.Equal("partner", TrustedIssuers.Of([ForeignGiven.Build, ForeignGiven.Workloads], token!)?.Id);
    }

    [Fact]
    public void Claims_that_count_are_texts_that_admissions_name()
    {
        var claims = JsonDocument.Parse("""
            {"repository":"acme/shop","ref":["refs/heads/main"],"environment":true,"actor":"eve",
             "kubernetes.io":{"namespace":"ops","serviceaccount":{"name":"runner","uid":"u"},"pod":{"name":"p"}},
             "namespace":"kube-system","serviceaccount":"admin"}
            """).RootElement;
        Assert.Equal(
            [new("environment", "true"), new("repository", "acme/shop")],
            ForeignClaims.Of(ForeignGiven.Build, claims));
        // What stands beside is not what the cluster says.
        Assert.Equal(
            [new("namespace", "ops"), new("serviceaccount", "runner")],
            ForeignClaims.Of(ForeignGiven.Pods, claims));
    }

    static string Good() => ForeignGiven.Signed($$"""{"alg":"ES256","kid":"{{_kid}}"}""", _claims);

    static BelievedToken Believed(string text) => ForeignToken.Validate(
        CompactToken.Parse(text).Token!, ForeignGiven.Build.Rules(), ForeignGiven.Build.Pinned()!, _now).Believed!;

    static string Code(string text, TrustedIssuer? issuer = null)
    {
        issuer ??= ForeignGiven.Build;
        var (token, malformed) = CompactToken.Parse(text);
        return token is null
            ? malformed!.Code
            : ForeignToken.Validate(token, issuer.Rules(), issuer.Pinned()!, _now).Problem?.Code ?? "";
    }

    static long At(int minutes) => World.Start.AddMinutes(minutes).ToUnixTimeSeconds();

    static string Text(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
