using System.Collections.Immutable;
using System.Text;
using Writ.Egress;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Testing;
using Writ.Tests.Realms;
using Writ.Wire;

namespace Writ.Tests.Ledger;

/// <summary>What was decided inside a run is decided again from the ledger, and what was changed in it is found.
/// </summary>
public sealed class RunReplayTests
{
    const string Tree = "/home/agent/work";
    static readonly EgressAddress _public = EgressAddress.Parse("8.8.8.8")!.Value;

    readonly World _world = World.WithEverybody(d => d with
    {
        Workflows = [.. d.Workflows.Select(w => w with { Egress = [new("a.example", 80), new("a.example", 443)] })],
    });

    readonly RunBounds _bounds;
    readonly RunId _run;

    public RunReplayTests()
    {
        var session = _world.OpenSession(workflow: "release-staging");
        var request = _world.Submit(Given.Exec(_world, session, "git", "status"));
        _bounds = new RunBounds(request, ((RequestState.Ready)_world.StateOf(request)).Verdict, [], _world.Now);
        _run = _world.Run(request);
    }

    [Fact]
    public void Everything_that_was_decided_is_decided_again()
    {
        Programs([First(), Decided(1, "ls", "-l"), Decided(2, "rm", "-rf", "/"), Decided(3, "terraform", "apply")]);
        Connections([Decided(0, "a.example", 80), Decided(1, "b.example", 80)]);

        var replay = Again(_world.Entries);

        Assert.Empty(replay.Differences);
        Assert.Equal(_bounds.Request.Id, replay.Request);
        Assert.Equal(new RunReplayTally(4, 4, 0, 0, 0, 0), replay.Programs);
        Assert.Equal(new RunReplayTally(2, 2, 0, 0, 0, 0), replay.Connections);
    }

    [Fact]
    public void An_answer_for_other_facts_is_found()
    {
        // As if an operator had written something harmless over what was started, or the other way round.
        Programs([First(), Decided(1, "rm", "-rf", "/") with { Program = Program("ls") }]);
        Programs([Decided(2, "ls") with { Program = Program("rm", "-rf", "/") }]);
        Connections([Decided(0, "b.example", 80) with { Host = "a.example" }]);

        var replay = Again(_world.Entries);

        Assert.Equal(
            ["1 ls", "2 rm -rf /", "0 GET http://a.example:80/x"],
            replay.Differences.Select(d => $"{d.Number} {d.What}"));
        Assert.Equal("exec.automatic", replay.Differences[0].Again);
        Assert.StartsWith("exec.automatic", replay.Differences[1].Recorded, StringComparison.Ordinal);
        Assert.StartsWith("exec.", replay.Differences[1].Again, StringComparison.Ordinal);
        Assert.Equal(("net.not-granted", "net.unresolved"),
            (replay.Differences[2].Recorded, replay.Differences[2].Again));
        Assert.Equal(
            _world.Entries.Select((e, i) => (e, i)).Where(p => p.e.Data.Move is RunMove.RecordExecutions)
                .Select(p => (long)p.i),
            replay.Differences.Take(2).Select(d => d.Entry));
    }

    [Fact]
    public void A_first_program_that_is_not_what_the_writ_orders_is_found()
    {
        Programs([First() with { Program = Program("rm", "x") }]);

        Assert.Equal(
            "exec.blocked: it is not what the writ orders", Assert.Single(Again(_world.Entries).Differences).Again);
    }

    [Fact]
    public void What_policy_did_not_decide_is_counted_by_its_kind()
    {
        var held = Decided(1, "ls") with { Held = new RequestId("req-held"), Code = "hold.approved" };
        var budget = Decided(2, "ls") with { Code = "exec.budget", End = ExecutionEnd.Denied };
        var cut = Decided(3, "ls") with { ArgvDigest = "sha256:" + new string('0', 64) };
        Programs([First(), held, budget, cut]);

        Assert.Equal(new RunReplayTally(4, 1, 1, 1, 1, 0), Again(_world.Entries).Programs);
    }

    [Fact]
    public void A_decision_belongs_to_the_realm_as_it_was_then()
    {
        var before = Decided(1, "ls");
        // From here on the session is over: nothing more may start, and what was started before stays right.
        _world.Now = _world.Now.AddSeconds(10);
        _world.Must(new SessionMove.RecordPrompt(
            _bounds.Request.Session, new PromptReference("p", "sha256:" + new string('1', 64), 4)), World.Agent);
        Programs([First(), before]);

        var replay = Again(_world.Entries);

        Assert.Empty(replay.Differences);
        Assert.Equal(2, replay.Programs.Same);
    }

    [Fact]
    public void Lists_beside_the_ledger_are_decided_where_they_are_at_hand()
    {
        var records = Enumerable.Range(0, 40).Select(i => i == 0 ? First() : Decided(i, "ls", $"f{i}")).ToArray();
        var lines = string.Concat(records.Select(
            r => Encoding.UTF8.GetString(Canonical.Bytes(r, WireJson.Default.ExecutionRecord).Span) + "\n"));
        var digest = "sha256:" + new string('2', 64);
        Take(new ExecutionBatch(0, 40, Tallies(records), [], digest));

        var without = Again(_world.Entries);
        var with = Again(_world.Entries, d => d == digest ? Encoding.UTF8.GetBytes(lines) : null);

        Assert.Equal(new RunReplayTally(40, 0, 0, 0, 0, 40), without.Programs);
        Assert.Equal(new RunReplayTally(40, 40, 0, 0, 0, 0), with.Programs);
    }

    ExecutionRecord First() => Of(0, Program([.. _bounds.Request.Argv]), ExecutionVerdict.OfRequest);

    ExecutionRecord Decided(int number, params ImmutableArray<string> argv) => Of(
        number, Program(argv),
        ExecutionJudge.Decide(_world.State, _bounds, Program(argv), ownScratch: true, _world.Now));

    static ExecutionRecord Of(int number, ExecutedProgram program, ExecutionVerdict verdict) => new(
        number, number == 0 ? null : 0, number, 1, program, null,
        verdict.Allows ? ExecutionEnd.Started : ExecutionEnd.Denied, verdict.Code, verdict.Rule, null, null);

    static ExecutedProgram Program(params ImmutableArray<string> argv) => new(
        "/usr/bin/" + argv[0], "/usr/bin/" + argv[0], ExecutableOrigin.System, argv, Tree, ["bash"], [], null);

    EgressRecord Decided(int number, string host, int port)
    {
        var attempt = new EgressAttempt(
            EgressVia.Http, new EgressDestination(host, port), "GET", "/x", Encrypted: false);
        var (grant, refused) = EgressJudge.Look(_world.State, _bounds, attempt.Place, _world.Now);
        var verdict = refused ?? EgressJudge.Decide(_world.State, _bounds, attempt, _public, _world.Now);
        return new EgressRecord(
            number, number, 1, EgressVia.Http, host, port, "GET", "/x", Encrypted: false,
            grant is null ? null : _public.ToString(), grant is null ? EgressEnd.Refused : EgressEnd.Done, verdict.Code,
            verdict.Rule, null, 0, 0);
    }

    void Programs(ImmutableArray<ExecutionRecord> records) =>
        Take(new ExecutionBatch(records[0].Number, records.Length, Tallies(records), records, null));

    void Take(ExecutionBatch batch) => _world.Must(
        new RunMove.RecordExecutions(_run, _bounds.Request.Id, batch), World.Host);

    void Connections(ImmutableArray<EgressRecord> records) => _world.Must(
        new RunMove.RecordEgress(_run, _bounds.Request.Id, EgressBatch.Of(0, records, _ => "")), World.Host);

    static ImmutableArray<ExecutionTally> Tallies(IEnumerable<ExecutionRecord> records) =>
    [
        .. records.GroupBy(r => (r.End, r.Code, r.Rule))
            .Select(g => new ExecutionTally(g.Key.End, g.Key.Code, g.Key.Rule, g.Count())),
    ];

    RunReplay Again(IEnumerable<Entry> entries, Func<string, ReadOnlyMemory<byte>?>? list = null)
    {
        var (audit, replay) = (new DecisionAudit(), new RunReplay(_run, list ?? (_ => null)));
        foreach (var (entry, index) in entries.Select((e, i) => (e, i)))
        {
            var before = audit.State;
            Assert.Null(audit.Take(entry));
            replay.Take(index, entry.Data, entry.Time, before, audit.State);
        }
        return replay;
    }
}
