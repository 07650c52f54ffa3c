using System.Text.Json;
using Writ.Approvals;
using Writ.Identity;
using Writ.Kills;
using Writ.People;
using Writ.Requests;
using Writ.Sessions;
using Writ.Tests.Realms;

namespace Writ.Tests.Foreign;

/// <summary>What a provider's word is worth, and that an approval is still proven by the ledger alone.</summary>
public sealed class SignInTests
{
    [Fact]
    public void A_sign_in_reads_opens_and_stops()
    {
        var world = SignInRefusals.Realm();
        world.Must(SignInRefusals.SignIn(world), World.Host);
        var bob = new Actor.Person(new PersonId("bob"), new LoginId("log-provider"));
        world.Must(new SessionMove.Open(Given.Terms(new SessionId("session-x"), "release-prod")), bob);
        world.Must(new KillMove.Order(new KillId("kill-x"), new Scope(ScopeKind.Session, "session-x"), ""), bob);
        world.Must(new PersonMove.LogOut(bob.Login), bob);
        Assert.DoesNotContain(bob.Login, world.State.Logins.Keys);
    }

    [Fact]
    public void An_approval_with_a_step_up_is_the_signature_with_evidence_beside_it()
    {
        var world = SignInRefusals.Realm();
        var (request, move) = SignInRefusals.Disposition(world, "bob", (_, e) => e);
        world.Must(move, world.As("bob"));
        Assert.IsType<RequestState.Ready>(world.StateOf(request));
        world.Order(request);
        // Whoever has the ledger and bob's key needs nobody else: what the provider said is digested in one nonce.
        var document = new ApprovalDocument(
            world.State.Origin, request.Id, move.RequestDigest, move.PolicyDigest, move.Earlier, move.Person,
            move.Approves, move.Reason, move.ExpiresAt).Render();
        Assert.True(Signatures.Verify(world.State.Keys[move.Person].Spki, document, move.Signature));
        Assert.Equal(Digests.Jose(document), move.StepUp!.Nonce);
    }

    [Fact]
    public void A_refusal_needs_no_sign_in()
    {
        var world = SignInRefusals.Realm();
        var request = world.Submit(world.OpenSession(), "terraform", "apply");
        world.Dispose(request, "bob", approves: false);
        Assert.Equal("approval.refused", world.ClosedBy(request));
    }

    // Whoever the provider has in the group is no member of the team by that.
    [Fact]
    public void A_group_takes_away_and_never_adds()
    {
        var world = SignInRefusals.Realm();
        var dave = SignInRefusals.Evidence(world, "dave", "x");
        Assert.Equal(["oncall"], dave.Groups);
        var (request, move) = SignInRefusals.Disposition(world, "dave", (_, _) => dave);
        Assert.Equal("approval.not-asked", world.Refuses(move, world.As("dave")));
        Assert.IsType<RequestState.Waiting>(world.StateOf(request));
    }

    [Fact]
    public void What_is_kept_of_a_token_is_what_the_realm_names()
    {
        var provider = new SignInProvider(
            "https://idp.test", "writ", ["RS256"], [],
            [new(new TeamId("sre"), "oncall"), new(new TeamId("security"), "sec")]);
        var claims = JsonDocument.Parse("""
            {"sub":"s","nonce":"n","auth_time":1700000000,"acr":"phr","email":"secret@example.org",
             "groups":["sec","hr-layoffs",7,"sec"]}
            """).RootElement;
        var evidence = provider.Evidence("sha256:x", new BelievedToken(
            claims, World.Start, World.Start.AddMinutes(1), "r", "k"));
        Assert.Equal(["sec"], evidence.Groups);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), evidence.AuthenticatedAt);
        Assert.Equal(("s", "n", "phr"), (evidence.Subject, evidence.Nonce, evidence.Acr));
        var none = provider.Evidence("sha256:x", new BelievedToken(
            JsonDocument.Parse("""{"sub":7,"auth_time":"now","groups":"sec"}""").RootElement, World.Start,
            World.Start, "r", "k"));
        Assert.Equal((null, null), (none.Subject, none.AuthenticatedAt));
        Assert.Empty(none.Groups);
    }
}
