using System.Collections.Immutable;
using Writ.Approvals;
using Writ.People;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;

namespace Writ.Tests.Realms;

/// <summary>What approvals are refused for, and what voids them.</summary>
static class ApprovalRefusals
{
    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("person.required", w => Refuse(w, Apply(w), World.Agent)),
        new("person.required", w => Refuse(w, Apply(w), World.Host)),
        new("approval.not-you", w => Refuse(w, Apply(w), w.As("carol"))),
        new("request.unknown", w => w.Refuses(
            w.Disposition(Apply(w), "bob") with { Request = new RequestId("ghost") }, w.As("bob"))),
        new("request.closed", w => Then(w, r => w.Dispose(r, "carol", approves: false))),
        new("request.expired", w =>
        {
            var id = new SessionId("long");
            w.Must(new SessionMove.Open(Given.Terms(id, "release-prod")), w.As("alice"));
            var request = w.Submit(id, "terraform", "apply");
            var waiting = (RequestState.Waiting)w.StateOf(request);
            var session = (SessionState.Open)w.State.Sessions[id];
            w.Assume(w.State.With(session, waiting with { ExpiresAt = w.Now }));
            return Refuse(w, request, w.As("bob"));
        }),
        new("session.expired", w => Then(w, _ => w.Now = w.Now.AddHours(1))),
        new("request.unknown", w => Then(w, r => w.Must(new SessionMove.Close(r.Session, ""), World.Host))),
        new("approval.not-needed", w => Then(w, r => w.Dispose(r, "carol"))),
        new("approval.other-request", w => Change(w, m => m with { RequestDigest = "sha256:x" })),
        new("approval.policy-changed", w => Change(w, m => m with { PolicyDigest = "sha256:x" })),
        new("approval.outdated", w => Change(w, m => m with { Earlier = "sha256:x" })),
        new("approval.outdated", w =>
        {
            var request = w.Submit(w.OpenSession(), "terraform", "destroy");
            var bob = w.Disposition(request, "bob");
            w.Dispose(request, "carol");
            return w.Refuses(bob, w.As("bob"));
        }),
        new("approval.bad-expiry", w => Change(w, m => m with { ExpiresAt = w.Now })),
        new("approval.bad-expiry", w => Change(w, m => m with { ExpiresAt = w.Now.AddHours(2) })),
        new("approval.reason", w => Change(w, m => m with { Reason = new string('x', 3_000) })),
        new("approval.reason", w => Change(w, m => m with { Approves = false, Reason = " " })),
        new("approval.self", w => Refuse(w, Apply(w), w.As("alice"), "alice")),
        new("approval.sponsor-in-chain", w =>
        {
            var child = w.OpenSession("alice", parent: w.OpenSession("bob"));
            return Refuse(w, w.Submit(child, "terraform", "apply"), w.As("bob"));
        }),
        new("approval.repeated", w =>
        {
            var request = w.Submit(w.OpenSession(), "terraform", "destroy");
            w.Dispose(request, "bob");
            return Refuse(w, request, w.As("bob"));
        }),
        new("approval.not-asked", w => Refuse(w, Apply(w), w.As("dave"), "dave")),
        new("person.not-enrolled", w =>
        {
            var request = Apply(w);
            var move = w.Disposition(request, "bob");
            var bob = w.As("bob");
            w.Assume(w.State with { Keys = w.State.Keys.Remove(new PersonId("bob")) });
            return w.Refuses(move, bob);
        }),
        new("approval.bad-signature", w => Change(w, m => m with { Reason = "another" })),
        new("approval.bad-signature", w => Change(w, m => m with { Approves = false })),
        new("approval.bad-signature", w => Change(w, m => m with { ExpiresAt = m.ExpiresAt.AddMinutes(1) })),
        new("approval.bad-signature", w => Change(w, m => m with { Signature = "not base64" })),
        new("approval.refused", w =>
        {
            var request = Apply(w);
            w.Dispose(request, "bob", approves: false);
            return w.ClosedBy(request);
        }),
        new("approval.stale", w =>
        {
            // The command, its directory, environment or program is not what was approved.
            var request = Apply(w);
            w.Dispose(request, "bob");
            w.Must(new RequestMove.Execute(request.Id, new WritId("writ-x"), "sha256:other"), World.Agent);
            return w.ClosedBy(request);
        }),
        new("approval.stale", w =>
        {
            // The approver leaves between the approval and the execution.
            var request = Apply(w);
            w.Dispose(request, "carol");
            w.Must(new PersonMove.Offboard(new PersonId("carol"), "left"), w.As("alice"));
            w.Must(new RequestMove.Execute(
                request.Id, new WritId("writ-x"), ((RequestState.Ready)w.StateOf(request)).Digest), World.Agent);
            return w.ClosedBy(request);
        }),
        .. ImmutableArray.Create<Action<World, Request>>(
            (_, _) => { }, (w, r) => w.Dispose(r, "bob"), (w, r) => { w.Dispose(r, "bob"); w.Order(r); })
            .Select(step => new RefusalCase("approval.policy-changed", w =>
            {
                // Waiting, ready or ordered: another policy voids it at once.
                var request = Apply(w);
                step(w, request);
                var (change, _) = w.Propose(Given.Document with
                {
                    Policy = new([new("test.cedar", Given.Policy + "// another text")]),
                }, "alice");
                w.Review(change, "bob");
                return w.ClosedBy(request);
            })),
        new("approval.nobody-left", _ =>
        {
            var w = World.WithEverybody(d => d with
            {
                Teams = [.. d.Teams.Select(t => t.Id.Value == "sre" ? t with { Members = Given.Ids("alice") } : t)],
            });
            return w.ClosedBy(Apply(w));
        }),
    ];

    static Request Apply(World w) => w.Submit(w.OpenSession(), "terraform", "apply");

    static string Refuse(World w, Request request, Actor actor, string signer = "bob") =>
        w.Refuses(w.Disposition(request, signer), actor);

    static string Change(World w, Func<ApprovalMove.Dispose, ApprovalMove.Dispose> change) =>
        w.Refuses(change(w.Disposition(Apply(w), "bob")), w.As("bob"));

    static string Then(World w, Action<Request> between)
    {
        var request = Apply(w);
        var move = w.Disposition(request, "bob");
        between(request);
        return w.Refuses(move, w.As("bob"));
    }
}
