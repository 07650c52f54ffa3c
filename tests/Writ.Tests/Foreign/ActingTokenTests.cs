using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Writ.Identity;

namespace Writ.Tests.Foreign;

/// <summary>The tokens that are given for others: what they say, and that nothing else is taken for one.</summary>
public sealed class ActingTokenTests
{
    static readonly DateTimeOffset _now = World.Start;
    static readonly TokenSigningKey _key = ForeignGiven.Signer;

    static readonly ActingTokenClaims _claims = new(
        "https://writ.test", "person/carol", ["spiffe://a.test/agent/third", "spiffe://a.test/agent/claude"],
        "https://writ.test", _now, _now.AddMinutes(5), "pass-1", ForeignGiven.Thumbprint);

    [Fact]
    public void Whoever_acts_stands_outside_and_through_whom_it_came_inside()
    {
        var token = ActingToken.Issue(_key, _claims);
        Assert.Equal(("pass-1", ForeignGiven.Thumbprint, null), Validate(token));
        var said = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1])).RootElement;
        Assert.Equal("person/carol", said.GetProperty("sub").GetString());
        Assert.Equal("spiffe://a.test/agent/third", said.GetProperty("act").GetProperty("sub").GetString());
        Assert.Equal(
            "spiffe://a.test/agent/claude",
            said.GetProperty("act").GetProperty("act").GetProperty("sub").GetString());
        Assert.Equal(ForeignGiven.Thumbprint, said.GetProperty("cnf").GetProperty("jkt").GetString());
    }

    [Theory]
    [InlineData("https://writ.test", "other", 1, "token.audience")]
    [InlineData("https://other.test", "https://writ.test", 1, "token.issuer")]
    [InlineData("https://writ.test", "https://writ.test", 5, "token.expired")]
    [InlineData("https://writ.test", "https://writ.test", -1, "token.not-yet")]
    public void It_is_for_one_place_and_some_minutes(string issuer, string audience, int minutes, string code) =>
        Assert.Equal(code, ActingToken.Validate(
            ActingToken.Issue(_key, _claims), issuer, audience, [_key.Public], _now.AddMinutes(minutes)).Problem?.Code);

    // The same key signs both kinds; each has its own type, so neither passes for the other.
    [Fact]
    public void An_svid_is_no_access_token_and_an_access_token_no_svid()
    {
        var domain = TrustDomain.Parse("a.test")!.Value;
        var svid = JwtSvid.Issue(_key, new JwtSvidClaims(
            "https://writ.test", SpiffeId.Of(domain, "agent", "claude")!, ["https://writ.test"], _now,
            _now.AddMinutes(5), "pass-1", [("cnf", "x")]));
        Assert.Equal("token.header", Validate(svid).Problem?.Code);
        var bundles = new Dictionary<TrustDomain, TrustBundle>
        {
            [domain] = new(domain, 1, TimeSpan.FromMinutes(5), [], [_key.Public]),
        };
        Assert.Equal("token.header", JwtSvid.Validate(
            ActingToken.Issue(_key, _claims), "https://writ.test", bundles, _now).Problem?.Code);
    }

    [Fact]
    public void A_token_that_is_bound_to_nothing_is_none()
    {
        var claims = $$"""
            {"iss":"https://writ.test","sub":"x","aud":"https://writ.test","exp":{{_now.AddMinutes(5).ToUnixTimeSeconds()}},"jti":"pass-1"}
            """;
        var token = ForeignGiven.Signed($$"""{"alg":"ES256","kid":"{{_key.Kid}}","typ":"at+jwt"}""", claims);
        Assert.Equal("token.malformed", Validate(token).Problem?.Code);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal("token.signature", Validate(ForeignGiven.Signed(
            $$"""{"alg":"ES256","kid":"{{_key.Kid}}","typ":"at+jwt"}""", claims, other)).Problem?.Code);
        Assert.Equal("token.malformed", Validate(Encoding.UTF8.GetString([1, 2, 3])).Problem?.Code);
    }

    static (string? TokenId, string? Thumbprint, IdentityProblem? Problem) Validate(string token) =>
        ActingToken.Validate(token, "https://writ.test", "https://writ.test", [_key.Public], _now.AddMinutes(1));
}
