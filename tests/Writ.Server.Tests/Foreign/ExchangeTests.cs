using System.Text.Json.Nodes;
using Writ.Foreign;
using Writ.Identity;
using Writ.People;
using Writ.Server.Storage;
using Writ.Server.Tests.PeoplePath;
using Writ.Testing;
using Writ.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace Writ.Server.Tests.Foreign;

/// <summary>Tokens by jose and proofs by dpop, against a whole daemon and an issuer's keys by https.</summary>
[Slow]
public sealed class ExchangeTests : IAsyncLifetime
{
    ForeignStage _stage = null!;

    public async ValueTask InitializeAsync() => _stage = await ForeignStage.Start();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task A_job_is_let_in_as_its_agent_for_whoever_sponsors_it()
    {
        var answer = await _stage.Exchange(await _stage.Token());
        var body = answer["body"]!;
        Assert.Equal(200, (int)answer["status"]!);
        Assert.Equal("DPoP", (string)body["token_type"]!);
        Assert.Equal("urn:ietf:params:oauth:token-type:access_token", (string)body["issued_token_type"]!);
        Assert.InRange((int)body["expires_in"]!, 200, 600);
        var entry = Entries().Single(e => e.Data.Move is ForeignMove.Exchange);
        var move = (ForeignMove.Exchange)entry.Data.Move;
        Assert.Equal(
            (string)(await _stage.Caller.Do("thumbprint"))["thumbprint"]!, move.Thumbprint);
        Assert.Equal(
            [new ClaimCondition("environment", "prod"), new("ref", "refs/heads/main"), new("repository", "acme/shop")],
            move.Actor.Claims);
        var exchanged = Assert.IsType<ForeignEvent.Exchanged>(Assert.Single(entry.Data.Events!.Value));
        Assert.Equal(new PersonId("ada"), exchanged.Principal);
        Assert.Equal([new ChainLink(new AgentId("coder"), new PersonId("ada"), "ci")], exchanged.Chain);
    }

    [Fact]
    public async Task Every_attack_is_refused_and_recorded_without_the_token()
    {
        var expected = new Dictionary<string, string>
        {
            ["none"] = "token.malformed",
            ["none with a kid"] = "token.malformed",
            ["HS256 with the public key"] = "token.algorithm",
            ["RS256 in name and HS256 in deed"] = "token.signature",
            ["an algorithm beside the list"] = "token.algorithm",
            ["an own key in the header"] = "token.header",
            ["an own key by address"] = "token.header",
            ["an own key by certificate"] = "token.header",
            ["another's key under the issuer's name"] = "token.signature",
            ["a kid that is a path"] = "token.signature",
            ["a kid that is a query"] = "token.signature",
            ["no kid and an own key"] = "token.signature",
            ["an access token"] = "token.header",
            ["a proof"] = "token.header",
            ["a token in a token"] = "token.header",
            ["encrypted"] = "token.malformed",
            ["a member twice"] = "token.malformed",
            ["a member twice, spelled twice"] = "token.malformed",
            ["huge"] = "token.malformed",
            ["deep"] = "token.malformed",
            ["critical names"] = "token.header",
            ["another issuer"] = "foreign.unknown-issuer",
            ["another audience"] = "token.audience",
            ["more audiences"] = "token.audience",
            ["over"] = "token.expired",
            ["not yet"] = "token.not-yet",
            ["for ever"] = "token.life",
            ["without an end"] = "token.expiry",
            ["without a beginning"] = "token.expiry",
            ["another repository"] = "foreign.not-admitted",
            ["another case"] = "foreign.not-admitted",
            ["a pull request"] = "foreign.not-admitted",
            ["a list for a text"] = "foreign.not-admitted",
        };
        var attacks = await _stage.Caller.Do("attacks", new JsonObject { ["claims"] = ForeignStage.Claims() });
        Assert.Equal(expected.Keys.Order(), attacks.Select(a => a.Key).Order());
        foreach (var (name, token) in attacks)
        {
            var before = Entries().Count;
            var answer = await _stage.Exchange((string)token!);
            Assert.True(expected[name] == (string?)answer["body"]!["code"], $"{name}: {answer["body"]}");
            Assert.Equal(400, (int)answer["status"]!);
            // One entry for each, with its digest and its code.
            var entry = Assert.Single(Entries().Skip(before));
            Assert.Equal(expected[name], entry.Data.Refusal?.Code);
            Assert.Equal(Digests.Of((string)token!), ((ForeignMove.Exchange)entry.Data.Move).Actor.Digest);
        }
        var ledger = string.Concat(Entries().Select(e => System.Text.Encoding.UTF8.GetString(e.ToBytes().Span)));
        foreach (var (_, token) in attacks)
            foreach (var part in ((string)token!).Split('.').Where(p => p.Length > 20))
                Assert.DoesNotContain(part, ledger, StringComparison.Ordinal);
        Assert.Equal(200, (int)(await _stage.Exchange(await _stage.Token()))["status"]!);
    }

    [Fact]
    public async Task A_token_counts_once_even_after_a_restart_of_the_state()
    {
        var token = await _stage.Token();
        Assert.Equal(200, (int)(await _stage.Exchange(token))["status"]!);
        Assert.Equal("foreign.replayed", (string)(await _stage.Exchange(token))["body"]!["code"]!);
        Assert.Equal("foreign.replayed", (string)(await _stage.Exchange(token, "thief"))["body"]!["code"]!);
        // What is remembered is a fold of the ledger.
        var state = Realms.RealmState.None;
        foreach (var entry in Entries(all: true))
            state = Realms.RealmDecider.Evolve(
                state, entry.Data.Move, entry.Data.Actor, entry.Data.Events ?? [], entry.Time);
        Assert.Equal(_stage.Realm.Actor.State.Foreign.Seen.Count, state.Foreign.Seen.Count);
        Assert.NotEmpty(state.Foreign.Seen);
    }

    [Fact]
    public async Task An_exchange_is_asked_for_as_the_specifications_say()
    {
        var token = await _stage.Token();
        async Task<(string?, string?)> With(Action<JsonObject> change)
        {
            var form = new JsonObject
            {
                ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
                ["subject_token"] = token,
                ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
            };
            change(form);
            var answer = await _stage.Send("/v1/token", form: form);
            Assert.Equal(400, (int)answer["status"]!);
            return ((string?)answer["body"]!["error"], (string?)answer["body"]!["code"]);
        }
        Assert.Equal(("unsupported_grant_type", "api.malformed"), await With(f => f["grant_type"] = "password"));
        Assert.Equal(("invalid_request", "api.malformed"), await With(f => f.Remove("subject_token")));
        Assert.Equal(("invalid_request", "api.malformed"), await With(f => f.Remove("subject_token_type")));
        Assert.Equal(("invalid_request", "api.malformed"), await With(f => f["subject_token_type"] = "saml2"));
        Assert.Equal(("invalid_request", "api.malformed"), await With(f => f["actor_token"] = token));
        Assert.Equal(("invalid_request", "api.malformed"), await With(f => f["actor_token_type"] = "x"));
        Assert.Equal(("invalid_request", "api.malformed"), await With(f => f["requested_token_type"] =
            "urn:ietf:params:oauth:token-type:refresh_token"));
        Assert.Equal(("invalid_target", "token.audience"), await With(f => f["audience"] = "https://other.test"));
        Assert.Equal(("invalid_target", "token.audience"), await With(f => f["resource"] = "https://other.test"));
        Assert.Equal(("invalid_scope", "api.malformed"), await With(f => f["scope"] = "admin"));
        // Nothing of that was a presentation, and the token is as good as before.
        Assert.Equal(200, (int)(await _stage.Exchange(token))["status"]!);
        var json = await _stage.Send("/v1/token", body: new JsonObject { ["subject_token"] = token });
        Assert.Equal("invalid_request", (string)json["body"]!["error"]!);
    }

    [Fact]
    public async Task Without_a_proof_nothing_is_given()
    {
        foreach (var proof in (JsonObject[])
        [
            new() { ["omit"] = true }, new() { ["text"] = "x.y.z" }, new() { ["method"] = "GET" },
            new() { ["url"] = "https://evil.test/v1/token" }, new() { ["token"] = "other" },
        ])
        {
            var answer = await _stage.Exchange(await _stage.Token(), proof: proof);
            Assert.Equal("invalid_dpop_proof", (string)answer["body"]!["error"]!);
            Assert.Equal("dpop.invalid", Entries()[^1].Data.Refusal?.Code);
        }
        // The address that the realm declares is an address of it as well.
        Assert.Equal(200, (int)(await _stage.Exchange(
            await _stage.Token(), proof: new JsonObject { ["url"] = ForeignStage.Api + "/v1/token" }))["status"]!);
    }

    [Fact]
    public async Task An_issuer_is_asked_for_its_keys_seldom_whatever_comes()
    {
        Assert.Equal(200, (int)(await _stage.Exchange(await _stage.Token()))["status"]!);
        Assert.Equal(1, _stage.Keys.Asked);
        for (var turn = 0; turn < 20; turn++)
            await _stage.Exchange((string)(await _stage.Caller.Do("token", new JsonObject
            {
                ["claims"] = ForeignStage.Claims(),
                ["header"] = new JsonObject { ["kid"] = $"new-{turn}" },
            }))["token"]!);
        Assert.Equal(1, _stage.Keys.Asked);
    }

    [Fact]
    public async Task Keys_that_cannot_be_fetched_are_no_keys()
    {
        _stage.Keys.Status = 302;
        Assert.Equal("foreign.no-keys", (string?)(await _stage.Exchange(await _stage.Token()))["body"]!["code"]);
        Assert.Equal(1, _stage.Keys.Asked);
        Assert.Equal("foreign.no-keys", Entries()[^1].Data.Refusal?.Code);
        Assert.Equal("foreign.no-keys", (string?)(await _stage.Exchange(await _stage.Token()))["body"]!["code"]);
        Assert.Equal(1, _stage.Keys.Asked);
    }

    [Fact]
    public async Task Who_answers_leaves_and_the_chain_is_broken_at_once()
    {
        var first = await _stage.Pass();
        var second = (string)(await _stage.HandOn(first, await _stage.Token("acme/deploy"), "second"))["body"]![
            "access_token"]!;
        var chain = Entries()[^1].Data.Events!.Value.OfType<ForeignEvent.Exchanged>().Single().Chain;
        Assert.Equal(["releaser", "coder"], chain.Select(l => l.Agent.Value));
        Assert.Equal(["bob", "ada"], chain.Select(l => l.Sponsor.Value));
        var session = await _stage.Open(second, "second", "staging");
        var view = await _stage.Send($"/v1/remote/sessions/{session}", pass: second, key: "second", method: "GET");
        Assert.Equal("ada", (string)view["body"]!["accountable"]!["sponsor"]!);
        Assert.Equal("Remote", (string)view["body"]!["attested"]!, ignoreCase: true);
        Someone.Must(await _stage.Ada.Post(
            "/v1/people/bob/offboard", new OffboardRequest("left"), ApiJson.Default.OffboardRequest));
        var after = await _stage.Send($"/v1/remote/sessions/{session}", pass: second, key: "second", method: "GET");
        Assert.Equal("pass.no-sponsor", (string)after["body"]!["code"]!);
        Assert.Equal("pass.no-sponsor", ((Sessions.SessionState.Ended)
            _stage.Realm.Actor.State.Sessions[new SessionId(session)]).Code);
        // What was not handed on still stands by itself.
        await _stage.Open(first, environment: "staging");
    }

    [Theory]
    [InlineData("acme/shop", "foreign.may-not-act")]
    [InlineData("acme/other", "foreign.not-admitted")]
    public async Task Only_a_named_agent_acts_for_another(string repository, string code)
    {
        var pass = await _stage.Pass();
        var answer = await _stage.HandOn(pass, await _stage.Token(repository), "second");
        Assert.Equal(code, (string)answer["body"]!["code"]!);
        answer = await _stage.HandOn(pass + "x", await _stage.Token("acme/deploy"), "second");
        Assert.Equal("pass.over", (string)answer["body"]!["code"]!);
        Assert.Equal("pass.over", Entries()[^1].Data.Refusal?.Code);
    }

    List<Entry> Entries(bool all = false)
    {
        var store = _stage.Realm.App.Services.GetRequiredService<ILedgerStore>();
        return
        [
            .. store.Read(0, (int)store.Head.Size).Select(b => Entry.FromBytes(b.Span))
                .Where(e => all || e.Data.Move is ForeignMove),
        ];
    }
}
