using System.Collections.Immutable;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Trees;
using Writ.Workflows;

namespace Writ.Tests.Realms;

/// <summary>What held changes are refused for, and how they end.</summary>
static class TreeRefusals
{
    public static readonly string List = "sha256:" + new string('a', 64);

    static readonly TreeEntry File = new(EntryKind.File, 0x1A4, 3, new string('b', 64), null);

    public static TreeResult Good { get; } = new(null, 1, []);

    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("run.not-runner", w => w.Refuses(Record(w, Running(w)), World.Agent)),
        new("run.unknown", w => w.Refuses(Record(w, w.Submit(w.OpenSession(), "ls")), World.Host)),
        new("run.unknown", w =>
        {
            // A run at T2 has nothing that is held back.
            var request = w.Submit(w.OpenSession(), "ls");
            w.Run(request);
            return w.Refuses(Record(w, request), World.Host);
        }),
        new("tree.session-over", w =>
        {
            var request = Running(w);
            var record = Record(w, request);
            w.Must(new SessionMove.Close(request.Session, ""), World.Host);
            return w.Refuses(record, World.Host);
        }),
        new("tree.repeated", w =>
        {
            var request = Running(w);
            w.Must(Record(w, request), World.Host);
            return w.Refuses(Record(w, request), World.Host);
        }),
        new("tree.malformed", w => w.Refuses(
            Record(w, Running(w)) with { WorkTree = "tree" }, World.Host)),
        new("tree.malformed", w => w.Refuses(
            Record(w, Running(w), [.. Enumerable.Repeat(Change("a"), 40)]) is var r
                ? r with { Summary = r.Summary with { First = [.. Enumerable.Repeat(Change("a"), 40)] } }
                : r, World.Host)),
        new("tree.malformed", w => w.Refuses(
            new TreeMove.Settle(Held(w), new TreeResult(new string('x', 97), 0, [])), World.Host)),
        new("tree.too-many", w =>
        {
            var record = Record(w, Running(w));
            return Full(w).Refuses(record, World.Host);
        }),
        new("tree.too-many", w =>
        {
            var request = w.Submit(w.OpenSession(), "ls");
            var writ = w.Order(request);
            Full(w);
            return w.Refuses(new RunMove.Consume(writ, request.Id, new RunId("run-t3"), Tier.T3), World.Host);
        }),
        new("tree.too-many-turns", w =>
        {
            var run = Held(w, [.. Enumerable.Range(0, 40).Select(i => Change($"a{i}"))]);
            for (var turn = 0; turn < 32; turn++)
                Turn(w, run, left: 39 - turn, $"a{turn}");
            return w.Refuses(Commit(w, run, "bob", false, "a32"), w.As("bob"));
        }),
        new("tree.malformed", w => w.Refuses(
            new TreeMove.Settle(Held(w), Good with { Left = -1 }), World.Host)),
        new("person.required", w => w.Refuses(Commit(w, Held(w), "bob"), World.Agent)),
        new("person.required", w => w.Refuses(new TreeMove.Discard(Held(w), List), World.Agent)),
        new("person.required", w => w.Refuses(Undo(w, Held(w), "bob"), World.Agent)),
        new("tree.unknown", w => w.Refuses(Commit(w, new RunId("ghost"), "bob"), w.As("bob"))),
        new("tree.not-held", w => w.Refuses(Commit(w, Committed(w), "bob"), w.As("bob"))),
        new("tree.not-committed", w => w.Refuses(Undo(w, Held(w), "bob"), w.As("bob"))),
        new("tree.changed", w => w.Refuses(Commit(w, Held(w), "bob") with { List = "sha256:x" }, w.As("bob"))),
        new("tree.changed", w => w.Refuses(new TreeMove.Discard(Held(w), "sha256:x"), w.As("bob"))),
        new("tree.unusable", w => w.Refuses(Commit(w, Held(w, problem: "too deep"), "bob"), w.As("bob"))),
        new("tree.bad-path", w => w.Refuses(Commit(w, Held(w), "bob", false, "../a"), w.As("bob"))),
        new("tree.bad-path", w => w.Refuses(Commit(w, Held(w), "bob", false, "/a"), w.As("bob"))),
        new("tree.bad-path", w => w.Refuses(
            Commit(w, Held(w), "bob", false, [.. Enumerable.Repeat("a", 257)]), w.As("bob"))),
        new("tree.refused-entries", w => w.Refuses(Commit(w, Held(w, Refused("pipe")), "bob"), w.As("bob"))),
        new("tree.refused-entries", w => w.Refuses(
            Commit(w, Held(w, Change("a"), Refused("in/pipe")), "bob", false, "in"), w.As("bob"))),
        new("tree.executes-later", w => w.Refuses(Commit(w, Held(w, Change(".envrc")), "bob"), w.As("bob"))),
        new("tree.executes-later", w => w.Refuses(
            Commit(w, Held(w, Change("a"), Change(".git/hooks/x")), "bob", false, ".git"), w.As("bob"))),
        // Alice sponsors the session: what is automatic she may decide, what a person has to look at she may not.
        new("tree.self", w => w.Refuses(Commit(w, Held(w, Change(".envrc")), "alice", true), w.As("alice"))),
        new("tree.self", w => w.Refuses(Commit(w, HeldAfterApproval(w), "alice"), w.As("alice"))),
        new("tree.not-yours", w => w.Refuses(Commit(w, HeldAfterApproval(w), "dave"), w.As("dave"))),
        new("tree.not-yours", _ => WithEve() is var w
            ? w.Refuses(Commit(w, Held(w), "eve"), w.As("eve"))
            : ""),
        new("tree.not-yours", _ => WithEve() is var w
            ? w.Refuses(new TreeMove.Discard(Held(w), List), w.As("eve"))
            : ""),
        new("tree.not-you", w => w.Refuses(Commit(w, Held(w), "bob"), w.As("carol"))),
        new("tree.bad-expiry", w => w.Refuses(Commit(w, Held(w), "bob") with { ExpiresAt = w.Now }, w.As("bob"))),
        new("tree.bad-expiry", w => w.Refuses(
            Commit(w, Held(w), "bob") with { ExpiresAt = w.Now.AddHours(2) }, w.As("bob"))),
        new("tree.bad-signature", w => w.Refuses(
            Commit(w, Held(w, Change("a"), Change("b")), "bob", false, "a") with { Paths = ["b"] }, w.As("bob"))),
        new("tree.bad-signature", w => w.Refuses(
            Commit(w, Held(w, Change(".envrc")), "bob") with { ExecutesLater = true }, w.As("bob"))),
        new("tree.bad-signature", w => w.Refuses(
            Undo(w, Committed(w), "bob") with { Signature = Commit(w, new RunId("x"), "bob").Signature }, w.As("bob"))),
        new("run.not-runner", w => w.Refuses(new TreeMove.Settle(Held(w), Good), w.As("bob"))),
        new("tree.not-under-way", w => w.Refuses(new TreeMove.Settle(Held(w), Good), World.Host)),
        new("tree.discarded", w => Forgotten(w.Must(new TreeMove.Discard(Held(w), List), w.As("alice")))),
        new("tree.undone", w =>
        {
            var run = Committed(w);
            w.Must(Undo(w, run, "alice"), w.As("alice"));
            return Forgotten(w.Must(new TreeMove.Settle(run, Good), World.Host));
        }),
        new("tree.expired", w =>
        {
            Held(w);
            w.Now = w.Now.AddDays(8);
            return w.Must(new Writ.Realms.RealmMove.Tick(), World.Host).OfType<TreeEvent.Forgotten>().Single().Code;
        }),
    ];

    public static TreeChange Change(string path) => new(path, ChangeKind.Added, null, File);

    public static TreeChange Refused(string path) =>
        new(path, ChangeKind.Refused, null, new TreeEntry(EntryKind.Special, 0, 0, null, null), "it is a pipe");

    /// <summary>A request of alice's session whose run is under way at T3.</summary>
    public static Request Running(World w, params ImmutableArray<string> argv)
    {
        var request = w.Submit(w.OpenSession(), argv.IsEmpty ? ["ls"] : argv);
        return Begin(w, request);
    }

    public static Request Begin(World w, Request request)
    {
        w.Must(
            new RunMove.Consume(w.Order(request), request.Id, new RunId(w.NewId("run")), Tier.T3), World.Host);
        return request;
    }

    public static TreeMove.Record Record(World w, Request request, params ImmutableArray<TreeChange> changes) => new(
        (w.StateOf(request) as RequestState.Running)?.Run ?? new RunId("none"), request.Id, "/home/agent/work",
        TreeSummary.Of(changes.IsEmpty ? [Change("a")] : changes, List, null), Succeeded: true);

    public static RunId Held(World w, params ImmutableArray<TreeChange> changes) => Held(w, null, changes);

    static RunId Held(World w, string? problem, params ImmutableArray<TreeChange> changes)
    {
        var record = Record(w, Running(w), changes);
        w.Must(record with { Summary = record.Summary with { Problem = problem } }, World.Host);
        return record.Run;
    }

    static RunId Held(World w, string problem) => Held(w, problem, []);

    static RunId HeldAfterApproval(World w)
    {
        var request = w.Submit(w.OpenSession(), "terraform", "apply");
        w.Dispose(request, "bob");
        var record = Record(w, Begin(w, request));
        w.Must(record, World.Host);
        return record.Run;
    }

    public static RunId Committed(World w)
    {
        var run = Held(w);
        w.Must(Commit(w, run, "alice"), w.As("alice"));
        w.Must(new TreeMove.Settle(run, Good), World.Host);
        return run;
    }

    /// <summary>Some paths are committed, and so many changes stay held.</summary>
    public static void Turn(World w, RunId run, int left, params ImmutableArray<string> paths)
    {
        w.Must(Commit(w, run, "bob", executesLater: true, paths), w.As("bob"));
        w.Must(new TreeMove.Settle(run, Good with { Left = left }), World.Host);
    }

    public static TreeMove.Commit Commit(
        World w, RunId run, string person, bool executesLater = false, params ImmutableArray<string> paths)
    {
        var document = new TreeDocument(
            w.State.Origin, run, TreeDocument.Commit, List, paths, executesLater, new PersonId(person),
            w.Now.AddMinutes(10));
        return new TreeMove.Commit(
            run, document.Person, List, paths, executesLater, document.ExpiresAt, w.Sign(person, document.Render()));
    }

    public static TreeMove.Undo Undo(World w, RunId run, string person)
    {
        var document = new TreeDocument(
            w.State.Origin, run, TreeDocument.Undo, List, [], ExecutesLater: false, new PersonId(person),
            w.Now.AddMinutes(10));
        return new TreeMove.Undo(run, document.Person, List, document.ExpiresAt, w.Sign(person, document.Render()));
    }

    static World Full(World w)
    {
        var run = Held(w);
        var one = w.State.Held[run];
        w.Assume(w.State with
        {
            Held = Enumerable.Range(0, 256).Select(i => one with { Run = new RunId($"run-full-{i}") })
                .ToImmutableDictionary(h => h.Run),
        });
        return w;
    }

    // The same realm with somebody who answers for nothing.
    static World WithEve() => World.WithEverybody(d => d with { People = [.. d.People, Given.Someone("eve")] });

    static string Forgotten(ImmutableArray<Event> events) => events.OfType<TreeEvent.Forgotten>().Single().Code;
}
