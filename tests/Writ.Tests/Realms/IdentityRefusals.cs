using System.Collections.Immutable;
using Writ.Identity;
using Writ.Kills;
using Writ.Realms;
using Writ.Sessions;
using Writ.Tests.Identity;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>Who is given no identity, and which keys are none.</summary>
static class IdentityRefusals
{
    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("identity.not-issuer", _ => Given().World.Refuses(
            new IdentityMove.Publish(IdentityGiven.Keys), World.Agent)),
        new("identity.not-issuer", _ => Given() is var g
            ? g.World.Refuses(new IdentityMove.Retire([IdentityGiven.Keys[0].Kid]), g.World.As("alice")) : ""),
        // An agent never gives itself an identity.
        new("identity.not-issuer", _ => Given() is var g ? g.World.Refuses(g.Tokens("reports"), World.Agent) : ""),
        new("identity.none", w => w.Refuses(new IdentityMove.Publish(IdentityGiven.Keys), World.Host)),
        new("identity.none", w => w.Refuses(new IdentityMove.Rotate("lost"), w.As("bob"))),
        new("realm.not-governing", _ => Given() is var g
            ? g.World.Refuses(new IdentityMove.Rotate("lost"), g.World.As("carol")) : ""),
        new("person.required", _ => Given().World.Refuses(new IdentityMove.Rotate("lost"), World.Agent)),
        new("identity.bad-reason", _ => Given() is var g
            ? g.World.Refuses(new IdentityMove.Rotate(""), g.World.As("bob")) : ""),
        new("identity.bad-key", _ => Given().World.Refuses(new IdentityMove.Publish(IdentityGiven.Keys), World.Host)),
        new("identity.bad-key", _ => Published(k => k with { Kid = "mine" })),
        new("identity.bad-key", _ => Published(k => k with { Use = IssuerUse.JwtRs256 })),
        new("identity.bad-key", _ => Published(k => k with { Public = "!" })),
        new("identity.bad-key", _ => Published(k => k with { ActiveFrom = k.PublishedAt.AddSeconds(-1) })),
        new("identity.bad-key", _ => Published(k => k with { ExpiresAt = k.ExpiresAt.AddYears(1) })),
        new("identity.bad-key", _ => Given().World.Refuses(new IdentityMove.Publish([]), World.Host)),
        new("identity.bad-key", _ => Given().World.Refuses(new IdentityMove.Retire(["ghost"]), World.Host)),
        new("identity.malformed", _ => Issue(m => m with { Svids = [] })),
        new("identity.malformed", _ => Issue(m => m with { Svids = [m.Svids[0], m.Svids[0]] })),
        new("identity.malformed", _ => Issue(m => m with { Audiences = [] })),
        new("identity.malformed", _ => Issue(m => m with { Svids = [m.Svids[0] with { Serial = "short" }] })),
        new("identity.malformed", _ => Issue(
            m => m with { Attestation = m.Attestation with { Executable = new string('x', 2_000) } })),
        // What Writ did not start is not known well enough, whoever it says it is.
        new("identity.unattested", _ => Issue(
            m => m with { Attestation = m.Attestation with { By = AttestedBy.Hooked } })),
        new("identity.unattested", _ => Issue(
            m => m with { Attestation = m.Attestation with { By = AttestedBy.Remote } })),
        new("identity.unattested", _ => Issue(m => m with { Attestation = m.Attestation with { Namespace = null } })),
        new("identity.run-over", _ => Issue(m => m with { Run = new RunId("other") })),
        new("identity.run-over", _ =>
        {
            var given = Given();
            var move = given.Tokens("reports");
            RollbackRefusals.Ended(given.World, given.Request, given.Run);
            return given.World.Refuses(move, World.Host);
        }),
        new("identity.run-over", _ =>
        {
            var given = Given();
            given.World.Must(new SessionMove.Close(given.Request.Session, ""), World.Host);
            return given.World.Refuses(given.Tokens("reports"), World.Host);
        }),
        new("identity.run-over", _ =>
        {
            var given = Given();
            given.World.Kill(new Scope(ScopeKind.Agent, "claude"));
            return given.World.Refuses(given.Tokens("reports"), World.Host);
        }),
        new("session.expired", _ =>
        {
            var given = Given();
            given.World.Now = given.World.Now.AddHours(2);
            return given.World.Refuses(given.Tokens("reports"), World.Host);
        }),
        new("identity.not-granted", _ =>
        {
            var given = Given();
            given.World.Assume(given.World.State with
            {
                Registry = Registry.From(IdentityGiven.With(Tests.Given.Document, null), []).Registry!,
            });
            return given.World.Refuses(given.Tokens("reports"), World.Host);
        }),
        new("identity.audience", _ => Issue(m => m with { Audiences = ["elsewhere"] })),
        new("identity.audience", _ => Widened(g => g.Tokens("new"))),
        new("identity.tier", _ => Given() is var g
            ? g.World.Refuses(g.Certificates(IdentityTier.Deploy), World.Host) : ""),
        // What the workflow came to allow while the run went on was never shown to anybody.
        new("identity.tier", _ => Widened(g => g.Certificates(IdentityTier.Deploy))),
        new("identity.tier-not-approved", _ => IdentityGiven.Running(approved: false) is var g
            ? g.World.Refuses(g.Certificates(IdentityTier.Write), World.Host) : ""),
        new("identity.not-own", _ => Issue(m => m with
        {
            Svids = [m.Svids[0] with { Id = m.Svids[0].Id.Replace("claude", "other", StringComparison.Ordinal) }],
        })),
        new("identity.not-own", _ => Issue(m => m with
        {
            Svids = [m.Svids[0] with { Id = m.Svids[0].Id.Replace("/read", "/write", StringComparison.Ordinal) }],
        })),
        new("identity.bad-key", _ => Issue(m => m with { Svids = [m.Svids[0] with { Kid = "ghost" }] })),
        // Another tier's key is no key for this one.
        new("identity.bad-key", _ => Given() is var g ? g.World.Refuses(g.Tokens("reports") with
        {
            Svids =
            [
                g.Svid(IdentityTier.Read, IssuerUse.JwtEs256) with
                {
                    Kid = g.Svid(IdentityTier.Write, IssuerUse.JwtEs256).Kid,
                },
            ],
        }, World.Host) : ""),
        new("identity.bad-key", _ => Issue(m => m with { Audiences = ["sts.amazonaws.com"] })),
        new("identity.bad-key", _ =>
        {
            var given = Given();
            given.World.Must(new IdentityMove.Rotate("lost"), given.World.As("bob"));
            return given.World.Refuses(given.Tokens("reports"), World.Host);
        }),
        new("identity.life", _ => Issue(
            m => m with { Svids = [m.Svids[0] with { ExpiresAt = World.Start.AddMinutes(11) }] })),
        new("identity.life", _ => Issue(m => m with { Svids = [m.Svids[0] with { ExpiresAt = World.Start }] })),
        new("identity.life", _ =>
        {
            var given = Given();
            given.World.Now = given.World.Now.AddMinutes(58);
            return given.World.Refuses(given.Tokens("reports"), World.Host);
        }),
        new("identity.too-many", _ =>
        {
            var given = Given();
            var session = given.World.State.OpenSession(given.Request.Session)!;
            given.World.Assume(given.World.State.With(session with { Svids = IdentityDecider.SvidsOfSessionMax }));
            return given.World.Refuses(given.Tokens("reports"), World.Host);
        }),
        new("realm.bad-identity", w => Applied(w, d => d with { Identity = new RealmIdentity("Not A Domain") })),
        new("realm.bad-identity", w => Applied(w, d => d with
            { Identity = new RealmIdentity("a.test", "http://a.test") })),
        new("realm.bad-identity", w => Applied(w, d => d with
            { Identity = new RealmIdentity("a.test", null, [new FederatedDomain("a.test", """{"keys":[]}""")]) })),
        new("realm.bad-identity", w => Applied(w, d => d with
            { Identity = new RealmIdentity("a.test", null, [new FederatedDomain("b.test", "no bundle")]) })),
        new("realm.bad-identity", w => Applied(w, d => IdentityGiven.With(d, new IdentityGrant([], [])))),
        new("realm.bad-identity", w => Applied(w, d => IdentityGiven.With(
            d, new IdentityGrant([IdentityTier.Read], [new IdentityAudience("two,names")])))),
        new("realm.identity-missing", w => Applied(
            w, d => IdentityGiven.With(d, IdentityGiven.Grant) with { Identity = null })),
        new("realm.identity-tier", w => Applied(w, d => IdentityGiven.With(d, IdentityGiven.Grant) is var with
            ? with with { Workflows = [.. with.Workflows.Select(f => f with { TierMin = Tier.T1 })] } : d)),
        new("realm.identity-agent", w => Applied(w, d => IdentityGiven.With(d, IdentityGiven.Grant) is var with
            ? with with
            {
                Agents = [.. with.Agents, with.Agents[0] with { Id = new AgentId("team/bot") }],
                Workflows = [.. with.Workflows.Select(f => f with { Agents = [new AgentId("team/bot")] })],
            } : d)),
    ];

    static IdentityGiven Given() => IdentityGiven.Running(approved: true);

    static string Issue(Func<IdentityMove.Issue, IdentityMove.Issue> change)
    {
        var given = Given();
        return given.World.Refuses(change(given.Tokens("reports")), World.Host);
    }

    static string Published(Func<IssuerKey, IssuerKey> change)
    {
        var given = IdentityGiven.Running(approved: false, published: false);
        return given.World.Refuses(new IdentityMove.Publish([change(IdentityGiven.Keys[1])]), World.Host);
    }

    static string Widened(Func<IdentityGiven, Move> ask)
    {
        var given = Given();
        var wider = new IdentityGrant(
            Enum.GetValues<IdentityTier>().ToImmutableArray(), [new IdentityAudience("new")]);
        given.World.Assume(given.World.State with
        {
            Registry = Registry.From(IdentityGiven.With(Tests.Given.Document, wider), []).Registry!,
        });
        return given.World.Refuses(ask(given), World.Host);
    }

    static string Applied(World world, Func<RealmDocument, RealmDocument> change) =>
        Registry.From(change(Tests.Given.Document), []).Faults.Select(f => f.Code).FirstOrDefault() ?? "accepted";
}
