using System.Collections.Immutable;
using Writ.Preparations;
using Writ.Requests;
using Writ.Sessions;

namespace Writ.Tests.Realms;

/// <summary>What one agent prepared, and what another may make of it: exactly that, or nothing.</summary>
static class PreparationRefusals
{
    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("preparation.malformed", w => Prepared(w).Refuses(r => r with { Prepares = true })),
        new("preparation.malformed", w => Prepared(w).Refuses(r => r with { Prepares = false, Prepared = null })),
        new("preparation.malformed", w => Prepared(w).Refuses(
            r => r with { Prepared = r.Prepared! with { Action = "" } })),
        new("preparation.unknown", w => Prepared(w).Refuses(
            r => r with { Prepared = r.Prepared! with { Request = new RequestId("request-none") } })),
        // A request that was never meant for others is not prepared, whatever it is.
        new("preparation.unknown", w =>
        {
            var given = Prepared(w);
            var own = w.Submit(Given.Exec(w, given.First.Session, "git", "status"));
            return given.Refuses(r => r with { Prepared = r.Prepared! with { Request = own.Id } });
        }),
        new("preparation.unknown", w =>
        {
            var given = Prepared(w);
            w.Must(new SessionMove.Close(given.First.Session, ""), World.Host);
            return given.Refuses(r => r);
        }),
        new("preparation.unknown", w =>
        {
            var given = Prepared(w);
            // The session lives as long, so it is the preparation that is over.
            w.Now = w.Now.AddMinutes(60);
            return given.Refuses(r => r) is "session.expired" ? "preparation.unknown" : "still there";
        }),
        new("preparation.not-yours", w =>
        {
            var given = Prepared(w);
            return w.Refuses(
                new RequestMove.Execute(given.First.Id, new WritId("writ-1"), RequestRules.Digest(given.First)),
                World.Agent);
        }),
        new("preparation.same-agent", w => Prepared(w, agent: "claude").Refuses(r => r)),
        new("preparation.same-sponsor", w => Prepared(w, sponsor: "alice").Refuses(r => r)),
        new("preparation.other", w => Prepared(w).Refuses(
            r => r with { Prepared = r.Prepared! with { Action = "sha256:" + new string('0', 64) } })),
        new("preparation.deviates", w => Prepared(w).Refuses(
            r => r with { Ask = new Ask.Exec(["terraform", "apply", "-auto-approve"]) })),
        new("preparation.deviates", w => Prepared(w).Refuses(r => r with { Cwd = "/home/agent/work/other" })),
        new("preparation.deviates", w => Prepared(w).Refuses(r => r with { ExecutableDigest = new string('b', 64) })),
        new("preparation.deviates", w => Prepared(w).Refuses(
            r => r with { Files = [r.Files!.Value[0] with { Digest = new string('c', 64) }] })),
        new("preparation.deviates", w => Prepared(w).Refuses(r => r with { Files = null })),
        // Once, like everything.
        new("preparation.used", w =>
        {
            var given = Prepared(w);
            given.Carry();
            return w.ClosedBy(given.First);
        }),
        new("preparation.unknown", w =>
        {
            var given = Prepared(w);
            given.Carry();
            return given.Refuses(r => r);
        }),
        // Whoever answers for the preparer is a party too.
        new("approval.sponsor-in-chain", w =>
        {
            var given = Prepared(w);
            var request = given.Submit();
            return w.Dispose(request, "alice") is Decided.Refused refused ? refused.Refusal.Code : "accepted";
        }),
        new("approval.stale", w =>
        {
            var given = Prepared(w);
            var request = given.Submit();
            w.Dispose(request, "bob");
            w.Must(new RequestMove.Execute(request.Id, new WritId("writ-1"), "sha256:other"), World.Agent);
            return w.ClosedBy(request);
        }),
        // What was prepared has gone meanwhile, and with it the approval.
        new("preparation.unknown", w =>
        {
            var given = Prepared(w);
            var request = given.Submit();
            w.Dispose(request, "bob");
            w.Must(new SessionMove.Close(given.First.Session, ""), World.Host);
            w.Must(new RequestMove.Execute(request.Id, new WritId("writ-1"), RequestRules.Digest(request)),
                World.Agent);
            return w.ClosedBy(request);
        }),
    ];

    static PreparationGiven Prepared(World world, string agent = "other", string sponsor = "carol") =>
        PreparationGiven.In(world, agent, sponsor);
}

/// <summary>Something that alice's agent prepared, and a session of another in which it is to be carried out.</summary>
sealed record PreparationGiven(World World, Request First, SessionId Second)
{
    public static PreparationGiven In(World world, string agent = "other", string sponsor = "carol")
    {
        var first = Like(world, world.OpenSession()) with { Prepares = true };
        world.Submit(first);
        var second = new SessionId(world.NewId("session"));
        world.Must(
            new SessionMove.Open(Given.Terms(second, "release-prod") with { Agent = new AgentId(agent) }),
            world.As(sponsor));
        return new PreparationGiven(world, first, second);
    }

    public Request Carrying() => Like(World, Second) with
    {
        Prepared = new Preparation(First.Id, PreparationRules.ActionOf(First)),
    };

    public Request Submit() => World.Submit(Carrying());

    public string Refuses(Func<Request, Request> change) =>
        World.Refuses(new RequestMove.Submit(change(Carrying())), World.Agent);

    /// <summary>Carries it out: bob agrees, who answers for neither.</summary>
    public RunId Carry()
    {
        var request = Submit();
        World.Dispose(request, "bob");
        return World.Run(request);
    }

    static Request Like(World world, SessionId session) => Given.Exec(world, session, "terraform", "apply") with
    {
        Files = [new FileFact("/home/agent/work/plan", "/home/agent/work/plan", new string('a', 64))],
    };
}
