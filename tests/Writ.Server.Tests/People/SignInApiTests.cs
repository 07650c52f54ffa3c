using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Writ.Approvals;
using Writ.Identity;
using Writ.People;
using Writ.Server.Endpoints;
using Writ.Wire;

namespace Writ.Server.Tests.PeoplePath;

/// <summary>What a provider's word opens, and what it does not.</summary>
public sealed class SignInApiTests : IDisposable
{
    const string Issuer = "https://idp.test";

    readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    readonly TokenSigningKey _provider;

    public SignInApiTests() => _provider = new TokenSigningKey(_ec);

    public void Dispose() => _provider.Dispose();

    string Document(string further)
    {
        var point = _ec.ExportParameters(includePrivateParameters: false).Q;
        var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        return PeopleRealm.Document + $$"""

            signIn:
              issuer: {{Issuer}}
              clientId: writ
              algorithms: [ES256]
              keys: '{"keys":[{"kty":"EC","crv":"P-256","kid":"{{_provider.Kid}}","x":"{{x}}","y":"{{y}}"}]}'
              people: [ada=sub-ada, bob=sub-bob]
            {{further}}
            """;
    }

    async Task<(PeopleRealm Realm, Someone Ada, Someone Bob)> Start(string further)
    {
        var realm = await PeopleRealm.Start();
        var ada = await realm.Founder();
        await ada.Apply(PeopleRealm.Files(Document(further)));
        return (realm, ada, await realm.Join(ada, "bob"));
    }

    string IdToken(string person, string nonce, params string[] groups)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return CompactToken.Sign(_provider, JsonSerializer.SerializeToUtf8Bytes(new
        {
            iss = Issuer,
            aud = "writ",
            sub = $"sub-{person}",
            nonce,
            iat = now,
            exp = now + 300,
            auth_time = now,
            groups,
        }));
    }

    [Fact]
    public async Task A_login_by_the_provider_reads_and_governs_nothing()
    {
        var (realm, ada, _) = await Start("");
        await using var _ = realm;
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var document = new SignInDocument(
            ada.Origin, new LoginId("log-provider"), Signatures.Sha256(token), ada.Now, ada.Now.AddHours(8));
        var answer = await Someone.Read(await ada.Post("/v1/logins/provider", new SignInRequest(
            document.Login, document.TokenDigest, document.IssuedAt, document.ExpiresAt,
            IdToken("ada", document.Nonce())), ApiJson.Default.SignInRequest), ApiJson.Default.SignInAnswer);
        Assert.Equal(ada.Id, answer.Person);
        ada.Bearer = $"{document.Login}.{token}";
        Someone.Must(await ada.Send(HttpMethod.Get, "/v1/document"));
        foreach (var line in AuthorizationTable.Lines.Where(l => l.Who == Who.Governance))
            Assert.Equal("person.key-needed", await Someone.CodeOf(ada.Send(
                new HttpMethod(line.Method), line.Route.Replace("{id}", "x", StringComparison.Ordinal))));
        Assert.Equal("person.key-needed", await Someone.CodeOf(ada.Post(
            "/v1/leases/authorities/web", new AuthorityRequest(AuthorityKind.Ssh),
            ApiJson.Default.AuthorityRequest)));
    }

    // Whoever would count for a team only while the provider has them in a group has to show that it does.
    [Fact]
    public async Task A_group_takes_away_also_where_nobody_shows_what_the_provider_says()
    {
        var (realm, ada, bob) = await Start("  groups: [sre=oncall]");
        await using var _ = realm;
        PeopleRealm.Accepted(await realm.Ask(await ada.Open(), "req-1", "ls", "-l"));
        Assert.True((await ada.Get("/v1/sign-in", ApiJson.Default.SignInView)).StepUp);
        var view = await bob.Look("req-1");
        Assert.Equal("approval.step-up", await Someone.CodeOf(bob.TryDispose(view)));
        Assert.Equal("approval.not-in-group", await Someone.CodeOf(bob.TryDispose(
            view, evidence: d => IdToken("bob", Digests.Jose(d.Render()), "elsewhere"))));
        Someone.Must(await bob.TryDispose(view, evidence: d => IdToken("bob", Digests.Jose(d.Render()), "oncall")));
        // Nobody has to show anything to say no.
        PeopleRealm.Accepted(await realm.Ask(await ada.Open(), "req-2", "ls", "-l"));
        Someone.Must(await bob.TryDispose(await bob.Look("req-2"), approves: false));
    }
}
