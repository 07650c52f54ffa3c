using Writ.People;
using Writ.Policies;
using Writ.Preparations;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;

namespace Writ.Trees;

/// <summary>
/// Who may make changes real that a run left behind, and when policy does it by itself. What people were asked for
/// before it ran, they are asked for again here: the same teams, and nobody for whom it is.
/// </summary>
static class TreeDecider
{
    /// <summary>How long changes are held, and how long committed ones can be undone.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    public static readonly TimeSpan SignatureLifeMax = TimeSpan.FromHours(1);

    /// <summary>Runs whose changes are held or can be undone; more do not start.</summary>
    public const int HeldMax = 256;

    /// <summary>In so many turns some paths of one run are committed.</summary>
    public const int TurnsMax = 32;

    public static Decided Record(RealmState realm, TreeMove.Record move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return Decided.No("run.not-runner", "Only the runner says what a run changed.");
        if (realm.Leftover.ContainsKey(move.Run))
            return Decided.No("tree.session-over", "The session ended before the run, so what it changed is dropped.");
        if (realm.Find(move.Request) is not (var session, RequestState.Running { HeldUnder: { } verdict } running)
            || running.Run != move.Run)
            return Decided.No("run.unknown", $"No run {move.Run} is under way whose changes are held back.");
        if (realm.Held.ContainsKey(move.Run))
            return Decided.No("tree.repeated", $"What run {move.Run} changed is recorded already.");
        if (move.WorkTree is not ['/', ..] || move.WorkTree.Length > 4_096)
            return Decided.No("tree.malformed", "The changes cannot be recorded: they are of no tree.");
        if (move.Summary.Malformed() is { } malformed)
            return Decided.No("tree.malformed", $"The changes cannot be recorded: {malformed}.");
        if (Full(realm) is { } full)
            return Decided.No(full);
        // The verdict on an assistant is about its stay, and says nothing about what it did.
        var commits = move.Succeeded && running.Request.Ask is not Ask.Assistant
            && CommitsItself(realm, session, verdict, move.Summary);
        var parties = PreparationRules.Parties(realm, session, running.Request);
        return Decided.Because(new TreeEvent.Recorded(new HeldChanges(
            move.Run, move.Request, session.Terms.Id, session.Terms.Workflow, move.WorkTree,
            [.. parties.OrderBy(p => p.Value, StringComparer.Ordinal)], verdict.Gates, move.Summary,
            commits ? HeldState.Committing : HeldState.Held, [], ExecutesLater: false, By: null, now + Life)));
    }

    /// <summary>Why no further run may have its changes held back, or null.</summary>
    public static Refusal? Full(RealmState realm) => realm.Held.Count < HeldMax
        ? null
        : new Refusal("tree.too-many", $"The changes of {HeldMax} runs are held or can be undone already.");

    public static Decided Commit(RealmState realm, TreeMove.Commit move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequirePerson(realm, actor, now, out var person) is { } no)
            return Decided.No(no);
        if (RequireSeen(realm, move.Run, move.List, committed: false, out var held) is { } unseen)
            return Decided.No(unseen);
        if (held.Summary.Problem is { } problem)
            return Decided.No("tree.unusable", $"These changes can only be discarded: {problem}.");
        if (move.Paths.IsDefault || move.Paths.Length > TreeSelection.PathsMax
            || !move.Paths.All(p => p is not null && TreeSelection.IsPath(p))
            || move.Paths.Sum(p => p.Length) > TreeSummary.TextMax)
            return Decided.No("tree.bad-path", $"Name at most {TreeSelection.PathsMax} paths below the work tree.");
        if (held.Turns >= TurnsMax && !move.Paths.IsEmpty)
            return Decided.No("tree.too-many-turns", $"The changes of run {move.Run} were committed in {TurnsMax} "
                + "turns already; commit or discard the whole rest.");
        if (Chosen(held.Summary.Refused, held.Summary.RefusedPaths, move.Paths, held.Parts))
            return Decided.No("tree.refused-entries", "Among these are entries that are never committed; name the "
                + "paths to commit instead.");
        if (!move.ExecutesLater && Chosen(held.Summary.Later, held.Summary.LaterPaths, move.Paths, held.Parts))
            return Decided.No("tree.executes-later", "Among these is what other programs run or obey later, outside of "
                + $"any sandbox ({string.Join(", ", held.Summary.LaterPaths.Take(3))}).");
        if (MayNot(realm, held, person, move.ExecutesLater) is { } mayNot)
            return Decided.No(mayNot);
        var document = new TreeDocument(
            realm.Origin, move.Run, TreeDocument.Commit, move.List, move.Paths, move.ExecutesLater, move.Person,
            move.ExpiresAt);
        return Unsigned(realm, document, person, move.Signature, now) is { } unsigned
            ? Decided.No(unsigned)
            : Decided.Because(new TreeEvent.CommitOrdered());
    }

    public static Decided Discard(RealmState realm, TreeMove.Discard move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequirePerson(realm, actor, now, out var person) is { } no)
            return Decided.No(no);
        if (RequireSeen(realm, move.Run, move.List, committed: false, out var held) is { } unseen)
            return Decided.No(unseen);
        if (MayNotDiscard(realm, held, person) is { } mayNot)
            return Decided.No(mayNot);
        return held.State == HeldState.Partly
            ? Decided.Because(new TreeEvent.RestDropped())
            : Decided.Because(new TreeEvent.Forgotten(move.Run, "tree.discarded"));
    }

    public static Decided Undo(RealmState realm, TreeMove.Undo move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequirePerson(realm, actor, now, out var person) is { } no)
            return Decided.No(no);
        if (RequireSeen(realm, move.Run, move.List, committed: true, out var held) is { } unseen)
            return Decided.No(unseen);
        if (MayNot(realm, held, person, executesLater: false) is { } mayNot)
            return Decided.No(mayNot);
        var document = new TreeDocument(
            realm.Origin, move.Run, TreeDocument.Undo, move.List, [], ExecutesLater: false, move.Person,
            move.ExpiresAt);
        return Unsigned(realm, document, person, move.Signature, now) is { } unsigned
            ? Decided.No(unsigned)
            : Decided.Because(new TreeEvent.UndoOrdered());
    }

    public static Decided Settle(RealmState realm, TreeMove.Settle move, Actor actor)
    {
        if (actor is not Actor.Host)
            return Decided.No("run.not-runner", "Only the control plane writes into work trees.");
        if (move.Result is null || move.Result.Paths.IsDefault || move.Result.Paths.Length > TreeResult.PathsMax
            || move.Result.Code is { Length: > 96 } || move.Result.Left < 0
            || move.Result.Paths.Sum(p => p.Length) > TreeSummary.TextMax)
            return Decided.No("tree.malformed", "A result has a code and a few paths.");
        var held = realm.Held.GetValueOrDefault(move.Run);
        return held?.State switch
        {
            // With a rest that is still held, what is undone is held again beside it.
            HeldState.Undoing when move.Result.Code is null && held.Parts is not { Rest: true } =>
                Decided.Because(new TreeEvent.Forgotten(move.Run, "tree.undone")),
            HeldState.Committing or HeldState.Undoing => Decided.Because(new TreeEvent.Settled()),
            _ => Decided.No("tree.not-under-way", $"Nothing is being written for run {move.Run}."),
        };
    }

    /// <summary>What is too old to be kept.</summary>
    public static IEnumerable<TreeEvent> Due(RealmState realm, DateTimeOffset now) => realm.Held.Values
        .Where(h => h.State is HeldState.Held or HeldState.Committed or HeldState.Partly && h.Until <= now)
        .OrderBy(h => h.Run.Value, StringComparer.Ordinal)
        .Select(h => new TreeEvent.Forgotten(h.Run, "tree.expired"));

    /// <summary>Why this person may not have these changes committed, or null; also what a screen shows.</summary>
    /// <param name="executesLater">Whether something that executes later is among them.</param>
    public static Refusal? MayNot(RealmState realm, HeldChanges held, PersonId person, bool executesLater)
    {
        var isSponsor = held.Sponsors.Contains(person);
        if (isSponsor && (executesLater || !held.Gates.IsEmpty))
            return new Refusal("tree.self", "You sponsor the session that made these changes, so somebody else has to "
                + "agree to them.");
        if (!held.Gates.IsEmpty)
            return IsAsked(realm, held, person) ? null : NotYours(held);
        return isSponsor || Answers(realm, held, person) ? null : NotYours(held);
    }

    public static Refusal? MayNotDiscard(RealmState realm, HeldChanges held, PersonId person) =>
        held.Sponsors.Contains(person) || Answers(realm, held, person) ? null : NotYours(held);

    public static RealmState Evolve(RealmState realm, TreeEvent happened, Move move, DateTimeOffset at)
    {
        switch (happened, move)
        {
            case (TreeEvent.Recorded e, TreeMove.Record):
                return With(realm, e.Held);
            case (TreeEvent.CommitOrdered, TreeMove.Commit m):
                return With(realm, realm.Held[m.Run] with
                {
                    State = HeldState.Committing,
                    Paths = m.Paths,
                    ExecutesLater = m.ExecutesLater,
                    By = m.Person,
                });
            case (TreeEvent.UndoOrdered, TreeMove.Undo m):
                return With(realm, realm.Held[m.Run] with { State = HeldState.Undoing });
            case (TreeEvent.Settled, TreeMove.Settle m):
                return With(realm, Settled(realm.Held[m.Run], m.Result, at));
            case (TreeEvent.RestDropped, TreeMove.Discard m):
                var partly = realm.Held[m.Run];
                return With(realm, partly with
                {
                    State = HeldState.Committed,
                    Parts = partly.Parts! with { Rest = false },
                });
            case (TreeEvent.Forgotten e, _):
                return realm with { Held = realm.Held.Remove(e.Run) };
            default:
                throw new InvariantBrokenException(
                    $"{happened.GetType().Name} does not come of {move.GetType().Name}.");
        }
    }

    static HeldChanges Settled(HeldChanges held, TreeResult result, DateTimeOffset at)
    {
        var parts = held.Parts;
        var before = parts is { Rest: true } ? HeldState.Partly : HeldState.Held;
        if (held.State == HeldState.Undoing)
            return result.Code is null
                ? held with
                {
                    State = HeldState.Held,
                    Paths = [],
                    ExecutesLater = false,
                    By = null,
                    Until = at + Life,
                    Parts = null,
                }
                : held with
                {
                    State = parts is { Rest: true } ? HeldState.Partly : HeldState.Committed,
                    Until = at + Life,
                };
        if (result.Code is not null)
            return held with { State = before, Paths = [], ExecutesLater = false, By = null };
        if (parts is null && result.Left is null or 0)
            return held with { State = HeldState.Committed, Until = at + Life };
        var rest = result.Left > 0;
        return held with
        {
            State = rest ? HeldState.Partly : HeldState.Committed,
            Until = at + Life,
            Parts = new CommittedParts(
                (parts?.Turns ?? 0) + 1, rest ? [.. parts?.Paths ?? [], .. held.Paths] : [], rest),
        };
    }

    // Policy lets them become real at once where every verb of the request is permitted by a rule that says so, and
    // everything stays in the work tree. Whatever needs a person's eyes waits for one.
    static bool CommitsItself(RealmState realm, SessionState.Open session, Verdict verdict, TreeSummary summary)
    {
        if (verdict.Kind != VerdictKind.Automatic || summary is not { Problem: null, Refused: 0, Later: 0 }
            || !verdict.Effects.All(e => e.Target is null))
            return false;
        var says = PinnedPolicies.Of(realm, session).CommittingRules;
        return verdict.Effects.Select(e => e.Verb).Append(Verbs.Run).Distinct(StringComparer.Ordinal)
            .All(verb => verdict.Grounds.Any(g => g.Permits && g.Verb == verb && says.Contains(g.Policy)));
    }

    static bool Chosen(
        int count, ImmutableArray<string> listed, ImmutableArray<string> paths, CommittedParts? parts) => count > 0
        && (count > listed.Length
            || listed.Any(path => (paths.IsEmpty || paths.Any(p => TreeSelection.IsAt(path, p)))
                && parts?.Paths.Any(p => TreeSelection.IsAt(path, p)) is not true));

    // Some of them may be committed while the rest is held; then both can be asked.
    static Refusal? RequireSeen(RealmState realm, RunId run, string list, bool committed, out HeldChanges held)
    {
        held = null!;
        if (run.Value is null || !realm.Held.TryGetValue(run, out held!))
            return new Refusal("tree.unknown", $"No changes of run {run} are kept.");
        if (!committed && !held.IsHeld)
            return new Refusal("tree.not-held", $"The changes of run {run} are not held any more.");
        if (committed && held.State is not (HeldState.Committed or HeldState.Partly))
            return new Refusal("tree.not-committed", $"The changes of run {run} are not in the work tree.");
        return list == held.Summary.List
            ? null
            : new Refusal("tree.changed", "These are other changes than those that were looked at.");
    }

    static Refusal? Unsigned(
        RealmState realm, TreeDocument document, PersonId person, string signature, DateTimeOffset now)
    {
        if (document.Person != person)
            return new Refusal("tree.not-you", "This is signed by the person who is logged in.");
        if (document.ExpiresAt <= now || document.ExpiresAt > now + SignatureLifeMax)
            return new Refusal("tree.bad-expiry",
                $"A signature lives at most {SignatureLifeMax.TotalMinutes} minutes.");
        if (!realm.Keys.TryGetValue(person, out var key))
            return new Refusal("person.not-enrolled", $"{person} has no enrolled key in this realm.");
        return signature is not null && Signatures.Verify(key.Spki, document.Render(), signature)
            ? null
            : new Refusal("tree.bad-signature", "The signature does not match the enrolled key and these changes.");
    }

    static bool IsAsked(RealmState realm, HeldChanges held, PersonId person) =>
        held.Gates.Any(g => realm.Registry.IsActiveMember(g.Team, person));

    static bool Answers(RealmState realm, HeldChanges held, PersonId person) =>
        IsAsked(realm, held, person)
        || (realm.Registry.Workflows.TryGetValue(held.Workflow, out var workflow)
            && (workflow.WorkflowOwner == person || workflow.PlatformOwner == person
                || workflow.SecurityOwner == person
                || workflow.ApproverTeams.Any(t => realm.Registry.IsActiveMember(t, person))));

    static Refusal NotYours(HeldChanges held) => new("tree.not-yours", held.Gates.IsEmpty
        ? $"Whoever sponsored the session, answers for workflow {held.Workflow} or approves in it decides about these."
        : $"Team {string.Join(" or ", held.Gates.Select(g => g.Team).Distinct())} decides about these.");

    static RealmState With(RealmState realm, HeldChanges held) =>
        realm with { Held = realm.Held.SetItem(held.Run, held) };
}
