using Writ.Realms;
using Writ.Sessions;

namespace Writ.Findings;

/// <summary>
/// A finding is recorded when it is raised. It is settled when a look finds its cause gone; a person may live with it
/// until a day, and from then on it is open again if it is still so.
/// </summary>
public static class FindingDecider
{
    /// <summary>Findings that one entry raises or settles, so that it fits the ledger; the next look goes on.</summary>
    public const int ChangesMax = 20;

    public const int ReasonMax = 1_024;
    public const int PlaceMax = 512;
    public const int SecretsMax = 200;
    public const int AdminsMax = 500;
    public static readonly TimeSpan AcceptanceMax = TimeSpan.FromDays(366);

    const int WordMax = 96;

    public static Decided Review(RealmState realm, FindingMove.Review move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return Decided.No("finding.not-host", "Only the control plane looks for findings.");
        if (move.Admins.Length > AdminsMax || move.Admins.Any(a => !IsWord(a.Name) || a.Fingerprint is { } print
            && !IsWord(print)))
            return Decided.No("finding.malformed", $"A look knows at most {AdminsMax} accounts, by plain names.");
        ImmutableArray<Event> changes = [.. Changes(realm, move, now).Take(ChangesMax)];
        return changes.IsEmpty
            ? Decided.No("finding.nothing-new", "Nothing was found that is not known.")
            : new Decided.Accepted(changes);
    }

    /// <summary>Whether a look now would change anything, so that a realm in order writes nothing.</summary>
    public static bool IsAnythingNew(RealmState realm, FindingMove move, DateTimeOffset now) => move switch
    {
        FindingMove.Review m => Changes(realm, m, now).Any(),
        FindingMove.Report m => IsKnown(realm, m.For) && Changes(realm, m).Any(),
        _ => true,
    };

    static IEnumerable<FindingEvent> Changes(RealmState realm, FindingMove.Review move, DateTimeOffset now)
    {
        var causes = FindingCauses.Of(realm, move.Admins, now)
            .Select(c => (Id: FindingRules.IdOf(realm.Origin, c.Code, c.Subject), Cause: c))
            .DistinctBy(c => c.Id).ToList();
        var stands = causes.Select(c => c.Id).ToHashSet();
        foreach (var known in realm.Found.Standing.Values.OrderBy(f => f.Id.Value, StringComparer.Ordinal))
            if (FindingCauses.Codes.Contains(known.Cause.Code))
            {
                if (!stands.Contains(known.Id))
                    yield return new FindingEvent.Settled(known.Id, "finding.cause-gone");
            }
            // What only happened has no cause that could go: it is over when a person has lived with it long enough.
            else if (known.Cause.Kind != FindingKind.LeakedSecret && known.Accepted is { } accepted
                && accepted.Until <= now)
                yield return new FindingEvent.Settled(known.Id, "finding.accepted");
        var room = FindingBook.StandingMax - realm.Found.Standing.Count;
        foreach (var (id, cause) in causes.Where(c => !realm.Found.Standing.ContainsKey(c.Id)).Take(room))
            yield return Raised(realm, id, cause);
    }

    public static Decided Report(RealmState realm, FindingMove.Report move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return Decided.No("finding.not-host", "Only the control plane looks for findings.");
        if (!IsKnown(realm, move.For))
            return Decided.No("finding.malformed", "A search is for an agent in one of its workflows, and for a "
                + "session only while that is open.");
        if (move.Secrets.Length > SecretsMax || move.Secrets.Any(s => s.Place.Length is 0 or > PlaceMax
            || s.Place.Any(char.IsControl) || !IsWord(s.Shape) || !IsWord(s.Fingerprint)))
            return Decided.No("finding.malformed", $"A search tells of at most {SecretsMax} secrets, each by a place "
                + $"of {PlaceMax} characters, a shape and a fingerprint.");
        ImmutableArray<Event> changes = [.. Changes(realm, move).Take(ChangesMax)];
        return changes.IsEmpty
            ? Decided.No("finding.nothing-new", "Nothing was found that is not known.")
            : new Decided.Accepted(changes);
    }

    static IEnumerable<FindingEvent> Changes(RealmState realm, FindingMove.Report move)
    {
        var terms = move.For;
        var inTree = move.Searched == SearchedPlace.WorkTree;
        var code = move.Searched switch
        {
            SearchedPlace.WorkTree => "leak.file",
            SearchedPlace.Home => "leak.home",
            _ => "leak.environment",
        };
        var scope = new FindingScope(
            inTree ? null : terms.Agent, inTree ? null : terms.Workflow, terms.Environment,
            WorkTree: inTree ? terms.WorkTree : null);
        var owner = FindingRules.OwnerOf(realm.Registry, new FindingScope(terms.Agent, terms.Workflow));
        var found = new HashSet<FindingId>();
        var raised = new List<FindingEvent>();
        var at = inTree ? terms.WorkTree : $"{terms.Agent}/{terms.Workflow}";
        foreach (var secret in move.Secrets)
        {
            // A path may be long, and stands in the sentence already.
            var subject = People.Signatures.Sha256($"{at}/{terms.Environment}\0{secret.Place}\0{secret.Fingerprint}");
            var id = FindingRules.IdOf(realm.Origin, code, subject);
            if (!found.Add(id) || realm.Found.Standing.ContainsKey(id))
                continue;
            raised.Add(new FindingEvent.Raised(id, new FindingCause(
                FindingKind.LeakedSecret, code, subject, Sentence(terms, move.Searched, secret), scope,
                terms.Session is { } session ? [$"session/{session}"] : [], secret.Fingerprint), owner));
        }
        if (move.Complete)
            foreach (var known in realm.Found.Standing.Values.Where(f => f.Cause.Code == code
                && SameScope(f.Cause.Scope, scope) && !found.Contains(f.Id))
                .OrderBy(f => f.Id.Value, StringComparer.Ordinal))
                yield return new FindingEvent.Settled(known.Id, "finding.cause-gone");
        foreach (var one in raised.Take(FindingBook.StandingMax - realm.Found.Standing.Count))
            yield return one;
    }

    public static Decided Accept(RealmState realm, FindingMove.Accept move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequirePerson(realm, actor, now, out var person) is { } no)
            return Decided.No(no);
        if (!realm.Found.Standing.TryGetValue(move.Finding, out var finding))
            return Decided.No("finding.unknown", $"No finding {move.Finding} stands.");
        if (string.IsNullOrWhiteSpace(move.Reason) || move.Reason.Length > ReasonMax)
            return Decided.No("finding.bad-reason", $"Who lives with a finding says why, in {ReasonMax} characters.");
        if (move.Until <= now || move.Until > now + AcceptanceMax)
            return Decided.No("finding.bad-expiry",
                $"A finding is accepted until a day that comes, at most {AcceptanceMax.TotalDays} days ahead.");
        return FindingRules.MayAccept(realm.Registry, person, finding)
            ? Decided.Because(new FindingEvent.Accepted(person))
            : Decided.No("finding.not-yours", "A finding is accepted by who governs the realm, the security owner of "
                + "its workflow, or the owner of its targets.");
    }

    public static RealmState Evolve(RealmState realm, FindingEvent happened, Move move, DateTimeOffset at) =>
        (happened, move) switch
        {
            (FindingEvent.Raised e, _) =>
                realm with { Found = realm.Found.With(e.Finding, e.Cause, e.Owner, at) },
            (FindingEvent.Settled e, _) => realm with { Found = realm.Found.Settle(e.Finding, e.Code, at) },
            (FindingEvent.Accepted e, FindingMove.Accept m) => realm with
            {
                Found = realm.Found with
                {
                    Standing = realm.Found.Standing.SetItem(m.Finding, realm.Found.Standing[m.Finding] with
                    {
                        Accepted = new FindingAcceptance(e.By, m.Reason, at, m.Until),
                    }),
                },
            },
            _ => throw new InvariantBrokenException(
                $"{happened.GetType().Name} does not come of {move.GetType().Name}."),
        };

    /// <summary>What only happened, and was said by <see cref="RealmMove.RaiseFinding"/>.</summary>
    internal static RealmState Happened(RealmState realm, Finding finding, DateTimeOffset at)
    {
        if (FindingRules.CauseOf(realm, finding) is not { } cause)
            return realm;
        var id = FindingRules.IdOf(realm.Origin, cause.Code, cause.Subject);
        var found = realm.Found.With(id, cause, FindingRules.OwnerOf(realm.Registry, cause.Scope), at);
        // What was lived with has happened again, which nobody agreed to.
        return realm with
        {
            Found = found.Standing.TryGetValue(id, out var known) && known.Accepted is not null
                ? found with { Standing = found.Standing.SetItem(id, known with { Accepted = null }) }
                : found,
        };
    }

    // What a document does not name nobody answers for; and a session is evidence only while it is there.
    static bool IsKnown(RealmState realm, SearchedFor searched) =>
        realm.Registry.Workflows.GetValueOrDefault(searched.Workflow) is { } workflow
        && workflow.Agents.Contains(searched.Agent) && workflow.Environments.Contains(searched.Environment)
        && searched.WorkTree.StartsWith('/') && searched.WorkTree.Length <= SessionDecider.PathMax
        && (searched.Session is not { } id || (realm.OpenSession(id) is { Terms: var terms }
            && terms.Workflow == searched.Workflow && terms.Agent == searched.Agent
            && terms.Environment == searched.Environment && terms.WorkTree == searched.WorkTree));

    static string Sentence(SearchedFor terms, SearchedPlace searched, SeenSecret secret)
    {
        var what = $"A secret (form {secret.Shape}, fingerprint {secret.Fingerprint})";
        return searched switch
        {
            SearchedPlace.WorkTree => $"{what} lies in {secret.Place} of {terms.WorkTree}.",
            SearchedPlace.Home => $"{what} lies in {secret.Place}, where agent {terms.Agent} can read it.",
            _ => $"{what} is in the environment of agent {terms.Agent}, as {secret.Place}.",
        };
    }

    static FindingEvent.Raised Raised(RealmState realm, FindingId id, FindingCause cause) =>
        new(id, cause, FindingRules.OwnerOf(realm.Registry, cause.Scope));

    // Lists are compared by what is in them, and these scopes have none.
    static bool SameScope(FindingScope a, FindingScope b) =>
        a.Agent == b.Agent && a.Workflow == b.Workflow && a.Environment == b.Environment && a.WorkTree == b.WorkTree;

    static bool IsWord(string word) =>
        word.Length is > 0 and <= WordMax && word.All(c => c is > ' ' and <= '~');
}
