using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Writ.Identity;
using Writ.Testing;

namespace Writ.Server.Tests.Foreign;

/// <summary>X.509-SVIDs of another trust domain, each with a proof by dpop that its key is held.</summary>
[Slow]
public sealed class CertificateTests
{
    static readonly TrustDomain _partner = TrustDomain.Parse("partner.test")!.Value;

    [Fact]
    public async Task A_partners_workload_is_let_in_by_its_certificate_and_its_key()
    {
        using var authority = Authority();
        using var other = Authority();
        var bundle = Encoding.UTF8.GetString(new TrustBundle(
            _partner, 1, TimeSpan.FromMinutes(5), [authority.Certificate.RawData], []).ToSpiffe());
        await using var stage = await ForeignStage.Start($$"""
              - id: partner
                kind: spiffe
                issuer: partner.test
                audience: writ
                lifeMinutes: 60
                keys: '{{bundle}}'
                admits:
                  - {agent: coder, sponsor: ada, where: ["id=spiffe://partner.test/bot"]}

            """);
        var key = PublicKey.CreateFromSubjectPublicKeyInfo(
            Convert.FromBase64String((string)(await stage.Caller.Do("spki"))["spki"]!), out _);
        string Svid(X509Authority by, string id, int minutes = 30, int from = -1) => Issued(by, id, key, from, minutes);

        var good = Svid(authority, "spiffe://partner.test/bot");
        var answer = await stage.ExchangeCertificate(good);
        Assert.True((int)answer["status"]! == 200, answer["body"]!.ToJsonString());
        await stage.Open((string)answer["body"]!["access_token"]!, environment: "staging");
        // It is no secret and may come again, with its key.
        Assert.Equal(200, (int)(await stage.ExchangeCertificate(good))["status"]!);

        await Refused("token.not-held", stage.ExchangeCertificate(good, "thief"));
        await Refused("dpop.invalid", stage.ExchangeCertificate(good, proof: new JsonObject { ["omit"] = true }));
        await Refused("foreign.not-admitted", stage.ExchangeCertificate(Svid(authority, "spiffe://partner.test/bots")));
        await Refused("token.signature", stage.ExchangeCertificate(Svid(other, "spiffe://partner.test/bot")));
        await Refused(
            "token.signature", stage.ExchangeCertificate(Svid(authority, "spiffe://partner.test/bot", -5, -9)));
        await Refused("token.life", stage.ExchangeCertificate(Svid(authority, "spiffe://partner.test/bot", 120)));
        await Refused(
            "foreign.unknown-issuer", stage.ExchangeCertificate(Svid(authority, "spiffe://stranger.test/bot")));
        await Refused(
            "foreign.unknown-issuer", stage.ExchangeCertificate(authority.Certificate.ExportCertificatePem()));
        await Refused("foreign.unknown-issuer", stage.ExchangeCertificate("no certificate"));
        // One kind of credential is never read as the other.
        await Refused("token.malformed", stage.Exchange(good));
        await Refused("foreign.unknown-issuer", stage.ExchangeCertificate(await stage.Token()));
    }

    static async Task Refused(string code, Task<JsonObject> sending) =>
        Assert.Equal(code, (string?)(await sending)["body"]!["code"]);

    static string Issued(X509Authority by, string id, PublicKey key, int from, int to)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var svid = X509Svid.Issue(
            by, SpiffeId.Parse(id)!, key, now.AddMinutes(from), now.AddMinutes(to), RandomNumberGenerator.GetBytes(16));
        return svid.ExportCertificatePem();
    }

    static X509Authority Authority()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new X509Authority(
            X509Svid.Authority(
                _partner, "root", key, now.AddHours(-1), now.AddHours(9), RandomNumberGenerator.GetBytes(16)), key);
    }
}
