using System.Text.Json.Serialization;
using System.Text.Json;
using Writ.People;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Changes;

/// <summary>A realm document on its way in, in parts that fit ledger entries. Parts may come in any order,
/// once.</summary>
public sealed record StagedDocument(string Digest, int Count, ImmutableSortedDictionary<int, string> Parts)
{
    public bool IsComplete => Parts.Count == Count;

    public string Text() => string.Concat(Parts.Values);
}

/// <summary>One person's signed word on a change.</summary>
public sealed record ChangeReview(PersonId Person, string Signature, DateTimeOffset At);

/// <summary>Where a change stands: pending until enough people other than its author agree, then over.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(Pending), "pending")]
[JsonDerivedType(typeof(Closed), "closed")]
public abstract record ChangeState
{
    private ChangeState() { }

    public sealed record Pending(
        ChangeId Id, string DocumentDigest, PersonId Author, string Reason, string BaseDigest,
        ImmutableArray<ChangeReview> Reviews, DateTimeOffset ExpiresAt, PolicyReach? Reach = null,
        PolicyEvidence? Evidence = null) : ChangeState;

    public sealed record Closed(ChangeId Id, string Code) : ChangeState;
}

/// <summary>What can be asked about changes of the realm document.</summary>
public abstract record ChangeMove : Move
{
    /// <param name="Digest">SHA-256 of the whole document text, as <c>sha256:hex</c>.</param>
    public sealed record Stage(string Digest, int Index, int Count, string Text) : ChangeMove;

    /// <param name="Signature">Over <see cref="ChangeDocument"/> with disposition <c>propose</c>.</param>
    /// <param name="Reach">Which sessions a new bundle judges; null as in older ledgers: all of them.</param>
    /// <param name="Evidence">What the author saw of a new bundle.</param>
    public sealed record Propose(
        ChangeId Change, string DocumentDigest, PersonId Person, string Reason, string Signature,
        PolicyReach? Reach = null, PolicyEvidence? Evidence = null) : ChangeMove;

    /// <param name="Signature">Over <see cref="ChangeDocument"/> with disposition <c>approve</c> or
    /// <c>refuse</c>.</param>
    /// <param name="Evidence">What the reviewer saw of a new bundle; it need not be what the author saw.</param>
    public sealed record Review(
        ChangeId Change, PersonId Person, bool Approves, string Reason, string Signature,
        PolicyEvidence? Evidence = null) : ChangeMove;
}

/// <summary>What can happen to changes.</summary>
public abstract record ChangeEvent : Event
{
    public sealed record Staged : ChangeEvent;

    public sealed record Proposed(string BaseDigest, int Differences, DateTimeOffset ExpiresAt) : ChangeEvent;

    public sealed record Reviewed : ChangeEvent;

    /// <param name="Bootstrap">True when nobody else could have reviewed it yet; <c>doctor</c> says so as well.</param>
    public sealed record Applied(string DocumentDigest, string PolicyDigest, bool Bootstrap) : ChangeEvent;

    public sealed record Closed(ChangeId Change, string Code) : ChangeEvent;
}

/// <summary>Owners and policy change only by two people: an author, and somebody of the governing team.</summary>
static class ChangeDecider
{
    public const int PartMax = 24_000;
    public const int PartsMax = 64;
    public const int StagedMax = 8;
    public const int PendingMax = 32;
    public const int ReasonMax = 2_048;
    public static readonly TimeSpan PendingLife = TimeSpan.FromDays(3);

    public static Decided Stage(RealmState realm, ChangeMove.Stage move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequirePerson(realm, actor, now, out _) is { } no)
            return Decided.No(no);
        if (move.Count is < 1 or > PartsMax || move.Index < 0 || move.Index >= move.Count
            || move.Text.Length > PartMax || move.Digest.Length != 71)
            return Decided.No("change.too-large",
                $"A realm document has at most {PartsMax} parts of {PartMax} characters.");
        var staged = realm.Staged.GetValueOrDefault(move.Digest);
        return staged is not null && (staged.Count != move.Count || staged.Parts.ContainsKey(move.Index))
            ? Decided.No("change.part-repeated", "That part of the document is staged already.")
            : Decided.Because(new ChangeEvent.Staged());
    }

    public static Decided Propose(RealmState realm, ChangeMove.Propose move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequirePerson(realm, actor, now, out var person) is { } no)
            return Decided.No(no);
        if (realm.Changes.ContainsKey(move.Change) || !IdRules.IsWellFormed(move.Change.Value)
            || move.Reason.Length > ReasonMax)
            return Decided.No("change.malformed", "A change has a new id and a reason of at most 2,048 characters.");
        if (realm.Changes.Values.Count(c => c is ChangeState.Pending) >= PendingMax)
            return Decided.No("change.too-many", $"{PendingMax} changes wait for review already.");
        if (NotWhole(move.Evidence) is { } partial)
            return Decided.No(partial);
        var document = new ChangeDocument(
            realm.Origin, move.Change, move.DocumentDigest, move.Person, "propose", move.Reason, move.Reach,
            move.Evidence?.Digest());
        if (Unsigned(realm, person, move.Person, document, move.Signature) is { } unsigned)
            return Decided.No(unsigned);
        if (Load(realm, move.DocumentDigest, out var registry) is { } invalid)
            return Decided.No(invalid);
        var differences = DocumentDiff.Between(realm.Registry.Document, registry.Document);
        if (differences.IsEmpty)
            return Decided.No("change.nothing", "The realm is as this document says already.");
        if (PolicyEvidence.Missing(realm.Registry, registry, move.Evidence) is { } unproved)
            return Decided.No(unproved);
        if (TooManyKept(realm, registry, move.Reach) is { } tooMany)
            return Decided.No(tooMany);

        var proposed = new ChangeEvent.Proposed(BaseDigest(realm), differences.Length, now + PendingLife);
        var bootstrap = !HasReviewer(realm, person);
        if (differences.Any(d => d.Guarded) && !bootstrap)
            return Decided.Because(proposed);
        if (RealmRules.RequireGovernance(realm, actor, now, out _) is { } notGoverning)
            return Decided.No(notGoverning);
        return Decided.Because([
            proposed, .. Apply(realm, registry, move.Change, move.DocumentDigest, bootstrap, move.Reach, now),
        ]);
    }

    public static Decided Review(RealmState realm, ChangeMove.Review move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequireGovernance(realm, actor, now, out var person) is { } no)
            return Decided.No(no);
        if (realm.Changes.GetValueOrDefault(move.Change) is not ChangeState.Pending pending)
            return Decided.No("change.unknown", $"No change {move.Change} waits for review.");
        if (pending.ExpiresAt <= now)
            return Decided.No("change.expired", $"Change {move.Change} waited too long; propose it again.");
        if (move.Approves && pending.Author == person)
            return Decided.No("change.self", "You proposed this change, so somebody else has to approve it.");
        if (pending.Reviews.Any(r => r.Person == person))
            return Decided.No("change.repeated", "You have reviewed this change already; each person counts once.");
        if (NotWhole(move.Evidence) is { } partial)
            return Decided.No(partial);
        var word = move.Approves ? "approve" : "refuse";
        var document = new ChangeDocument(
            realm.Origin, move.Change, pending.DocumentDigest, move.Person, word, move.Reason, pending.Reach,
            move.Evidence?.Digest());
        if (Unsigned(realm, person, move.Person, document, move.Signature) is { } unsigned)
            return Decided.No(unsigned);
        if (!move.Approves)
            return Decided.Because(new ChangeEvent.Closed(move.Change, "change.refused"));
        if (pending.BaseDigest != BaseDigest(realm))
            return Decided.Because(new ChangeEvent.Closed(move.Change, "change.outdated"));
        if (Load(realm, pending.DocumentDigest, out var registry) is { } invalid)
            return Decided.No(invalid);
        if (PolicyEvidence.Missing(realm.Registry, registry, move.Evidence) is { } unproved)
            return Decided.No(unproved);

        var reviewers = pending.Reviews.Select(r => r.Person).Append(person)
            .Count(p => realm.Registry.IsActiveMember(realm.Registry.Document.Governance.Team, p));
        if (reviewers < realm.Registry.Document.Governance.Quorum)
            return Decided.Because(new ChangeEvent.Reviewed());
        return TooManyKept(realm, registry, pending.Reach) is { } tooMany
            ? Decided.No(tooMany)
            : Decided.Because([
                new ChangeEvent.Reviewed(),
                .. Apply(
                    realm, registry, move.Change, pending.DocumentDigest, bootstrap: false, pending.Reach, now),
            ]);
    }

    public static RealmState Evolve(RealmState realm, ChangeEvent happened, Move move, DateTimeOffset at)
    {
        switch (happened, move)
        {
            case (ChangeEvent.Staged, ChangeMove.Stage m):
                var staged = realm.Staged.GetValueOrDefault(m.Digest)
                    ?? new StagedDocument(m.Digest, m.Count, ImmutableSortedDictionary<int, string>.Empty);
                var kept = realm.Staged.Count < StagedMax ? realm.Staged : DropIdle(realm, m.Digest);
                return realm with
                {
                    Staged = kept.SetItem(m.Digest, staged with { Parts = staged.Parts.SetItem(m.Index, m.Text) }),
                };
            case (ChangeEvent.Proposed e, ChangeMove.Propose m):
                return realm with
                {
                    Changes = realm.Changes.SetItem(m.Change, new ChangeState.Pending(
                        m.Change, m.DocumentDigest, m.Person, m.Reason, e.BaseDigest, [], e.ExpiresAt, m.Reach,
                        m.Evidence)),
                };
            case (ChangeEvent.Reviewed, ChangeMove.Review m):
                var pending = (ChangeState.Pending)realm.Changes[m.Change];
                var review = new ChangeReview(m.Person, m.Signature, at);
                return realm with
                {
                    Changes = realm.Changes.SetItem(m.Change, pending with { Reviews = pending.Reviews.Add(review) }),
                };
            case (ChangeEvent.Applied e, _):
                Invariant.Must(Load(realm, e.DocumentDigest, out var registry) is null, "An applied document holds.");
                var id = move is ChangeMove.Propose p ? p.Change : ((ChangeMove.Review)move).Change;
                var reach = ((ChangeState.Pending)realm.Changes[id]).Reach;
                return PinnedPolicies.Publish(realm with
                {
                    Registry = registry,
                    Staged = realm.Staged.Remove(e.DocumentDigest),
                    Changes = realm.Changes.SetItem(id, new ChangeState.Closed(id, "change.applied")),
                }, realm.Registry.Policy, toAllSessions: reach != PolicyReach.NewSessions);
            case (ChangeEvent.Closed e, _):
                return realm with
                {
                    Changes = realm.Changes.SetItem(e.Change, new ChangeState.Closed(e.Change,
                    e.Code))
                };
            default:
                throw new InvariantBrokenException(
                    $"{happened.GetType().Name} does not come of {move.GetType().Name}.");
        }
    }

    /// <summary>What a staged document says and would mean, or why it cannot be used.</summary>
    public static Refusal? Load(RealmState realm, string digest, out Registry registry)
    {
        registry = null!;
        if (realm.Staged.GetValueOrDefault(digest) is not { IsComplete: true } staged)
            return new Refusal("change.incomplete", "Not every part of the document has been staged.");
        var text = staged.Text();
        if (Signatures.Sha256(text) != digest)
            return new Refusal("change.digest", "The staged parts are not the document that was announced.");
        RealmDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(text, WireJson.Default.RealmDocument);
        }
        catch (Exception e) when (Unreadable.Is(e))
        {
            return new Refusal(
                "change.not-a-document", $"The document cannot be read at {Unreadable.Place(e) ?? "its start"}.");
        }
        if (document is null)
            return new Refusal("change.not-a-document", "The document is empty.");
        var (loaded, faults) = Registry.From(document, realm.Registry.Offboarded);
        if (loaded is null)
            return new Refusal("change.invalid", string.Join(" ", faults.Take(20).Select(f => $"{f.Path}: {f.Why}")));
        registry = loaded;
        return null;
    }

    /// <summary>Everything that follows at once from a new document: sessions it no longer allows, approvals it
    /// voids.</summary>
    static IEnumerable<Event> Apply(
        RealmState realm, Registry next, ChangeId change, string digest, bool bootstrap, PolicyReach? reach,
        DateTimeOffset now)
    {
        Invariant.Must(change.Value is not null, "A change that applies has an id.");
        yield return new ChangeEvent.Applied(digest, next.Policy.Digest, bootstrap);
        foreach (var session in RealmRules.OpenSessions(realm))
        {
            if (RealmRules.Untenable(next, session, now) is { } no)
                yield return SessionDecider.End(session, no.Code);
            else if (next.Policy.Digest != realm.Registry.Policy.Digest && reach != PolicyReach.NewSessions
                && session.PolicyDigest != next.Policy.Digest)
                foreach (var id in session.Requests.Values
                    .Where(r => r is RequestState.Waiting or RequestState.Ready or RequestState.Ordered)
                    .Select(r => r.Id).OrderBy(r => r.Value, StringComparer.Ordinal))
                    yield return new RequestEvent.Closed(id, "approval.policy-changed");
        }
    }

    static Refusal? NotWhole(PolicyEvidence? evidence) => evidence is null || evidence.IsWhole()
        ? null
        : new Refusal("change.bad-evidence",
            $"Evidence is whole, and has at most {PolicyEvidence.BytesMax} bytes.");

    // Old bundles are kept for the sessions that use them, and not without end.
    static Refusal? TooManyKept(RealmState realm, Registry next, PolicyReach? reach) =>
        reach == PolicyReach.NewSessions && next.Policy.Digest != realm.Registry.Policy.Digest
        && PinnedPolicies.EarlierAfterPublishing(realm) > PinnedPolicies.EarlierMax
            ? new Refusal("change.too-many-policies", $"Open sessions keep {PinnedPolicies.EarlierMax} earlier bundles "
                + "already; publish this one to all sessions (--mandatory), or close some.")
            : null;

    static Refusal? Unsigned(
        RealmState realm, PersonId actor, PersonId signer, ChangeDocument document, string signature)
    {
        if (actor != signer)
            return new Refusal("change.not-you", "A change is signed by the person who is logged in.");
        if (!realm.Keys.TryGetValue(actor, out var key))
            return new Refusal("person.not-enrolled", $"{actor} has no enrolled key in this realm.");
        return Signatures.Verify(key.Spki, document.Render(), signature)
            ? null
            : new Refusal("change.bad-signature", "The signature does not match the enrolled key and this change.");
    }

    /// <summary>True when somebody besides the author could review: then they must.</summary>
    public static bool HasReviewer(RealmState realm, PersonId author) =>
        realm.Registry.ActiveMembers(realm.Registry.Document.Governance.Team)
            .Any(p => p != author && realm.Keys.ContainsKey(p));

    /// <summary>Names the document a change was written against, so that two changes never overwrite each
    /// other.</summary>
    public static string BaseDigest(RealmState realm) =>
        "sha256:" + Canonical.Sha256Hex(realm.Registry.Document, WireJson.Default.RealmDocument);

    static ImmutableDictionary<string, StagedDocument> DropIdle(RealmState realm, string keep)
    {
        var wanted = realm.Changes.Values.OfType<ChangeState.Pending>().Select(c => c.DocumentDigest).ToHashSet();
        var idle = realm.Staged.Keys.Where(d => d != keep && !wanted.Contains(d)).Order(StringComparer.Ordinal);
        return idle.FirstOrDefault() is { } drop ? realm.Staged.Remove(drop) : realm.Staged;
    }
}
