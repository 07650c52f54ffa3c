using System.Collections.Immutable;
using Writ.Kills;
using Writ.Leases;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>A realm in which the production database gives credentials out.</summary>
sealed class LeaseWorld
{
    public static readonly CredentialProfile Profile = new(
        "migrate", CredentialTier.Deploy, "orders", Ttl: 600, TtlMax: 1_800, Concurrent: 4,
        new CredentialBackend.Postgres("127.0.0.1", 5432, "orders", "orders_owner"));

    public LeaseWorld(CredentialProfile? profile = null, int credentials = 20)
    {
        World = World.WithEverybody(d => Document(d, profile ?? Profile, credentials));
        Session = Open();
    }

    public World World { get; }

    public SessionId Session { get; }

    public RealmState State => World.State;

    public static RealmDocument Document(RealmDocument d, CredentialProfile profile, int credentials = 20) => d with
    {
        Targets = [.. d.Targets.Select(t => t.Id.Value == "db-prod" ? t with { Credentials = [profile] } : t)],
        Workflows =
        [
            .. d.Workflows.Select(w => w.Id.Value != "release-prod" ? w : w with
            {
                CredentialProfiles = [profile.Id],
                Bounds = w.Bounds with { Credentials = credentials },
            }),
        ],
    };

    public SessionId Open(string sponsor = "alice", SessionId? parent = null)
    {
        var opening = Opening(parent);
        World.Must(opening, World.As(sponsor));
        return opening.Terms.Id;
    }

    public SessionMove.Open Opening(SessionId? parent)
    {
        var terms = Given.Terms(new SessionId(World.NewId("session")), "release-prod");
        return new SessionMove.Open(terms with
        {
            Parent = parent,
            Bounds = State.Registry.Workflows[terms.Workflow].Bounds,
        });
    }

    /// <summary>As the control plane asks: with the profiles of the session's workflow in its environment.</summary>
    public Request Asked(SessionId? session = null, params ImmutableArray<string> argv)
    {
        var request = Given.Exec(World, session ?? Session, argv.IsEmpty ? ["git", "status"] : argv);
        var terms = State.OpenSession(request.Session)!.Terms;
        var profiles = LeaseRules.ProfilesOf(State.Registry, terms);
        return request with
        {
            Environment =
            [
                .. request.Environment, new Variable(LeaseRules.Variable, LeaseRules.Bound(profiles)),
                new Variable("PGUSER", LeaseNames.Placeholder("migrate")),
            ],
        };
    }

    public string Consume(Request request)
    {
        if (World.Try(new RequestMove.Submit(request), World.Agent) is Decided.Refused refused)
            return refused.Refusal.Code;
        return World.Refuses(
            new RunMove.Consume(World.Order(request), request.Id, new RunId(World.NewId("run")), Tier.T2), World.Host);
    }

    /// <summary>A lease that a run has asked for.</summary>
    public Lease Requested(SessionId? session = null)
    {
        var request = Asked(session);
        var run = World.Run(World.Submit(request));
        return State.Leases.Of(run).Single().Lease;
    }

    public Lease Intended(SessionId? session = null)
    {
        var lease = Requested(session);
        World.Must(new LeaseMove.Intend(lease.Id, lease.Request), World.Host);
        return lease;
    }

    public Lease Issued(SessionId? session = null)
    {
        var lease = Intended(session);
        World.Must(new LeaseMove.Issue(lease.Id, lease.Request, "sha256:0123"), World.Host);
        return lease;
    }

    public Lease Revoking()
    {
        var lease = Issued();
        World.Must(new LeaseMove.Revoke(lease.Id, lease.Request, "enough"), World.As("carol"));
        return lease;
    }

    public Lease Failed()
    {
        var lease = Revoking();
        World.Must(new LeaseMove.Fail(lease.Id, lease.Request, "lease.backend-down"), World.Host);
        return lease;
    }

    public Lease Ended()
    {
        var lease = Revoking();
        World.Must(new LeaseMove.Confirm(lease.Id, lease.Request, 12, 1), World.Host);
        return lease;
    }

    public void EndRun(Lease lease) => World.Must(new RunMove.End(
        lease.Run, lease.Request, new RunOutcome(RunEnd.Exited, 0, 1, 0, 0, null, null, null)), World.Host);

    public LeaseState StateOf(Lease lease) => State.Leases.Find(lease.Id)!;

    /// <summary>Its state, and why it is over where it is.</summary>
    public string Says(Lease lease) => StateOf(lease) switch
    {
        LeaseState.Revoking s => s.Code,
        LeaseState.Failed s => s.Code,
        LeaseState.Ended s => s.Code,
        var s => s.Word,
    };
}

/// <summary>What is refused of credentials, and every way in which one ends.</summary>
static class LeaseRefusals
{
    static readonly CredentialProfile _profile = LeaseWorld.Profile;

    static CredentialProfile[] BadProfiles =>
    [
        _profile with { Id = "" }, _profile with { Id = "a/b" }, _profile with { Id = "A" },
        _profile with { Admin = "../x" }, _profile with { Ttl = 4 }, _profile with { Ttl = 2_000 },
        _profile with { TtlMax = 90_000 }, _profile with { Concurrent = 0 }, _profile with { Concurrent = 101 },
        At("", 1, "d", "r"), At("a b", 1, "d", "r"), At("a/b", 1, "d", "r"), At("h", 0, "d", "r"),
        At("h", 65_536, "d", "r"), At("h", 1, "", "r"), At("h", 1, "d", "r\""), At("h", 1, "d", "pg_monitor"),
        At("h", 1, new string('d', 64), "r"), Of("/bin/sh"), Of("p", new PluginSetting("a b", "")),
        Of("p", new PluginSetting("a", "\n")), Of("p", new PluginSetting("a", ""), new PluginSetting("a", "")),
        Named("LD_PRELOAD"), Named("PATH"), Named("lower"), Named("A-B"), Named("AWS_FILE", "../x"),
        Redis("a b", ["x"], "+get"), Redis("h", [], []), Redis("h", ["a b"], "+get"), Redis("h", ["x"], "get"),
        Redis("h", ["x"], "+@all"), Redis("h", ["x"], "+@admin"), Redis("h", ["x"], "+acl|setuser"),
        Redis("h", ["x"], "+@dangerous"), Redis("h", ["x"], "+get@all"), Redis("h", ["x"], "+GET"),
    ];

    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        .. BadProfiles.Select(p => Fault("realm.bad-credential", d => LeaseWorld.Document(d, p))),
        Fault("realm.bad-credential", d => Given(d, w => w with { CredentialProfiles = ["migrate", "migrate"] })),
        Fault("realm.bad-credential", d => Profiles(Given(d, w => w), 17)),
        Fault("realm.duplicate", d => Profiles(Given(d, w => w), 2, "twice")),
        Fault("realm.unknown-credential", d => Given(d, w => w with { CredentialProfiles = ["migrate", "ghost"] })),
        // Of a target, but of none that the workflow has.
        Fault("realm.unknown-credential", d => Given(d, w => w, "release-staging")),
        Fault("realm.credential-tier", d => Given(d, w => w with { TierMin = Tier.T1 })),
        Fault("realm.credential-bounds", d => Given(d, w => w with { Bounds = Bounds.Default })),
        Fault("realm.missing", d => LeaseWorld.Document(d, _profile with { Backend = null! })),

        new("lease.profile-changed", _ =>
        {
            var w = new LeaseWorld();
            var asked = w.Asked();
            w.World.Submit(asked);
            var order = w.World.Order(asked);
            Change(w, _profile with { Ttl = 700 });
            return w.World.Refuses(new RunMove.Consume(order, asked.Id, new RunId("r"), Tier.T2), World.Host);
        }),
        // A request from before the workflow had credentials says nothing of them.
        new("lease.profile-changed", _ => new LeaseWorld() is var w
            ? w.Consume(Tests.Given.Exec(w.World, w.Session, "git", "status")) : ""),
        new("session.budget", _ =>
        {
            var w = new LeaseWorld(credentials: 1);
            w.Requested();
            return w.Consume(w.Asked());
        }),
        new("lease.too-many", _ =>
        {
            var w = new LeaseWorld(_profile with { Concurrent = 1 });
            w.Failed();
            return w.Consume(w.Asked());
        }),
        new("lease.too-many", _ =>
        {
            var w = new LeaseWorld(_profile with { Concurrent = 100 });
            var state = new LeaseState.Intended(w.Requested());
            w.World.Assume(w.State with
            {
                Leases = w.State.Leases with
                {
                    Live = Enumerable.Range(0, LeaseBook.LiveMax).Select(i => new LeaseId($"l{i}"))
                        .ToImmutableDictionary(i => i, i => (LeaseState)(state with
                        {
                            Lease = state.Lease with { Id = i, Profile = _profile with { Id = "other" } },
                        })),
                },
            });
            return w.Consume(w.Asked());
        }),
        new("lease.target-blocked", _ =>
        {
            var w = new LeaseWorld();
            for (var i = 0; i < LeaseBook.FailedMax; i++)
                w.Failed();
            return w.Consume(w.Asked());
        }),
        new("lease.no-time", _ =>
        {
            var w = new LeaseWorld();
            var asked = w.Asked();
            w.World.Submit(asked);
            var order = w.World.Order(asked);
            var (session, state) = w.State.Find(asked.Id)!.Value;
            w.World.Assume(w.State with
            {
                Sessions = w.State.Sessions.SetItem(w.Session, session with
                {
                    Requests = session.Requests.SetItem(
                        asked.Id, (RequestState.Ordered)state with { ApprovedUntil = w.World.Now }),
                }),
            });
            return w.World.Refuses(new RunMove.Consume(order, asked.Id, new RunId("r"), Tier.T2), World.Host);
        }),
        new("lease.no-time", _ =>
        {
            var w = new LeaseWorld(_profile with { Ttl = 5, TtlMax = 5 });
            var lease = w.Requested();
            w.World.Now = w.World.Now.AddSeconds(5);
            return Host(w, new LeaseMove.Intend(lease.Id, lease.Request));
        }),
        new("lease.not-host", _ => new LeaseWorld() is var w && w.Requested() is var l
            ? w.World.Refuses(new LeaseMove.Intend(l.Id, l.Request), World.Agent) : ""),
        new("lease.not-host", _ => new LeaseWorld() is var w && w.Intended() is var l
            ? w.World.Refuses(new LeaseMove.Issue(l.Id, l.Request, "f"), w.World.As("alice")) : ""),
        new("lease.not-host", _ => new LeaseWorld() is var w && w.Issued() is var l
            ? w.World.Refuses(new LeaseMove.Renew(l.Id, l.Request, w.World.Now), World.Agent) : ""),
        new("lease.not-host", _ => new LeaseWorld() is var w && w.Revoking() is var l
            ? w.World.Refuses(new LeaseMove.Confirm(l.Id, l.Request, 1, 0), w.World.As("alice")) : ""),
        new("lease.not-host", _ => new LeaseWorld() is var w && w.Revoking() is var l
            ? w.World.Refuses(new LeaseMove.Fail(l.Id, l.Request, "f"), World.Agent) : ""),
        new("person.required", _ => new LeaseWorld() is var w && w.Issued() is var l
            ? w.World.Refuses(new LeaseMove.Revoke(l.Id, l.Request, "mine"), World.Agent) : ""),
        new("lease.unknown", _ => new LeaseWorld() is var w
            ? Host(w, new LeaseMove.Intend(new LeaseId("ghost"), new RequestId("x"))) : ""),
        new("lease.unknown", _ => new LeaseWorld() is var w && w.Issued() is var l
            ? Host(w, new LeaseMove.Revoke(l.Id, new RequestId("other"), "lease.not-issued")) : ""),
        new("lease.unknown", _ => new LeaseWorld() is var w && w.Ended() is var l
            ? Host(w, new LeaseMove.Confirm(l.Id, l.Request, 1, 0)) : ""),
        new("lease.bad-fingerprint", _ => new LeaseWorld() is var w && w.Intended() is var l
            ? Host(w, new LeaseMove.Issue(l.Id, l.Request, "")) : ""),
        new("lease.bad-fingerprint", _ => new LeaseWorld() is var w && w.Intended() is var l
            ? Host(w, new LeaseMove.Issue(l.Id, l.Request, "two words")) : ""),
        new("lease.bad-reason", _ => new LeaseWorld() is var w && w.Issued() is var l
            ? Host(w, new LeaseMove.Revoke(l.Id, l.Request, "because")) : ""),
        new("lease.bad-reason", _ => new LeaseWorld() is var w && w.Issued() is var l
            ? w.World.Refuses(new LeaseMove.Revoke(l.Id, l.Request, new string('x', 1_025)), w.World.As("bob")) : ""),
        new("lease.bad-reason", _ => new LeaseWorld() is var w && w.Revoking() is var l
            ? Host(w, new LeaseMove.Fail(l.Id, l.Request, "password is hunter2")) : ""),
        new("lease.revoking", _ => new LeaseWorld() is var w && w.Failed() is var l
            ? w.World.Refuses(new LeaseMove.Revoke(l.Id, l.Request, "now"), w.World.As("bob")) : ""),
        new("lease.too-late", _ =>
        {
            var w = new LeaseWorld();
            var lease = w.Issued();
            w.World.Now = w.World.Now.AddSeconds(600);
            return Host(w, new LeaseMove.Renew(lease.Id, lease.Request, w.World.Now.AddSeconds(600)));
        }),
        .. new[] { 600, 601, 1_801 }.Select(seconds => new RefusalCase("lease.bad-renewal", _ =>
        {
            var w = new LeaseWorld();
            var lease = w.Issued();
            return Host(w, new LeaseMove.Renew(lease.Id, lease.Request, w.World.Now.AddSeconds(seconds)));
        })),
        new("session.stopped", _ =>
        {
            var w = new LeaseWorld();
            var lease = w.Requested();
            w.World.Assume(w.State with
            {
                Stops = w.State.Stops.Add(
                    new Scope(ScopeKind.Realm, ""), new Stop(new KillId("k"), new PersonId("bob"), "", w.World.Now)),
            });
            return Host(w, new LeaseMove.Intend(lease.Id, lease.Request));
        }),

        // How it ends.
        Ends("lease.run-ended", (w, lease) => w.EndRun(lease)),
        Ends("lease.session-ended", (w, _) => w.World.Must(new SessionMove.Close(w.Session, ""), World.Host)),
        Ends("lease.session-ended", (w, _) => w.World.Kill(new Scope(ScopeKind.Target, "db-prod"))),
        Ends("lease.session-ended", (w, _) => w.World.Must(
            new People.PersonMove.Offboard(new PersonId("alice"), "left"), w.World.As("bob"))),
        Ends("lease.profile-withdrawn", (w, _) => Change(w, _profile with { Ttl = 700 })),
        Ends("lease.profile-withdrawn", (w, _) => Apply(w, d => d with
        {
            Workflows = [.. d.Workflows.Select(f => f with { CredentialProfiles = [] })],
        })),
        Ends("lease.expired", (w, _) =>
        {
            w.World.Now = w.World.Now.AddSeconds(600);
            w.World.Must(new RealmMove.Tick(), World.Host);
        }),
        Ends("lease.revoked-by-person", (w, lease) => w.World.Must(
            new LeaseMove.Revoke(lease.Id, lease.Request, "enough"), w.World.As("carol"))),
        Ends("lease.account-gone", (w, lease) => w.World.Must(
            new LeaseMove.Revoke(lease.Id, lease.Request, "lease.account-gone"), World.Host)),
        Ends("lease.not-issued", (w, lease) => w.World.Must(
            new LeaseMove.Revoke(lease.Id, lease.Request, "lease.not-issued"), World.Host)),
        new("lease.never-issued", _ =>
        {
            var w = new LeaseWorld();
            var lease = w.Requested();
            w.EndRun(lease);
            return w.Says(lease);
        }),
        .. StatesAndMoves(),
    ];

    // Every move in every state; what is not here is possible there, and LeaseTests has where it leads.
    static IEnumerable<RefusalCase> StatesAndMoves()
    {
        (Func<LeaseWorld, Lease> State, string[] Wrong)[] table =
        [
            (w => w.Requested(), ["issue", "renew", "confirm", "fail"]),
            (w => w.Intended(), ["intend", "renew", "confirm", "fail"]),
            (w => w.Issued(), ["intend", "issue", "confirm", "fail"]),
            (w => w.Revoking(), ["intend", "issue", "renew"]),
            (w => w.Failed(), ["intend", "issue", "renew", "fail"]),
        ];
        foreach (var (state, wrong) in table)
            foreach (var word in wrong)
                yield return new RefusalCase("lease.wrong-state", _ =>
                {
                    var w = new LeaseWorld();
                    return Host(w, MoveOf(word, state(w), w.World.Now));
                });
    }

    public static LeaseMove MoveOf(string word, Lease lease, DateTimeOffset now) => word switch
    {
        "intend" => new LeaseMove.Intend(lease.Id, lease.Request),
        "issue" => new LeaseMove.Issue(lease.Id, lease.Request, "sha256:4567"),
        "renew" => new LeaseMove.Renew(lease.Id, lease.Request, now.AddSeconds(600)),
        "revoke" => new LeaseMove.Revoke(lease.Id, lease.Request, "lease.not-issued"),
        "confirm" => new LeaseMove.Confirm(lease.Id, lease.Request, 1, 0),
        "fail" => new LeaseMove.Fail(lease.Id, lease.Request, "lease.backend-down"),
        _ => throw new ArgumentOutOfRangeException(nameof(word)),
    };

    static RefusalCase Ends(string code, Action<LeaseWorld, Lease> end) => new(code, _ =>
    {
        var w = new LeaseWorld();
        var (intended, issued) = (w.Intended(), w.Issued());
        end(w, issued);
        // What may exist is never thought gone before the backend has said so.
        Assert.All((Lease[])[intended, issued], l => Assert.Contains(l.Id, w.State.Leases.Live.Keys));
        return w.Says(issued);
    });

    static CredentialProfile At(string host, int port, string database, string role) =>
        _profile with { Backend = new CredentialBackend.Postgres(host, port, database, role) };

    static CredentialProfile Redis(string host, ImmutableArray<string> keys, params ImmutableArray<string> commands) =>
        _profile with { Backend = new CredentialBackend.Redis(host, 6379, keys, commands, []) };

    static CredentialProfile Of(string program, params ImmutableArray<PluginSetting> settings) =>
        _profile with { Backend = new CredentialBackend.Plugin(program, RevocationClass.ExpiryOnly, settings, []) };

    static CredentialProfile Named(string name, string file = "token") => _profile with
    {
        Backend = new CredentialBackend.Plugin("p", RevocationClass.ExpiryOnly, [], [new(name, file)]),
    };

    static void Change(LeaseWorld world, CredentialProfile profile) =>
        Apply(world, d => LeaseWorld.Document(d, profile));

    static void Apply(LeaseWorld world, Func<RealmDocument, RealmDocument> change)
    {
        var (id, _) = world.World.Propose(change(world.State.Registry.Document), "alice");
        world.World.Review(id, "bob");
        Assert.Equal("change.applied", ((Writ.Changes.ChangeState.Closed)world.State.Changes[id]).Code);
    }

    static string Host(LeaseWorld world, Move move) => world.World.Refuses(move, World.Host);

    static RealmDocument Given(RealmDocument d, Func<Workflow, Workflow> change, string? also = null) =>
        LeaseWorld.Document(d, _profile) is var given ? given with
        {
            Workflows =
            [
                .. given.Workflows.Select(w => w.CredentialProfiles.IsEmpty && w.Id.Value != also ? w : change(w with
                {
                    CredentialProfiles = ["migrate"],
                    Bounds = w.Bounds with { Credentials = 20 },
                })),
            ],
        } : d;

    static RealmDocument Profiles(RealmDocument d, int count, string? id = null) => d with
    {
        Targets =
        [
            .. d.Targets.Select(t => t.Id.Value != "db-prod" ? t : t with
            {
                Credentials =
                [
                    _profile, .. Enumerable.Range(1, count - (id is null ? 1 : 0))
                        .Select(i => _profile with { Id = id ?? $"p{i}" }),
                ],
            }),
        ],
    };

    static RefusalCase Fault(string code, Func<RealmDocument, RealmDocument> change) => new(code, _ =>
    {
        var (registry, faults) = Registry.From(change(Tests.Given.Document), []);
        Assert.Null(registry);
        return faults[0].Code;
    });
}
