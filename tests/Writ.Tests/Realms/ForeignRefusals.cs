using System.Collections.Immutable;
using Writ.Foreign;
using Writ.Identity;
using Writ.Kills;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Tests.Foreign;

namespace Writ.Tests.Realms;

/// <summary>Who is not let in from another machine, and what whoever is let in may not do.</summary>
static class ForeignRefusals
{
    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("foreign.not-issuer", _ => Exchanged(m => m, World.Agent)),
        new("foreign.malformed", _ => Exchanged(m => m with { Pass = new PassId("Not An Id") })),
        new("foreign.malformed", _ => Exchanged(m => m with { Thumbprint = "short" })),
        new("foreign.malformed", _ => Exchanged(m => m with { Actor = m.Actor with { Key = null } })),
        new("foreign.malformed", _ => Exchanged(
            m => m with { Actor = m.Actor with { Digest = new string('x', 300) } })),
        // A host that says no with a word that nobody knows says nothing.
        new("foreign.malformed", _ => Exchanged(
            m => m with { Actor = m.Actor with { Problem = new Refusal("made.up", "") } })),
        new("foreign.unknown-issuer", _ => Exchanged(m => m with { Actor = m.Actor with { Issuer = "" } })),
        new("foreign.unknown-issuer", _ => Exchanged(m => m with { Actor = m.Actor with { Issuer = "other" } })),
        new("token.signature", _ => Exchanged(
            m => m with { Actor = m.Actor with { Problem = new Refusal("token.signature", "No.") } })),
        new("foreign.over", _ => Exchanged(m => m with { Actor = m.Actor with { ExpiresAt = World.Start } })),
        new("foreign.too-long", _ => Exchanged(
            m => m with { Actor = m.Actor with { IssuedAt = World.Start.AddMinutes(-30) } })),
        new("foreign.not-admitted", _ => Claims(("repository", "acme/shop"))),
        new("foreign.not-admitted", _ => Claims(("repository", "acme/shop"), ("ref", "refs/heads/main2"))),
        new("foreign.not-admitted", _ => Claims(("repository", "Acme/shop"), ("ref", "refs/heads/main"))),
        new("foreign.not-admitted", _ => Claims()),
        // What another issuer would admit is nothing to this one.
        new("foreign.not-admitted", _ => Claims(("namespace", "ops"), ("serviceaccount", "runner"))),
        new("foreign.ambiguous", _ =>
        {
            var world = ForeignGiven.World();
            world.Assume(world.State with
            {
                Registry = Registry.From(ForeignGiven.With(Given.Document) with
                {
                    TrustedIssuers =
                    [
                        ForeignGiven.Build with
                        {
                            Admits = [ForeignGiven.Build.Admits[0], ForeignGiven.Build.Admits[0]],
                        },
                    ],
                }, []).Registry!,
            });
            return world.Refuses(ForeignGiven.Exchange(world, ForeignGiven.Job(world)), World.Host);
        }),
        new("foreign.replayed", _ =>
        {
            var world = ForeignGiven.World();
            world.Must(ForeignGiven.Exchange(world, ForeignGiven.Job(world)), World.Host);
            return world.Refuses(ForeignGiven.Exchange(world, ForeignGiven.Job(world)), World.Host);
        }),
        // Where one token may come several times, it comes with the key of the first time.
        new("foreign.replayed", _ =>
        {
            var world = ForeignGiven.World();
            world.Must(ForeignGiven.Exchange(world, Pod(world)), World.Host);
            world.Must(ForeignGiven.Exchange(world, Pod(world)), World.Host);
            return world.Refuses(
                ForeignGiven.Exchange(world, Pod(world)) with { Thumbprint = new string('e', 43) }, World.Host);
        }),
        new("foreign.life", _ => Exchanged(m => m with { ExpiresAt = World.Start.AddMinutes(9.5) })),
        new("foreign.life", _ => Exchanged(m => m with { ExpiresAt = World.Start })),
        new("foreign.busy", _ => Full(b => b with
        {
            Passes = Enumerable.Range(0, ForeignDecider.PassesMax).ToImmutableDictionary(
                i => new PassId($"pass-x{i}"), i => new RemotePass(
                    new PassId($"pass-x{i}"), new PersonId("carol"), [], "", World.Start.AddHours(1))),
        })),
        new("foreign.busy", _ => Full(b => b with
        {
            Seen = Enumerable.Range(0, ForeignDecider.SeenMax).ToImmutableDictionary(
                i => $"{i}", _ => new SeenToken("", World.Start.AddHours(1))),
        })),
        new("foreign.may-not-act", _ => HandedOn("acme/deploy", "acme/shop")),
        new("foreign.depth", _ => Deep()),
        new("pass.over", _ => ForeignGiven.World() is var w
            ? w.Refuses(ForeignGiven.Exchange(w, ForeignGiven.Job(w), new PassId("pass-none")), World.Host) : ""),
        new("pass.over", _ =>
        {
            var world = ForeignGiven.World();
            var caller = ForeignGiven.Pass(world);
            world.Now = world.Now.AddMinutes(6);
            return world.Refuses(new SessionMove.Open(ForeignGiven.Terms(world, caller)), caller);
        }),
        // Whoever answers has left: the chain breaks at once, whoever in it that was.
        new("pass.no-sponsor", _ => Left("carol")),
        new("pass.no-sponsor", _ =>
        {
            var world = ForeignGiven.World();
            var first = ForeignGiven.Pass(world);
            var second = ForeignGiven.Pass(world, "acme/deploy", first.Pass);
            world.Must(new PersonMove.Offboard(new PersonId("carol"), ""), world.As("alice"));
            return world.Refuses(new SessionMove.Open(ForeignGiven.Terms(world, second)), second);
        }),
        new("pass.no-sponsor", _ =>
        {
            var world = ForeignGiven.World();
            world.Must(new PersonMove.Offboard(new PersonId("carol"), ""), world.As("alice"));
            return world.Refuses(ForeignGiven.Exchange(world, ForeignGiven.Job(world)), World.Host);
        }),
        new("pass.not-admitted", _ =>
        {
            var world = ForeignGiven.World();
            var caller = ForeignGiven.Pass(world);
            world.Assume(world.State with
            {
                Registry = Registry.From(
                    ForeignGiven.With(Given.Document) with { TrustedIssuers = [ForeignGiven.Pods] }, []).Registry!,
            });
            return world.Refuses(new SessionMove.Open(ForeignGiven.Terms(world, caller)), caller);
        }),
        new("session.stopped", _ =>
        {
            var world = ForeignGiven.World();
            var caller = ForeignGiven.Pass(world);
            world.Kill(new Scope(ScopeKind.Sponsor, "carol"));
            return world.Refuses(new SessionMove.Open(ForeignGiven.Terms(world, caller)), caller);
        }),
        new("pass.other-agent", _ => Opened(t => t with { Agent = new AgentId("other") })),
        new("pass.local", _ => Opened(t => t with { Uid = 0 })),
        new("pass.local", _ => Opened(t => t with { Parent = new SessionId("x") })),
        new("pass.brokered", _ => Asked(r => r with { Assurance = Assurance.Brokered })),
        // Another key, another pass of another chain, and every process of this machine.
        new("session.not-yours", _ => Asked(r => r, World.Agent)),
        new("session.not-yours", _ => Asked(r => r, new Actor.Agent(RemoteRules.NoUid, 1, "/bin/sh"))),
        new("session.not-yours", _ =>
        {
            var world = ForeignGiven.World();
            var session = ForeignGiven.Open(world, ForeignGiven.Pass(world));
            var move = ForeignGiven.Exchange(world, ForeignGiven.Job(world, jti: "again")) with
            {
                Thumbprint = new string('e', 43),
            };
            world.Must(move, World.Host);
            return world.Refuses(
                new RequestMove.Submit(Ask(world, session)), new Actor.Remote(new AgentId("claude"), move.Pass));
        }),
        new("session.not-yours", _ =>
        {
            var world = ForeignGiven.World();
            var local = world.OpenSession();
            return world.Refuses(new RequestMove.Submit(Ask(world, local)), ForeignGiven.Pass(world));
        }),
        // An agent is never a person, wherever it comes from.
        new("person.required", _ => ForeignGiven.World() is var w
            ? w.Refuses(new KillMove.Order(new KillId("kill-1"), new Scope(ScopeKind.Realm, ""), ""),
                ForeignGiven.Pass(w)) : ""),
        new("realm.bad-issuer", _ => Declared(i => i with { Issuer = "http://ci.test" })),
        new("realm.bad-issuer", _ => Declared(i => i with { Issuer = $"https://{Identity.IdentityGiven.Domain}" })),
        new("realm.bad-issuer", _ => Declared(i => i with { Audience = "" })),
        new("realm.bad-issuer", _ => Declared(i => i with { Algorithms = ["none"] })),
        new("realm.bad-issuer", _ => Declared(i => i with { Algorithms = ["HS256"] })),
        new("realm.bad-issuer", _ => Declared(i => i with { LifeMinutes = 0 })),
        new("realm.bad-issuer", _ => Declared(i => i with { Keys = null })),
        new("realm.bad-issuer", _ => Declared(i => i with { Keys = "{}" })),
        new("realm.bad-issuer", _ => Declared(i => i with { KeysUrl = "https://ci.test/keys" })),
        new("realm.bad-issuer", _ => Declared(i => i with { Keys = null, KeysUrl = "http://ci.test/keys" })),
        // A key set with a shared secret, or with somebody's private key, is no key set.
        new("realm.bad-issuer", _ => Declared(i => i with { Keys = """{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}""" })),
        new("realm.bad-issuer", _ => Declared(i => i with { Admits = [] })),
        new("realm.bad-issuer", _ => Admitting(a => a with { Sponsor = new PersonId("ghost") })),
        new("realm.bad-issuer", _ => Admitting(a => a with { Agent = new AgentId("ghost") })),
        new("realm.bad-issuer", _ => Admitting(a => a with { Where = [new("repository", "acme/shop")] })),
        new("realm.bad-issuer", _ => Admitting(a => a with { Where = [new("ref", "refs/heads/main")] })),
        new("realm.bad-issuer", _ => Admitting(a => a with { Where = [] })),
        new("realm.bad-issuer", _ => Admitting(a => a with { Where = [.. a.Where, a.Where[0]] })),
        new("realm.identity-missing", _ => Registry.From(
            ForeignGiven.With(Given.Document) with { Identity = null }, []).Faults[0].Code),
    ];

    static string Exchanged(Func<ForeignMove.Exchange, ForeignMove.Exchange> change, Actor? actor = null)
    {
        var world = ForeignGiven.World();
        return world.Refuses(change(ForeignGiven.Exchange(world, ForeignGiven.Job(world))), actor ?? World.Host);
    }

    static string Claims(params ReadOnlySpan<(string Name, string Value)> claims)
    {
        ImmutableArray<ClaimCondition> all = [.. claims.ToArray().Select(c => new ClaimCondition(c.Name, c.Value))];
        return Exchanged(m => m with { Actor = m.Actor with { Claims = all } });
    }

    static Presented Pod(World world) => new(
        "cluster", "sha256:x", [new("namespace", "ops"), new("serviceaccount", "runner")], "pod", "key",
        world.Now.AddMinutes(-1), world.Now.AddMinutes(50));

    static string Full(Func<ForeignBook, ForeignBook> change)
    {
        var world = ForeignGiven.World();
        world.Assume(world.State with { Foreign = change(world.State.Foreign) });
        return world.Refuses(ForeignGiven.Exchange(world, ForeignGiven.Job(world)), World.Host);
    }

    static string HandedOn(string from, string to)
    {
        var world = ForeignGiven.World();
        var first = ForeignGiven.Pass(world, from);
        return world.Refuses(
            ForeignGiven.Exchange(world, ForeignGiven.Job(world, to, "second"), first.Pass), World.Host);
    }

    static string Deep()
    {
        var world = ForeignGiven.World();
        var pass = ForeignGiven.Pass(world).Pass;
        for (var depth = 1; depth < ForeignDecider.ChainMax; depth++)
        {
            var move = ForeignGiven.Exchange(world, Workload(world, depth), pass);
            world.Must(move, World.Host);
            pass = move.Pass;
        }
        return world.Refuses(ForeignGiven.Exchange(world, Workload(world, 99), pass), World.Host);
    }

    static Presented Workload(World world, int number) => new(
        "partner", "sha256:x", [new("id", "spiffe://partner.test/bot")], $"workload-{number}", "key", world.Now,
        world.Now.AddMinutes(9));

    static string Left(string person)
    {
        var world = ForeignGiven.World();
        var caller = ForeignGiven.Pass(world);
        world.Must(new PersonMove.Offboard(new PersonId(person), ""), world.As("alice"));
        return world.Refuses(new SessionMove.Open(ForeignGiven.Terms(world, caller)), caller);
    }

    static string Opened(Func<SessionTerms, SessionTerms> change)
    {
        var world = ForeignGiven.World();
        var caller = ForeignGiven.Pass(world);
        return world.Refuses(new SessionMove.Open(change(ForeignGiven.Terms(world, caller))), caller);
    }

    static string Asked(Func<Request, Request> change, Actor? actor = null)
    {
        var world = ForeignGiven.World();
        var caller = ForeignGiven.Pass(world);
        var session = ForeignGiven.Open(world, caller);
        return world.Refuses(new RequestMove.Submit(change(Ask(world, session))), actor ?? caller);
    }

    static Request Ask(World world, SessionId session) =>
        Given.Exec(world, session, "git", "status") with { Assurance = Assurance.Advisory };

    static string Declared(Func<TrustedIssuer, TrustedIssuer> change) => Registry.From(
        ForeignGiven.With(Given.Document) with { TrustedIssuers = [change(ForeignGiven.Build)] }, [])
        .Faults.Select(f => f.Code).FirstOrDefault() ?? "accepted";

    static string Admitting(Func<Admission, Admission> change) =>
        Declared(i => i with { Admits = [change(i.Admits[0])] });
}
