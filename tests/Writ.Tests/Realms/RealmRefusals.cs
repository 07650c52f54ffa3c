using System.Collections.Immutable;
using System.Security.Cryptography;
using Writ.Kills;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Tests.Realms;

/// <summary>What the realm, its people and its kill switch refuse.</summary>
static class RealmRefusals
{
    static readonly PersonId Dave = new("dave");

    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("realm.none", _ => new World().Refuses(new RealmMove.Tick(), World.Host)),
        new("realm.exists", w => w.Refuses(Creation(w), World.Host)),
        new("realm.not-host", _ => new World() is var w ? w.Refuses(Creation(w), World.Agent) : ""),
        new("realm.not-host", w => w.Refuses(new RealmMove.Tick(), World.Agent)),
        new("realm.not-host", w => w.Refuses(new RealmMove.RaiseFinding(new Finding("x.y", null, "")), w.As("alice"))),
        new("realm.malformed", _ => new World() is var w ? w.Refuses(Creation(w) with { Origin = "/x" }, World.Host)
            : ""),
        new("realm.malformed", _ => new World() is var w
            ? w.Refuses(Creation(w) with { Founder = Given.Someone("Not An Id") }, World.Host) : ""),
        new("person.bad-expiry", _ => new World() is var w
            ? w.Refuses(Creation(w) with { CodeExpiresAt = w.Now }, World.Host) : ""),
        new("realm.nothing-due", w => w.Refuses(new RealmMove.Tick(), World.Host)),
        new("realm.bad-finding", w => w.Refuses(
            new RealmMove.RaiseFinding(new Finding("x.y", null, new string('x', 5_000))), World.Host)),
        new("realm.clock-backwards", w =>
        {
            w.Now = w.Now.AddDays(-1);
            return w.Refuses(new RealmMove.Tick(), World.Host);
        }),
        new("realm.not-governing", w => w.Refuses(Invitation(w), w.As("carol"))),

        new("person.required", w => w.Refuses(Invitation(w), World.Agent)),
        new("person.required", w => w.Refuses(Invitation(w), World.Host)),
        new("person.required", w => w.Refuses(Invitation(w), new Actor.Nobody())),
        new("person.not-logged-in", w => w.Refuses(Invitation(w), new Actor.Person(new PersonId("alice"),
            new LoginId("no")))),
        new("person.not-logged-in", w => w.Refuses(Invitation(w), w.As("bob") with { Id = new PersonId("alice") })),
        new("person.not-logged-in", w =>
        {
            var early = w.As("alice");
            w.Now = w.Now.AddHours(8);
            return w.Refuses(Invitation(w), early);
        }),
        new("person.offboarded", Removed),
        new("person.unknown", w => w.Refuses(Invitation(w) with { Person = new PersonId("mallory") }, w.As("alice"))),
        new("person.unknown", w => w.Refuses(new PersonMove.Enrol(new PersonId("mallory"), "", "", ""),
            new Actor.Nobody())),
        new("person.unknown", w => w.Refuses(new PersonMove.Offboard(new PersonId("mallory"), ""), w.As("alice"))),
        new("person.malformed", w => w.Refuses(new PersonMove.Offboard(Dave, new string('x', 3_000)), w.As("alice"))),
        new("person.malformed", w => w.Refuses(Invitation(w) with { CodeDigest = new string('x', 3_000) },
            w.As("alice"))),
        new("person.bad-expiry", w => w.Refuses(Invitation(w) with { ExpiresAt = w.Now.AddDays(4) }, w.As("alice"))),
        new("person.bad-expiry", w => w.Refuses(Invitation(w) with { ExpiresAt = w.Now }, w.As("alice"))),
        new("person.bad-code", w => w.Refuses(new PersonMove.Enrol(Dave, "sha256:other", "", ""), new Actor.Nobody())),
        new("person.bad-code", w =>
        {
            // The code that was used once is gone.
            return w.Refuses(new PersonMove.Enrol(Dave, Signatures.Sha256("code-dave"), "", ""), new Actor.Nobody());
        }),
        new("person.code-expired", w =>
        {
            w.Must(Invitation(w), w.As("alice"));
            w.Now = w.Now.AddDays(1);
            return w.Refuses(Enrolment(), new Actor.Nobody());
        }),
        new("person.bad-key", w => Invited(w, Enrolment() with { Spki = "AAAA" })),
        new("person.bad-key", w => Invited(w, Enrolment() with { Spki = Spki(ECCurve.NamedCurves.nistP384) })),
        new("person.key-taken", w => Invited(w, Enrolment() with { Spki = w.State.Keys[new PersonId("bob")].Spki })),
        new("person.bad-signature", w => Invited(w, Enrolment())),
        new("person.not-enrolled", w => w.Refuses(Login(w, "mallory", "bob"), new Actor.Nobody())),
        new("person.stale-signature", w =>
        {
            var login = Login(w, "bob", "bob");
            w.Now = w.Now.AddMinutes(3);
            return w.Refuses(login, new Actor.Nobody());
        }),
        new("person.bad-expiry", w => w.Refuses(Login(w, "bob", "bob", hours: 13), new Actor.Nobody())),
        new("person.bad-login", w => w.Refuses(Login(w, "bob", "bob") with { Login = default }, new Actor.Nobody())),
        new("person.login-replayed", w =>
        {
            var login = Login(w, "bob", "bob");
            w.Must(login, new Actor.Nobody());
            return w.Refuses(login, new Actor.Nobody());
        }),
        new("person.bad-signature", w => w.Refuses(Login(w, "bob", "carol"), new Actor.Nobody())),
        new("person.unknown-login", w => w.Refuses(new PersonMove.LogOut(w.As("bob").Login), w.As("alice"))),

        new("kill.malformed", w => w.Refuses(
            new KillMove.Order(new KillId("k"), new Scope(ScopeKind.Realm, ""), new string('x', 2_000)),
                w.As("alice"))),
        new("kill.malformed", w => w.Refuses(
            new KillMove.Order(default, new Scope(ScopeKind.Realm, ""), ""), w.As("alice"))),
        new("kill.malformed", w =>
        {
            w.Kill(new Scope(ScopeKind.Agent, "claude"));
            return w.Refuses(
                new KillMove.Resume(new Scope(ScopeKind.Agent, "claude"), new string('x', 2_000)), w.As("alice"));
        }),
        new("kill.unknown-scope", w => w.Refuses(
            new KillMove.Order(new KillId("k"), new Scope(ScopeKind.Agent, "ghost"), ""), w.As("alice"))),
        new("kill.unknown-scope", w => w.Refuses(
            new KillMove.Order(new KillId("k"), new Scope(ScopeKind.Policy, "sha256:old"), ""), w.As("alice"))),
        new("kill.not-yours", w => w.Refuses(
            new KillMove.Order(new KillId("k"), new Scope(ScopeKind.Realm, ""), ""), w.As("carol"))),
        new("kill.unknown", w => w.Refuses(new KillMove.Complete(new KillId("k"), [], 1), World.Host)),
        new("kill.not-stopped", w => w.Refuses(new KillMove.Resume(new Scope(ScopeKind.Realm, ""), ""), w.As("alice"))),
        new("run.not-runner", w => w.Refuses(new KillMove.Complete(new KillId("k"), [], 1), World.Agent)),

        new("audit.not-canonical", _ => new DecisionAudit().Take(" {}"u8)!.Code),
        new("audit.not-an-entry", _ => new DecisionAudit().Take("{}"u8)!.Code),
        new("audit.not-an-entry", _ => new DecisionAudit().Take("[]"u8)!.Code),
        new("audit.decided-otherwise", w => new DecisionAudit().Take(w.Entries[1])!.Code),
        new("audit.time", w =>
        {
            var audit = new DecisionAudit();
            audit.Take(w.Entries[0]);
            return audit.Take(w.Entries[1] with { Time = w.Entries[0].Time.AddDays(-1) })!.Code;
        }),
    ];

    static RealmMove.Create Creation(World w) =>
        new("Test", "writ.test/realm", Given.Someone("alice"), "sha256:x", w.Now.AddDays(1));

    static PersonMove.Invite Invitation(World w) => new(Dave, Signatures.Sha256("again"), w.Now.AddDays(1));

    static PersonMove.Enrol Enrolment() =>
        new(Dave, Signatures.Sha256("again"), Spki(ECCurve.NamedCurves.nistP256), Convert.ToBase64String(new byte[64]));

    static string Invited(World w, PersonMove.Enrol enrolment)
    {
        w.Must(Invitation(w), w.As("alice"));
        return w.Refuses(enrolment, new Actor.Nobody());
    }

    static string Spki(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        return Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
    }

    static PersonMove.LogIn Login(World w, string person, string signer, int hours = 1)
    {
        var document = new LoginDocument(
            w.State.Origin, new PersonId(person), new LoginId("login-x"), "sha256:t", w.Now, w.Now.AddHours(hours));
        return new PersonMove.LogIn(
            document.Person, document.Login, "sha256:t", w.Now, document.ExpiresAt, w.Sign(signer, document.Render()));
    }

    // Taken out of the document, not off-boarded: the login is still there and counts for nothing.
    static string Removed(World w)
    {
        var carol = w.As("carol");
        var (change, _) = w.Propose(Given.Document with
        {
            People = [.. Given.Document.People.Where(p => p.Id.Value != "carol")],
            Teams = [.. Given.Document.Teams.Select(t => t with { Members = t.Members.Remove(new PersonId("carol")) })],
        }, "alice");
        w.Review(change, "bob");
        return w.Refuses(new SessionMove.Open(Given.Terms(new SessionId("s"), "release-prod")), carol);
    }
}
