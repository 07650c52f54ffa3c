using System.Collections.Immutable;
using Writ.Approvals;
using Writ.Identity;
using Writ.Kills;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Tests.Foreign;

namespace Writ.Tests.Realms;

/// <summary>What a provider's word is not worth.</summary>
static class SignInRefusals
{
    static readonly SignInProvider _provider = new(
        "https://idp.test", "writ", ["ES256"],
        [
            new(new PersonId("alice"), "sub-alice"), new(new PersonId("bob"), "sub-bob"),
            new(new PersonId("carol"), "sub-carol"),
        ],
        [new(new TeamId("sre"), "oncall")], "groups", ForeignGiven.Keys, KeysUrl: null, StepUp: true, Acr: "phr");

    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("person.no-provider", w => w.Refuses(SignIn(w), World.Host)),
        // Nobody brings a provider's word along; the control plane looks for itself.
        new("foreign.not-issuer", _ => Realm() is var w ? w.Refuses(SignIn(w), new Actor.Nobody()) : ""),
        new("foreign.not-issuer", _ => Realm() is var w ? w.Refuses(SignIn(w), World.Agent) : ""),
        new("person.bad-login", _ => Signed(m => m with { Login = new LoginId("No Id") })),
        new("person.login-replayed", _ =>
        {
            var world = Realm();
            world.Must(SignIn(world), World.Host);
            return world.Refuses(SignIn(world), World.Host);
        }),
        new("person.malformed", _ => Evident(e => e with { Nonce = new string('n', 600) })),
        new("person.malformed", _ => Evident(e => e with { Groups = default })),
        new("token.signature", _ => Evident(e => e with { Problem = new Refusal("token.signature", "No.") })),
        new("person.stale-sign-in", _ => Evident(e => e with { IssuedAt = World.Start.AddMinutes(-6) })),
        new("person.stale-sign-in", _ => Evident(e => e with { ExpiresAt = World.Start })),
        new("person.stale-sign-in", _ => Evident(e => e with { Subject = null })),
        new("person.stale-sign-in", _ => Evident(e => e with { Key = null })),
        // A token of the provider's that was for something else: another login, another token, another client.
        new("person.other-sign-in", _ => Evident(e => e with { Nonce = "another" })),
        new("person.other-sign-in", _ => Signed(m => m with { TokenDigest = Signatures.Sha256("the thief's") })),
        new("person.other-sign-in", _ => Signed(m => m with { ExpiresAt = m.ExpiresAt.AddMinutes(1) })),
        new("person.bad-expiry", _ => Lasting(TimeSpan.FromHours(13))),
        new("person.bad-expiry", _ => Lasting(TimeSpan.Zero)),
        new("person.unknown-subject", _ => Evident(e => e with { Subject = "sub-mallory" })),
        // The subject that is named is exactly one; letters count.
        new("person.unknown-subject", _ => Evident(e => e with { Subject = "Sub-bob" })),
        new("person.offboarded", _ =>
        {
            var world = Realm();
            world.Must(new PersonMove.Offboard(new PersonId("bob"), ""), world.As("alice"));
            return world.Refuses(SignIn(world), World.Host);
        }),
        new("person.key-needed", _ => Governs(_ => new PersonMove.Invite(
            new PersonId("dave"), "sha256:x", World.Start.AddHours(1)))),
        new("person.key-needed", _ => Governs(_ => new PersonMove.Offboard(new PersonId("dave"), ""))),
        new("person.key-needed", _ => Governs(_ => new KillMove.Resume(new Scope(ScopeKind.Realm, ""), ""))),
        new("person.key-needed", _ => Governs(_ => new IdentityMove.Rotate("lost"))),
        new("person.no-provider", w => Approving(w, "bob", (_, e) => e)),
        new("approval.step-up", _ => Approving(Realm(), "bob", (_, _) => null)),
        new("approval.other-step-up", _ => Approving(Realm(), "bob", (_, e) => e with { Nonce = "another" })),
        // A sign-in for the refusal, or for another reason, is none for this.
        new("approval.other-step-up", _ => Approving(Realm(), "bob", (d, e) => e with
            { Nonce = Digests.Jose((d with { Reason = "other" }).Render()) })),
        new("approval.other-person", _ => Approving(Realm(), "bob", (_, e) => e with { Subject = "sub-carol" })),
        new("approval.step-up-stale", _ => Approving(Realm(), "bob", (_, e) => e with { AuthenticatedAt = null })),
        new("approval.step-up-stale", _ => Approving(
            Realm(), "bob", (_, e) => e with { AuthenticatedAt = World.Start.AddMinutes(-6) })),
        new("approval.step-up-stale", _ => Approving(
            Realm(), "bob", (_, e) => e with { AuthenticatedAt = World.Start.AddMinutes(6) })),
        new("approval.step-up-weak", _ => Approving(Realm(), "bob", (_, e) => e with { Acr = "pwd" })),
        new("approval.not-in-group", _ => Approving(Realm(), "bob", (_, e) => e with { Groups = [] })),
        new("person.malformed", _ => Approving(
            Realm(), "bob", (_, e) => e with { Problem = new Refusal("made.up", "") })),
        // However fresh the sign-in, the signature is what approves.
        new("approval.bad-signature", _ =>
        {
            var world = Realm();
            var (request, move) = Disposition(world, "bob", (_, e) => e);
            return world.Refuses(
                move with { Signature = world.Disposition(request, "carol").Signature }, world.As("bob"));
        }),
        new("realm.bad-sign-in", _ => Declared(p => p with { Issuer = "http://idp.test" })),
        new("realm.bad-sign-in", _ => Declared(p => p with { ClientId = "" })),
        new("realm.bad-sign-in", _ => Declared(p => p with { Algorithms = ["HS256"] })),
        new("realm.bad-sign-in", _ => Declared(p => p with { Keys = null })),
        new("realm.bad-sign-in", _ => Declared(p => p with { Keys = null, KeysUrl = "http://idp.test/k" })),
        new("realm.bad-sign-in", _ => Declared(p => p with { People = [] })),
        new("realm.bad-sign-in", _ => Declared(p => p with { People = [new(new PersonId("ghost"), "x")] })),
        new("realm.bad-sign-in", _ => Declared(
            p => p with { People = [p.People[0], p.People[1] with { Subject = p.People[0].Subject }] })),
        new("realm.bad-sign-in", _ => Declared(p => p with { Groups = [new(new TeamId("ghost"), "x")] })),
    ];

    public static World Realm() => World.WithEverybody(d => ForeignGiven.With(d) with { SignIn = _provider });

    /// <summary>A sign-in of bob's for the login that it is put into.</summary>
    public static PersonMove.SignIn SignIn(World world, TimeSpan? life = null)
    {
        var document = new SignInDocument(
            world.State.Origin, new LoginId("log-provider"), Signatures.Sha256("bob's"), world.Now,
            world.Now + (life ?? TimeSpan.FromHours(8)));
        return new PersonMove.SignIn(
            document.Login, document.TokenDigest, document.IssuedAt, document.ExpiresAt,
            Evidence(world, "bob", document.Nonce()));
    }

    public static ProviderEvidence Evidence(World world, string person, string nonce) => new(
        "sha256:x", $"sub-{person}", nonce, world.Now, world.Now.AddMinutes(5), world.Now, "phr", ["oncall"], "key");

    public static (Request Request, ApprovalMove.Dispose Move) Disposition(
        World world, string person, Func<ApprovalDocument, ProviderEvidence, ProviderEvidence?> change)
    {
        var request = world.Submit(world.OpenSession(), "terraform", "apply");
        var move = world.Disposition(request, person);
        var document = new ApprovalDocument(
            world.State.Origin, request.Id, move.RequestDigest, move.PolicyDigest, move.Earlier, move.Person,
            move.Approves, move.Reason, move.ExpiresAt);
        return (request, move with
        {
            StepUp = change(document, Evidence(world, person, Digests.Jose(document.Render()))),
        });
    }

    static string Approving(
        World world, string person, Func<ApprovalDocument, ProviderEvidence, ProviderEvidence?> change) =>
        world.Refuses(Disposition(world, person, change).Move, world.As(person));

    static string Signed(Func<PersonMove.SignIn, PersonMove.SignIn> change) =>
        Realm() is var world ? world.Refuses(change(SignIn(world)), World.Host) : "";

    static string Evident(Func<ProviderEvidence, ProviderEvidence> change) =>
        Signed(m => m with { Evidence = change(m.Evidence) });

    static string Lasting(TimeSpan life) =>
        Realm() is var world ? world.Refuses(SignIn(world, life), World.Host) : "";

    static string Governs(Func<World, Move> move)
    {
        var world = Realm();
        world.Must(SignIn(world), World.Host);
        return world.Refuses(move(world), new Actor.Person(new PersonId("bob"), new LoginId("log-provider")));
    }

    static string Declared(Func<SignInProvider, SignInProvider> change) => Registry.From(
        Given.Document with { SignIn = change(_provider) }, []).Faults.Select(f => f.Code).FirstOrDefault()
        ?? "accepted";
}
