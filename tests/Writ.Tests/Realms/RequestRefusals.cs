using System.Collections.Immutable;
using Writ.Egress;
using Writ.Kills;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>What requests, writs and runs are refused for, and how they end.</summary>
static class RequestRefusals
{
    static readonly RunOutcome Outcome = new(RunEnd.Exited, 0, 1, 0, 0, null, null, null);

    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("session.not-yours", w => w.Refuses(
            new RequestMove.Submit(Given.Exec(w, w.OpenSession(), "ls")), new Actor.Agent(7, 1, "/usr/bin/node"))),
        new("session.not-yours", w => w.Refuses(new RequestMove.Submit(Given.Exec(w, w.OpenSession(), "ls")),
            w.As("alice"))),
        new("request.bad-id", w => Submit(w, r => r with { Id = new RequestId("Not An Id") })),
        new("request.bad-id", w => Submit(w, r => r with { Id = w.Submit(r.Session, "ls").Id })),
        new("session.too-many-requests", Crowded),
        new("request.too-large", w => Submit(w, r => r with { Ask = new Ask.Exec(["ls", new string('x', 24_001)]) })),
        new("request.too-large", w => Submit(w, r => r with { Ask = new Ask.Exec([.. Enumerable.Repeat("x",
            1_025)]) })),
        new("request.too-large", w => Submit(w, r => r with { Ask = new Ask.WriteFile("x", new string('x', 24_001),
            1) })),
        new("request.too-large", w => Submit(w, r => r with { Client = Client with { PromptId = new string('x',
            24_001) } })),
        new("request.too-large", w => Submit(w, r => r with { Executable = "/" + new string('x', 24_001) })),
        new("request.too-large", w => Submit(w, r => r with
        {
            Environment = [.. Enumerable.Range(0, 65).Select(i => new Variable($"V{i}", ""))],
        })),
        new("request.nul", w => Submit(w, r => r with { Ask = new Ask.Exec(["ls", "a\0b"]) })),
        new("request.nul", w => Submit(w, r => r with { Environment = [new Variable("A", "\0")] })),
        new("request.nul", w => Submit(w, r => r with { Client = Client with { SubAgent = "\0" } })),
        new("request.not-text", w => Submit(w, r => r with { Ask = new Ask.ShellLine("ls " + (char)0xd800) })),
        new("request.not-text", w => Submit(w, r => r with { Ask = new Ask.Exec(["ls", (char)0xdc00 + "x"]) })),
        new("request.empty", w => Submit(w, r => r with { Ask = new Ask.Exec([]) })),
        new("request.empty", w => Submit(w, r => r with { Ask = new Ask.Exec([""]) })),
        new("request.empty", w => Submit(w, r => r with { Ask = new Ask.ShellLine("") })),
        new("request.bad-cwd", w => Submit(w, r => r with { Cwd = "work" })),
        new("request.bad-variable", w => Submit(w, r => r with { Environment = [new Variable("", "x")] })),
        new("request.bad-variable", w => Submit(w, r => r with { Environment = [new Variable("A=B", "x")] })),
        new("request.bad-variable", w => Submit(w, r => r with
        {
            Environment = [new Variable("A", "1"), new Variable("A", "2")],
        })),
        new("request.bad-executable", w => Submit(w, r => r with { Executable = "ls" })),
        new("request.bad-executable", w => Submit(w, r => r with { ExecutableDigest = null })),
        new("request.bad-executable", w => Submit(w, r => r with { ExecutableDigest = "abc" })),
        new("session.stopped", w =>
        {
            var session = w.OpenSession();
            // A stop that stands while a session is open: the session was opened again after a kill of its policy, say.
            w.Assume(w.State with { Stops = w.State.Stops.Add(new Scope(ScopeKind.Agent, "claude"), new Stop(default,
                default, "", w.Now)) });
            return w.Refuses(new RequestMove.Submit(Given.Exec(w, session, "ls")), World.Agent);
        }),
        new("workflow.review-overdue", _ =>
        {
            var w = World.WithEverybody(d => d with
            {
                Workflows = [.. d.Workflows.Select(x => x with { ReviewBy = new DateOnly(2026, 11, 16),
                    Bounds = Bounds.Default with { Minutes = 6_000 } })],
            });
            var id = new SessionId("long");
            w.Must(new SessionMove.Open(
                Given.Terms(id, "release-prod") with { Bounds = Bounds.Default with { Minutes = 6_000 } }),
                    w.As("alice"));
            w.Now = w.Now.AddDays(1);
            return w.Refuses(new RequestMove.Submit(Given.Exec(w, id, "ls")), World.Agent);
        }),
        new("session.budget", w => Budgeted(w, Bounds.Default with { Commands = 0 }, "ls")),
        new("session.budget", w => Budgeted(w, Bounds.Default with { Writes = 0 }, "touch", "x")),
        new("session.budget", w => Budgeted(w, Bounds.Default with { Deletions = 0 }, "rm", "x")),
        new("session.budget", w => Budgeted(w, Bounds.Default with { Targets = 0 }, "terraform", "plan")),
        new("session.budget", w =>
        {
            // Two writs are out and the session may run one command: the second is not consumed.
            var session = OpenBounded(w, Bounds.Default with { Commands = 1 });
            var (first, second) = (w.Submit(session, "git", "status"), w.Submit(session, "git", "log"));
            var (writ, other) = (w.Order(first), w.Order(second));
            w.Must(new RunMove.Consume(writ, first.Id, new RunId("run-a"), Tier.T2), World.Host);
            return w.Refuses(new RunMove.Consume(other, second.Id, new RunId("run-b"), Tier.T2), World.Host);
        }),

        new("request.unknown", w => w.Refuses(new RequestMove.Allow(new RequestId("ghost")), World.Agent)),
        new("request.unknown", w => w.Refuses(new RequestMove.Execute(new RequestId("ghost"), new WritId("x"), ""),
            World.Agent)),
        new("request.unknown", w => w.Refuses(new RequestMove.Report(new RequestId("ghost"), true, null), World.Agent)),
        new("request.brokered", w => w.Refuses(new RequestMove.Allow(Ready(w).Id), World.Agent)),
        new("request.advisory", w => w.Refuses(
            new RequestMove.Execute(Advisory(w).Id, new WritId("writ-x"), ""), World.Agent)),
        new("request.no-executable", w => w.Refuses(new RequestMove.Submit(
            Given.Exec(w, w.OpenSession(), "gone") with { Executable = null, ExecutableDigest = null }), World.Agent)),
        new("request.waiting", w => Execute(w, Waiting(w))),
        new("request.expired", w =>
        {
            var request = Ready(w);
            w.Now = w.Now.AddMinutes(15);
            return Execute(w, request);
        }),
        new("request.expired", w =>
        {
            var request = Ready(w);
            w.Now = w.Now.AddMinutes(15);
            w.Must(new RealmMove.Tick(), World.Host);
            return w.ClosedBy(request);
        }),
        new("request.closed", w =>
        {
            var request = Waiting(w);
            w.Dispose(request, "bob", approves: false);
            return Execute(w, request);
        }),
        new("request.allowed", w =>
        {
            var request = Advisory(w);
            w.Must(new RequestMove.Allow(request.Id), World.Agent);
            return w.Refuses(new RequestMove.Allow(request.Id), World.Agent);
        }),
        new("request.not-allowed", w => w.Refuses(new RequestMove.Report(Waiting(w).Id, true, null), World.Agent)),
        new("request.too-large", w => w.Refuses(new RequestMove.Report(Waiting(w).Id, true, new string('x', 1_025)),
            World.Agent)),
        new("request.done", w => Reported(w, succeeded: true)),
        new("request.failed", w => Reported(w, succeeded: false)),

        new("writ.malformed", w => Ready(w) is var request
            ? w.Refuses(new RequestMove.Execute(request.Id, default, RequestRules.Digest(request)), World.Agent) : ""),
        new("writ.issued", w =>
        {
            var request = Ready(w);
            w.Order(request);
            return Execute(w, request);
        }),
        new("writ.consumed", w =>
        {
            var request = Ready(w);
            w.Run(request);
            return Execute(w, request);
        }),
        new("writ.unknown", w => Consume(w, (r, _) => new RunMove.Consume(new WritId("other"), r.Id,
            new RunId("run-x"), Tier.T2))),
        new("writ.unknown", w => w.Refuses(
            new RunMove.Consume(new WritId("writ-x"), Ready(w).Id, new RunId("run-x"), Tier.T2), World.Host)),
        new("writ.expired", w => Consume(w, (r, writ) =>
        {
            w.Now = w.Now.AddSeconds(30);
            return new RunMove.Consume(writ, r.Id, new RunId("run-x"), Tier.T2);
        })),
        new("writ.consumed", w => Consume(w, (r, writ) =>
        {
            w.Must(new RunMove.Consume(writ, r.Id, new RunId("run-x"), Tier.T2), World.Host);
            return new RunMove.Consume(writ, r.Id, new RunId("run-y"), Tier.T2);
        })),
        new("request.unknown", w => w.Refuses(
            new RunMove.Consume(new WritId("x"), new RequestId("ghost"), new RunId("run-x"), Tier.T2), World.Host)),
        new("run.not-runner", w => w.Refuses(
            new RunMove.Consume(new WritId("x"), new RequestId("ghost"), new RunId("run-x"), Tier.T2), World.Agent)),
        new("run.not-runner", w => w.Refuses(new RunMove.End(new RunId("run-x"), new RequestId("ghost"), Outcome),
            w.As("alice"))),
        new("run.malformed", w => Consume(w, (r, writ) => new RunMove.Consume(writ, r.Id, default, Tier.T2))),
        new("run.tier", w => Consume(w, (r, writ) => new RunMove.Consume(writ, r.Id, new RunId("run-x"), Tier.T1))),
        new("run.unknown", w => w.Refuses(new RunMove.End(new RunId("run-x"), Ready(w).Id, Outcome), World.Host)),
        new("run.not-runner", w => w.Refuses(
            new RunMove.RecordExecutions(new RunId("run-x"), new RequestId("ghost"), Batch), World.Agent)),
        new("run.unknown", w => w.Refuses(
            new RunMove.RecordExecutions(new RunId("run-x"), Ready(w).Id, Batch), World.Host)),
        .. BadBatches.Select(batch => new RefusalCase("run.bad-batch", w =>
        {
            var request = Ready(w);
            return w.Refuses(new RunMove.RecordExecutions(w.Run(request), request.Id, batch), World.Host);
        })),
        new("run.bad-batch", w =>
        {
            var request = Ready(w);
            var run = w.Run(request);
            w.Must(new RunMove.RecordExecutions(run, request.Id, Batch), World.Host);
            return w.Refuses(new RunMove.RecordExecutions(run, request.Id, Batch), World.Host);
        }),
        new("run.not-runner", w => w.Refuses(
            new RunMove.RecordEgress(new RunId("run-x"), new RequestId("ghost"), Reached), World.Agent)),
        new("run.unknown", w => w.Refuses(
            new RunMove.RecordEgress(new RunId("run-x"), Ready(w).Id, Reached), World.Host)),
        .. BadReached.Select(batch => new RefusalCase("run.bad-egress", w =>
        {
            var request = Ready(w);
            return w.Refuses(new RunMove.RecordEgress(w.Run(request), request.Id, batch), World.Host);
        })),
        new("run.bad-egress", w =>
        {
            var request = Ready(w);
            var run = w.Run(request);
            w.Must(new RunMove.RecordEgress(run, request.Id, Reached), World.Host);
            return w.Refuses(new RunMove.RecordEgress(run, request.Id, Reached), World.Host);
        }),
        .. Enum.GetValues<RunEnd>().Select(end => new RefusalCase(RunEnds.Code(end), w =>
        {
            var request = Ready(w);
            w.Must(new RunMove.End(w.Run(request), request.Id, Outcome with { End = end }), World.Host);
            return w.ClosedBy(request);
        })),
        new("run.unknown", w =>
        {
            var request = Ready(w);
            var run = w.Run(request);
            w.Must(new RunMove.End(run, request.Id, Outcome), World.Host);
            return w.Refuses(new RunMove.End(run, request.Id, Outcome), World.Host);
        }),
    ];

    static EgressRecord Connection => new(
        0, 1, 2, EgressVia.Http, "a.example", 80, "GET", "/", false, "8.8.8.8", EgressEnd.Done, "net.automatic", null,
        null, 10, 20);

    static EgressTally Place => new("a.example", 80, EgressEnd.Done, "net.automatic", null, 1, 10, 20);

    static EgressBatch Reached => new(0, 1, [Place], 0, [Connection], null);

    static ImmutableArray<EgressBatch> BadReached =>
    [
        Reached with { Count = 0, Tallies = [], Listed = [] },
        Reached with { First = 1 },
        Reached with { First = -1 },
        Reached with { Count = 2 },
        Reached with { Tallies = [Place with { Count = 2 }] },
        Reached with { Tallies = [Place with { BytesSent = 9 }] },
        Reached with { Tallies = [Place with { Host = "b.example" }] },
        Reached with { Tallies = [], Elsewhere = 1 },
        Reached with { Tallies = [], Elsewhere = -1 },
        Reached with { Listed = [] },
        Reached with { Listed = [Connection with { BytesReceived = -1 }] },
        Reached with { Listed = [Connection with { Host = new string('a', 20_000) }] },
        Reached with { Listed = default },
        Reached with { Tallies = default },
        Reached with { Listed = [], ListDigest = "md5:x" },
    ];

    static ExecutionRecord Record => new(
        0, null, 0, 7, new ExecutedProgram("/usr/bin/ls", "/usr/bin/ls", ExecutableOrigin.System, ["ls"], "/", [], [],
            null), null, ExecutionEnd.Started, "exec.request", null, null, null);

    static ExecutionTally Tally => new(ExecutionEnd.Started, "exec.request", null, 1);

    static ExecutionBatch Batch => new(0, 1, [Tally], [Record], null);

    static ImmutableArray<ExecutionBatch> BadBatches =>
    [
        Batch with { Count = 0, Tallies = [], Listed = [] },
        Batch with { First = 1 },
        Batch with { First = -1 },
        Batch with { Count = 2 },
        Batch with { Tallies = [Tally with { Count = 2 }] },
        Batch with { Tallies = [Tally with { Count = 0 }] },
        Batch with { Listed = [] },
        Batch with { Listed = [], ListDigest = "somewhere" },
        Batch with { Listed = [Record, Record] },
        Batch with { Listed = [Record with { Number = 1 }] },
        Batch with { Listed = [Record with { Parent = 0 }] },
        Batch with { Listed = [Record with { Why = new string('x', 9_000) }] },
        new(0, 33, [Tally with { Count = 33 }],
            [.. Enumerable.Range(0, 33).Select(n => Record with { Number = n })], null),
        Batch with { Count = 4_097, Tallies = [Tally with { Count = 4_097 }], ListDigest = "sha256:x" },
        Batch with { Tallies = [.. Enumerable.Repeat(Tally, 65)], Count = 65, ListDigest = "sha256:x" },
    ];

    static ClientCall Client => new("claude-code", "c", null, null, null);

    static string Submit(World w, Func<Request, Request> change) =>
        w.Refuses(new RequestMove.Submit(change(Given.Exec(w, w.OpenSession(), "ls"))), World.Agent);

    static Request Ready(World w) => w.Submit(w.OpenSession(), "git", "status");

    static Request Waiting(World w) => w.Submit(w.OpenSession(), "terraform", "apply");

    static Request Advisory(World w) =>
        w.Submit(Given.Exec(w, w.OpenSession(), "git", "status") with { Assurance = Assurance.Advisory });

    static string Execute(World w, Request request) =>
        w.Refuses(new RequestMove.Execute(request.Id, new WritId("writ-x"), RequestRules.Digest(request)), World.Agent);

    static string Consume(World w, Func<Request, WritId, RunMove> move)
    {
        var request = Ready(w);
        return w.Refuses(move(request, w.Order(request)), World.Host);
    }

    static string Reported(World w, bool succeeded)
    {
        var request = Advisory(w);
        w.Must(new RequestMove.Allow(request.Id), World.Agent);
        w.Must(new RequestMove.Report(request.Id, succeeded, "said so"), World.Agent);
        return w.ClosedBy(request);
    }

    static SessionId OpenBounded(World w, Bounds bounds)
    {
        var session = new SessionId("bounded");
        w.Must(new SessionMove.Open(Given.Terms(session, "release-staging") with { Bounds = bounds }), w.As("alice"));
        return session;
    }

    static string Budgeted(World w, Bounds bounds, params ImmutableArray<string> argv)
    {
        var session = OpenBounded(w, bounds);
        var happened = w.Must(new RequestMove.Submit(Given.Exec(w, session, argv)), World.Agent);
        Assert.Equal(VerdictKind.Blocked, Assert.IsType<RequestEvent.Judged>(happened[0]).Verdict.Kind);
        return w.EndedBy(session);
    }

    static string Crowded(World w)
    {
        var id = w.OpenSession();
        var session = (SessionState.Open)w.State.Sessions[id];
        var many = session.Requests.AddRange(Enumerable.Range(0, 20_000).Select(i => new RequestId($"many-{i}"))
            .Select(r => KeyValuePair.Create<RequestId, RequestState>(r, new RequestState.Closed(r, "x"))));
        w.Assume(w.State with { Sessions = w.State.Sessions.SetItem(id, session with { Requests = many }) });
        return w.Refuses(new RequestMove.Submit(Given.Exec(w, id, "ls")), World.Agent);
    }
}
