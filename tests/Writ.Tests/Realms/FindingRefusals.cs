using System.Collections.Immutable;
using Writ.Findings;
using Writ.Identity;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>What is refused about findings, and whom they keep out.</summary>
static class FindingRefusals
{
    static readonly DateTimeOffset _later = World.Start.AddDays(30);

    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("finding.not-host", w => w.Refuses(new FindingMove.Review([]), w.As("alice"))),
        new("finding.not-host", w => w.Refuses(FindingWorld.Leak(w, w.OpenSession(), ".env:1"), World.Agent)),
        new("finding.nothing-new", w =>
        {
            w.Must(new FindingMove.Review([]), World.Host);
            return w.Refuses(new FindingMove.Review([]), World.Host);
        }),
        new("finding.nothing-new", w => w.Refuses(new FindingMove.Report(
            FindingWorld.For(w, w.OpenSession()), SearchedPlace.WorkTree, [], Complete: true), World.Host)),
        new("finding.malformed", w => w.Refuses(new FindingMove.Review([new SeenAdmin("a b", w.Now)]), World.Host)),
        new("finding.malformed", w => w.Refuses(new FindingMove.Review(
            [.. Enumerable.Range(0, 501).Select(i => new SeenAdmin($"a{i}", w.Now))]), World.Host)),
        new("finding.malformed", w => w.Refuses(FindingWorld.Leak(w, w.OpenSession(), ""), World.Host)),
        new("finding.malformed", w => w.Refuses(FindingWorld.Leak(w, w.OpenSession(), "a\nb"), World.Host)),
        new("finding.malformed", w => w.Refuses(FindingWorld.Leak(
            w, w.OpenSession(), [.. Enumerable.Range(0, 201).Select(i => $"f:{i}")]), World.Host)),
        new("finding.malformed", w =>
        {
            var session = w.OpenSession();
            w.Must(new SessionMove.Close(session, ""), World.Host);
            return w.Refuses(FindingWorld.Leak(w, session, ".env:1"), World.Host);
        }),
        new("finding.unknown", w => w.Refuses(new FindingMove.Accept(new FindingId("finding-0"), "r", _later),
            w.As("alice"))),
        new("person.required", w => w.Refuses(new FindingMove.Accept(new FindingId("finding-0"), "r", _later),
            World.Agent)),
        Accepting("finding.bad-reason", "alice", " ", _later),
        Accepting("finding.bad-reason", "alice", new string('r', 1_025), _later),
        Accepting("finding.bad-expiry", "alice", "r", World.Start),
        Accepting("finding.bad-expiry", "alice", "r", World.Start.AddDays(367)),
        // Carol neither governs nor owns anything of it.
        Accepting("finding.not-yours", "carol", "r", _later),
        new("session.findings", w => new FindingWorld() is var f && f.Leaks(f.World.OpenSession()) is var _
            ? f.World.Refuses(new SessionMove.Open(Given.Terms(new SessionId("new"), "release-prod")),
                f.World.As("alice")) : ""),
        // A session that is open already asks for nothing any more, and carries out nothing that was ready.
        new("session.findings", w =>
        {
            var f = new FindingWorld();
            var session = f.World.OpenSession();
            f.Leaks(session);
            return f.World.Refuses(
                new RequestMove.Submit(Given.Exec(f.World, session, "git", "status")), World.Agent);
        }),
        new("session.findings", w =>
        {
            var f = new FindingWorld();
            var session = f.World.OpenSession();
            var ready = f.World.Submit(session, "git", "status");
            f.Leaks(session);
            return f.World.Refuses(new RequestMove.Execute(
                ready.Id, new WritId("writ-1"), ((RequestState.Ready)f.World.StateOf(ready)).Digest), World.Agent);
        }),
        new("session.findings", w =>
        {
            var f = new FindingWorld();
            var session = f.World.OpenSession();
            var ready = f.World.Submit(session, "git", "status");
            var writ = f.World.Order(ready);
            f.Leaks(session);
            return f.World.Refuses(new RunMove.Consume(
                writ, ready.Id, new RunId("run-1"), Tier.T2), World.Host);
        }),
        new("finding.cause-gone", _ =>
        {
            var f = new FindingWorld();
            var session = f.World.OpenSession();
            var id = f.Leaks(session);
            f.World.Must(FindingWorld.Leak(f.World, session), World.Host);
            return f.State.Found.Settled[id].Code;
        }),
        new("finding.accepted", w =>
        {
            w.Must(new RealmMove.RaiseFinding(new Finding("lease.orphan", null, "one")), World.Host);
            var id = w.State.Found.Standing.Keys.Single();
            w.Must(new FindingMove.Accept(id, "looked", w.Now.AddMinutes(1)), w.As("alice"));
            w.Now = w.Now.AddMinutes(2);
            w.Must(new FindingMove.Review([]), World.Host);
            return w.State.Found.Settled[id].Code;
        }),
        // Nobody lives with an old key of their own.
        new("finding.not-yours", _ =>
        {
            var f = new FindingWorld(d => d with { Findings = new FindingTerms(DeviceDays: 1) });
            f.World.Now = f.World.Now.AddDays(2);
            f.Review();
            var own = f.State.Found.Standing.Values.Single(k => k.Cause.Scope.Person == new PersonId("alice"));
            return f.World.Refuses(
                new FindingMove.Accept(own.Id, "r", f.World.Now.AddDays(9)), f.World.As("alice"));
        }),
        new("lease.orphan", w =>
        {
            w.Must(new RealmMove.RaiseFinding(new Finding("lease.orphan", null, "one")), World.Host);
            var cause = w.State.Found.Standing.Values.Single().Cause;
            return cause.Kind == FindingKind.OutlivedCredential ? cause.Code : "";
        }),
        new("lease.revocation-failed", _ =>
        {
            var w = new LeaseWorld();
            w.Failed();
            w.World.Must(new FindingMove.Review([]), World.Host);
            return w.State.Found.Standing.Values.Single(f => f.Cause.Kind == FindingKind.OutlivedCredential).Cause.Code;
        }),
        // A process outside of every sandbox does not say that it was launched in one, and the other way round.
        new("request.bad-attestation", w => w.Refuses(new RequestMove.Submit(
            Given.Exec(w, w.OpenSession(), "git", "status") with { Attested = AttestedBy.Launched }), World.Agent)),
        Fault(new FindingTerms(UnusedDays: 0)),
        Fault(new FindingTerms(AdminDays: 3_651)),
        new("realm.bad-findings", _ => Registry.From(FindingWorld.Refusing(Given.Document,
            [FindingKind.Unowned, FindingKind.Unowned]), []).Faults[0].Code),
    ];

    static RefusalCase Fault(FindingTerms terms) => new(
        "realm.bad-findings", _ => Registry.From(Given.Document with { Findings = terms }, []).Faults[0].Code);

    static RefusalCase Accepting(string code, string person, string reason, DateTimeOffset until) => new(code, _ =>
    {
        var f = new FindingWorld();
        var id = f.Leaks(f.World.OpenSession());
        return f.World.Refuses(new FindingMove.Accept(id, reason, until), f.World.As(person));
    });
}
