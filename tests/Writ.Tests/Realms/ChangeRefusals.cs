using System.Collections.Immutable;
using Writ.Changes;
using Writ.People;
using Writ.Realms;

namespace Writ.Tests.Realms;

/// <summary>What changes of the realm document are refused for, and how they end.</summary>
static class ChangeRefusals
{
    static readonly string Digest = Signatures.Sha256("text");

    static readonly RealmDocument Renamed = Given.Document with
    {
        People = [.. Given.Document.People,
        Given.Someone("erin")]
    };

    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("person.required", w => w.Refuses(new ChangeMove.Stage(Digest, 0, 1, "text"), World.Agent)),
        new("change.too-large", w => w.Refuses(new ChangeMove.Stage(Digest, 0, 65, "text"), w.As("alice"))),
        new("change.too-large", w => w.Refuses(new ChangeMove.Stage(Digest, 1, 1, "text"), w.As("alice"))),
        new("change.too-large", w => w.Refuses(new ChangeMove.Stage(Digest, -1, 1, "text"), w.As("alice"))),
        new("change.too-large", w => w.Refuses(new ChangeMove.Stage(Digest, 0, 1, new string('x', 24_001)),
            w.As("alice"))),
        new("change.too-large", w => w.Refuses(new ChangeMove.Stage("sha256:x", 0, 1, "text"), w.As("alice"))),
        new("change.part-repeated", w => Twice(w, new ChangeMove.Stage(Digest, 0, 2, "te"), 0, 2)),
        new("change.part-repeated", w => Twice(w, new ChangeMove.Stage(Digest, 0, 2, "te"), 1, 3)),
        new("change.malformed", w => w.Refuses(Proposal(w, "alice") with { Reason = new string('x', 3_000) },
            w.As("alice"))),
        new("change.malformed", w => w.Refuses(Proposal(w, "alice") with { Change = new ChangeId("Not An Id") },
            w.As("alice"))),
        new("change.malformed", w => w.Refuses(
            Proposal(w, "alice") with { Change = w.Propose(Renamed, "alice").Change }, w.As("alice"))),
        new("change.too-many", Crowded),
        new("change.not-you", w => w.Refuses(Proposal(w, "bob"), w.As("alice"))),
        new("change.bad-signature", w => w.Refuses(Proposal(w, "alice") with { Reason = "another" }, w.As("alice"))),
        new("change.incomplete", w => w.Refuses(Proposal(w, "alice"), w.As("alice"))),
        new("change.digest", w => Staged(w, "other text")),
        new("change.not-a-document", w => Staged(w, "[]", Signatures.Sha256("[]"))),
        new("change.not-a-document", w => Staged(w, "null", Signatures.Sha256("null"))),
        new("change.not-a-document", w => Staged(w, "{", Signatures.Sha256("{"))),
        new("change.invalid", w => Refused(w.Propose(Renamed with { People = [] }, "alice").Decided)),
        new("change.invalid", w => Staged(w, "{}", Signatures.Sha256("{}"))),
        new("change.nothing", w => Refused(w.Propose(Given.Document, "alice").Decided)),
        new("realm.not-governing", w => Refused(w.Propose(
            Given.Document with { People = [.. Given.Document.People.Select(p => p with { Name = "X" })] },
                "carol").Decided)),
        new("change.unknown", w => w.Refuses(new ChangeMove.Review(new ChangeId("c"), default, true, "", ""),
            w.As("alice"))),
        new("realm.not-governing", w => Refused(w.Review(w.Propose(Renamed, "alice").Change, "carol"))),
        new("change.self", w => Refused(w.Review(w.Propose(Renamed, "alice").Change, "alice"))),
        new("change.expired", w =>
        {
            var (change, _) = w.Propose(Renamed, "alice");
            w.Now = w.Now.AddDays(3);
            return Refused(w.Review(change, "bob"));
        }),
        new("change.expired", w =>
        {
            var (change, _) = w.Propose(Renamed, "alice");
            w.Now = w.Now.AddDays(3);
            w.Must(new RealmMove.Tick(), World.Host);
            return Closed(w, change);
        }),
        new("change.repeated", _ =>
        {
            var w = World.WithEverybody(d => d with { Governance = d.Governance with { Quorum = 2 } });
            var (change, _) = w.Propose(Renamed, "carol");
            w.Review(change, "alice");
            return Refused(w.Review(change, "alice"));
        }),
        new("change.not-you", w =>
        {
            var (change, _) = w.Propose(Renamed, "alice");
            return w.Refuses(new ChangeMove.Review(change, new PersonId("carol"), true, "", ""), w.As("bob"));
        }),
        new("change.bad-signature", w =>
        {
            var (change, _) = w.Propose(Renamed, "alice");
            return w.Refuses(new ChangeMove.Review(change, new PersonId("bob"), true, "", ""), w.As("bob"));
        }),
        new("change.refused", w =>
        {
            var (change, _) = w.Propose(Renamed, "alice");
            w.Review(change, "bob", approves: false);
            return Closed(w, change);
        }),
        new("change.applied", w =>
        {
            var (change, _) = w.Propose(Renamed, "alice");
            w.Review(change, "bob");
            return Closed(w, change);
        }),
        new("change.outdated", w =>
        {
            var (change, _) = w.Propose(Renamed, "alice");
            var (other, _) = w.Propose(Renamed with { Targets = [], Workflows = [] }, "alice");
            w.Review(other, "bob");
            w.Review(change, "bob");
            return Closed(w, change);
        }),
    ];

    static string Refused(Decided decided) => decided is Decided.Refused no ? no.Refusal.Code : "accepted";

    static string Closed(World w, ChangeId change) =>
        w.State.Changes[change] is ChangeState.Closed closed ? closed.Code : "pending";

    static string Twice(World w, ChangeMove.Stage first, int index, int count)
    {
        w.Must(first, w.As("alice"));
        return w.Refuses(first with { Index = index, Count = count }, w.As("alice"));
    }

    static ChangeMove.Propose Proposal(World w, string author, string? digest = null)
    {
        var document = new ChangeDocument(
            w.State.Origin, new ChangeId("change-x"), digest ?? Digest, new PersonId(author), "propose", "because");
        return new ChangeMove.Propose(
            document.Change, document.DocumentDigest, document.Person, document.Reason, w.Sign(author,
                document.Render()));
    }

    static string Staged(World w, string text, string? digest = null)
    {
        w.Must(new ChangeMove.Stage(digest ?? Digest, 0, 1, text), w.As("alice"));
        return w.Refuses(Proposal(w, "alice", digest), w.As("alice"));
    }

    static string Crowded(World w)
    {
        var pending = new ChangeState.Pending(default, Digest, new PersonId("bob"), "", "", [], w.Now.AddDays(1));
        w.Assume(w.State with
        {
            Changes = w.State.Changes.AddRange(Enumerable.Range(0, 32)
                .Select(i => new ChangeId($"many-{i}"))
                .Select(id => KeyValuePair.Create<ChangeId, ChangeState>(id, pending with { Id = id }))),
        });
        return w.Refuses(Proposal(w, "alice"), w.As("alice"));
    }
}
