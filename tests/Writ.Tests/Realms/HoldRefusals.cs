using System.Collections.Immutable;
using Writ.Egress;
using Writ.Holds;
using Writ.Kills;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>What is refused to what stands still inside a run, and how it ends.</summary>
static class HoldRefusals
{
    static readonly string Digest = new('d', 64);

    static readonly RunOutcome Outcome = new(RunEnd.Exited, 0, 1, 0, 0, null, null, null);

    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("run.not-runner", _ => Open(Given(), World.Agent)),
        new("run.not-runner", _ => Given() is var g
            ? g.World.Refuses(new HoldMove.Go(g.Held("rm", "x").Id), World.Agent) : ""),
        new("run.not-runner", _ => Given() is var g
            ? g.World.Refuses(new HoldMove.Withdraw(g.Held("rm", "x").Id), g.World.As("bob")) : ""),
        new("hold.malformed", _ => Given() is var g ? g.World.Refuses(
            new RequestMove.Submit(g.Asked("rm", "x")), World.Agent) : ""),
        new("hold.malformed", _ => Open(Given(), change: r => r with { Hold = null })),
        new("hold.malformed", _ => Open(Given(), change: r => r with { Hold = r.Hold! with { Action = null! } })),
        new("hold.malformed", _ => Open(Given(), change: r => r with { Hold = r.Hold! with
            { Action = ((HeldAction.Exec)r.Hold.Action) with { FileDigest = "x" } } })),
        new("hold.malformed", _ => Open(Given(), change: r => r with { Hold = r.Hold! with
            { Action = ((HeldAction.Exec)r.Hold.Action) with { Program = Program("rm") with { Via = default } } } })),
        // Whatever people are shown has to be what the hold says: no other command, file, place or environment.
        new("hold.malformed", _ => Open(Given(), change: r => r with { Ask = new Ask.Exec(["ls"]) })),
        new("hold.malformed", _ => Open(Given(), change: r => r with { Cwd = "/home/agent/work/other" })),
        new("hold.malformed", _ => Open(Given(), change: r => r with { Executable = "/usr/bin/ls" })),
        new("hold.malformed", _ => Open(Given(), change: r => r with { ExecutableDigest = new string('e', 64) })),
        new("hold.malformed", _ => Open(Given(), change: r => r with { Environment = [new Variable("A", "1")] })),
        new("hold.off", _ => Open(Given(held: null))),
        new("run.unknown", _ => Open(Given(), change: r => r with { Hold = r.Hold! with { Run = new RunId("x") } })),
        new("run.unknown", _ => Open(Given(), change: r => r with { Hold = r.Hold! with
            { Parent = new RequestId("ghost") } })),
        new("hold.too-many", _ =>
        {
            var given = Given(held: new HoldBounds(2, 60));
            given.Held("rm", "a");
            given.Held("rm", "b");
            return Open(given);
        }),
        new("hold.too-often", _ =>
        {
            var given = Given();
            var running = (RequestState.Running)given.World.StateOf(given.Parent);
            given.World.Assume(given.World.State.With(
                given.World.State.OpenSession(given.Parent.Session)!, running with { Holds = 64 }));
            return Open(given);
        }),
        new("hold.too-late", _ => Given() is var g
            ? g.World.Refuses(new HoldMove.Open(g.Asked("rm", "x"), g.World.Now), World.Host) : ""),
        new("session.budget", _ =>
        {
            var given = Given(bounds: Bounds.Default with { Deletions = 0 });
            return Open(given);
        }),
        new("request.too-large", _ => Given() is var g
            ? g.World.Refuses(new HoldMove.Open(g.Asked("rm", new string('x', 12_000)), g.Until), World.Host) : ""),
        new("request.bad-id", _ => Given() is var g
            ? g.World.Refuses(new HoldMove.Open(g.Held("rm", "x"), g.Until), World.Host) : ""),
        new("request.unknown", _ =>
        {
            var given = Given();
            var held = given.Approved("rm", "x");
            given.World.Must(new SessionMove.Close(held.Session, ""), World.Host);
            return given.World.Refuses(new HoldMove.Go(held.Id), World.Host);
        }),

        // Who approves it is bound like everywhere.
        new("approval.self", _ => Given() is var g ? g.World.Refuses(
            g.World.Disposition(g.Held("rm", "x"), "alice"), g.World.As("alice")) : ""),
        new("approval.other-request", _ => Given() is var g ? g.World.Refuses(
            g.World.Disposition(g.Held("rm", "x"), "bob") with { RequestDigest = "sha256:x" }, g.World.As("bob")) : ""),

        // Approved, it can be carried out nowhere else.
        new("hold.in-run", _ => Given() is var g ? g.World.Refuses(new RequestMove.Execute(
            g.Approved("rm", "x").Id, new WritId("w"), ""), World.Agent) : ""),
        new("hold.in-run", _ => Given() is var g ? g.World.Refuses(
            new RequestMove.Allow(g.Approved("rm", "x").Id), World.Agent) : ""),
        new("hold.not-ready", _ => Given() is var g
            ? g.World.Refuses(new HoldMove.Go(g.Held("rm", "x").Id), World.Host) : ""),
        new("hold.not-ready", w => w.Refuses(
            new HoldMove.Go(w.Submit(w.OpenSession(), "git", "status").Id), World.Host)),
        new("hold.not-waiting", w => w.Refuses(
            new HoldMove.Withdraw(w.Submit(w.OpenSession(), "git", "status").Id), World.Host)),
        new("request.unknown", w => w.Refuses(new HoldMove.Go(new RequestId("ghost")), World.Host)),
        new("request.unknown", w => w.Refuses(new HoldMove.Withdraw(new RequestId("ghost")), World.Host)),

        new("hold.let-go", _ =>
        {
            var given = Given();
            var held = given.Approved("rm", "x");
            var before = given.World.State.OpenSession(held.Session)!.Usage;
            given.World.Must(new HoldMove.Go(held.Id), World.Host);
            Assert.Equal(before.Deletions + 1, given.World.State.OpenSession(held.Session)!.Usage.Deletions);
            // Once.
            Assert.Equal("hold.not-ready", given.World.Refuses(new HoldMove.Go(held.Id), World.Host));
            return given.World.ClosedBy(held);
        }),
        new("hold.withdrawn", _ => Ends((g, held) => g.World.Must(new HoldMove.Withdraw(held.Id), World.Host))),
        new("hold.run-over", _ => Ends((g, _) => g.World.Must(
            new RunMove.End(g.Run, g.Parent.Id, Outcome), World.Host))),
        new("approval.refused", _ => Ends((g, held) => g.World.Dispose(held, "bob", approves: false))),
        new("request.expired", _ => Ends((g, held) =>
        {
            g.World.Now = g.World.Now.AddSeconds(60);
            g.World.Must(new HoldMove.Withdraw(held.Id), World.Host);
        })),
        new("request.expired", _ => Ends((g, _) =>
        {
            g.World.Now = g.World.Now.AddSeconds(60);
            g.World.Must(new Writ.Realms.RealmMove.Tick(), World.Host);
        })),
        new("request.expired", _ =>
        {
            var given = Given();
            var held = given.Approved("rm", "x");
            given.World.Now = given.World.Now.AddMinutes(11);
            given.World.Must(new HoldMove.Go(held.Id), World.Host);
            return given.World.ClosedBy(held);
        }),
        new("approval.policy-changed", _ =>
        {
            var given = Given();
            var held = given.Approved("rm", "x");
            var session = given.World.State.OpenSession(held.Session)!;
            given.World.Assume(given.World.State.With(session with { PolicyDigest = "sha256:other" }));
            given.World.Must(new HoldMove.Go(held.Id), World.Host);
            return given.World.ClosedBy(held);
        }),
        new("approval.nobody-left", _ =>
        {
            // Who agreed has left before it went on.
            var given = Given();
            var held = given.Approved("rm", "x");
            given.World.Must(new Writ.People.PersonMove.Offboard(new PersonId("carol"), "left"),
                given.World.As("alice"));
            given.World.Must(new HoldMove.Go(held.Id), World.Host);
            return given.World.ClosedBy(held);
        }),
        new("session.stopped", _ =>
        {
            var given = Given();
            var held = given.Approved("rm", "x");
            given.World.Assume(given.World.State with { Stops = given.World.State.Stops.Add(
                new Scope(ScopeKind.Agent, "claude"), new Stop(default, default, "", given.World.Now)) });
            return given.World.Refuses(new HoldMove.Go(held.Id), World.Host);
        }),
        new("session.killed", _ =>
        {
            var given = Given();
            var held = given.Held("rm", "x");
            given.World.Kill(new Scope(ScopeKind.Session, held.Session.Value));
            var ended = given.World.Entries.SelectMany(e => e.Data.Events ?? []).OfType<SessionEvent.Ended>().Last();
            Assert.Contains(held.Id, ended.Voided);
            return ended.Code;
        }),
    ];

    public static HoldGiven Given(
        HoldBounds? held, Bounds? bounds = null, ImmutableArray<EgressGrant>? egress = null)
    {
        var world = World.WithEverybody(d => d with
        {
            Workflows = [.. d.Workflows.Select(w => w with { Held = held, Egress = egress })],
        });
        var id = new SessionId("held");
        world.Must(new SessionMove.Open(
            Tests.Given.Terms(id, "release-prod") with { Bounds = bounds ?? Bounds.Default }), world.As("alice"));
        var parent = world.Submit(id, "git", "status");
        return new HoldGiven(world, parent, world.Run(parent));
    }

    public static HoldGiven Given(Bounds? bounds = null, ImmutableArray<EgressGrant>? egress = null) =>
        Given(new HoldBounds(2, 60), bounds, egress);

    public static ExecutedProgram Program(params ImmutableArray<string> argv) => new(
        "/usr/bin/" + argv[0], "/usr/bin/" + argv[0], ExecutableOrigin.System, argv, "/home/agent/work", ["git"], [],
        null);

    static string Open(HoldGiven given, Actor? actor = null, Func<Request, Request>? change = null)
    {
        var asked = given.Asked("rm", "x");
        return given.World.Refuses(
            new HoldMove.Open(change is null ? asked : change(asked), given.Until), actor ?? World.Host);
    }

    static string Ends(Action<HoldGiven, Request> end)
    {
        var given = Given();
        var held = given.Held("rm", "x");
        end(given, held);
        return given.World.ClosedBy(held);
    }

    /// <summary>A run that is under way, in a world of its own.</summary>
    internal sealed record HoldGiven(World World, Request Parent, RunId Run)
    {
        public DateTimeOffset Until => World.Now.AddHours(1);

        public Request Asked(params ImmutableArray<string> argv) => HoldRules.RequestOf(
            new RequestId(World.NewId("request")), Parent,
            new Hold(Run, Parent.Id, new HeldAction.Exec(Program(argv), Digest, Digest, OwnScratch: true)));

        public Request Held(params ImmutableArray<string> argv)
        {
            var request = Asked(argv);
            World.Must(new HoldMove.Open(request, Until), World.Host);
            return request;
        }

        /// <summary>What two of the team agreed to, as the rule about deletions wants it.</summary>
        public Request Approved(params ImmutableArray<string> argv)
        {
            var request = Held(argv);
            World.Dispose(request, "bob");
            World.Dispose(request, "carol");
            return request;
        }
    }
}
