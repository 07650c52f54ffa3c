using Writ.Approvals;
using Writ.Changes;
using Writ.Findings;
using Writ.Foreign;
using Writ.Holds;
using Writ.Identity;
using Writ.Kills;
using Writ.Leases;
using Writ.People;
using Writ.Policies;
using Writ.Requests;
using Writ.Rollbacks;
using Writ.Runs;
using Writ.Sessions;
using Writ.Trees;

namespace Writ.Realms;

/// <summary>What can be asked of a realm as a whole.</summary>
public abstract record RealmMove : Move
{
    /// <param name="Origin">The ledger's name, for example <c>writ.example.org/prod</c>; it never changes.</param>
    /// <param name="CodeDigest">SHA-256 of the founder's one-time enrolment code.</param>
    public sealed record Create(
        string Name, string Origin, Person Founder, string CodeDigest, DateTimeOffset CodeExpiresAt) : RealmMove;

    /// <summary>Time has passed: whatever is due becomes a fact.</summary>
    public sealed record Tick : RealmMove;

    public sealed record RaiseFinding(Finding Finding) : RealmMove;
}

/// <summary>What can happen to a realm as a whole.</summary>
public abstract record RealmEvent : Event
{
    public sealed record Created : RealmEvent;

    public sealed record FindingRaised : RealmEvent;
}

/// <summary>
/// The realm's state machine: one pure function from a state and a move to what happens, and one that folds it in.
/// Every other decider is reached through here.
/// </summary>
public static class RealmDecider
{
    public static readonly TeamId FounderTeam = new("governance");

    public static Decided Decide(RealmState realm, Move move, Actor actor, DateTimeOffset now)
    {
        if (now < realm.Now)
            return Decided.No("realm.clock-backwards",
                $"The clock says {now:u}, before the last entry at {realm.Now:u}.");
        if (move is RealmMove.Create create)
            return Create(realm, create, actor, now);
        if (!realm.Exists)
            return Decided.No("realm.none", "There is no realm yet; create it with: writ init");
        return move switch
        {
            RealmMove.Tick => Tick(realm, actor, now),
            RealmMove.RaiseFinding m => RaiseFinding(realm, m, actor),
            PersonMove.Invite m => PersonDecider.Invite(realm, m, actor, now),
            PersonMove.Enrol m => PersonDecider.Enrol(realm, m, now),
            PersonMove.LogIn m => PersonDecider.LogIn(realm, m, now),
            PersonMove.SignIn m => SignInDecider.SignIn(realm, m, actor, now),
            PersonMove.LogOut m => PersonDecider.LogOut(realm, m, actor, now),
            PersonMove.Offboard m => PersonDecider.Offboard(realm, m, actor, now),
            ChangeMove.Stage m => ChangeDecider.Stage(realm, m, actor, now),
            ChangeMove.Propose m => ChangeDecider.Propose(realm, m, actor, now),
            ChangeMove.Review m => ChangeDecider.Review(realm, m, actor, now),
            SessionMove.Open m => SessionDecider.Open(realm, m, actor, now),
            SessionMove.Close m => SessionDecider.Close(realm, m, actor, now),
            SessionMove.Attach m => SessionDecider.Attach(realm, m, actor, now),
            SessionMove.RecordPrompt m => SessionDecider.RecordPrompt(realm, m, actor, now),
            SessionMove.TakeIn m => SessionDecider.TakeIn(realm, m, actor, now),
            RequestMove.Submit m => RequestDecider.Submit(realm, m, actor, now),
            RequestMove.Allow m => RequestDecider.Allow(realm, m, actor, now),
            RequestMove.Execute m => RequestDecider.Execute(realm, m, actor, now),
            RequestMove.Report m => RequestDecider.Report(realm, m, actor, now),
            ApprovalMove.Dispose m => ApprovalDecider.Dispose(realm, m, actor, now),
            RunMove.Consume m => RunDecider.Consume(realm, m, actor, now),
            RunMove.RecordExecutions m => RunDecider.RecordExecutions(realm, m, actor),
            RunMove.RecordEgress m => RunDecider.RecordEgress(realm, m, actor),
            RunMove.End m => RunDecider.End(realm, m, actor),
            LeaseMove.Intend m => LeaseDecider.Intend(realm, m, actor, now),
            LeaseMove.Issue m => LeaseDecider.Issue(realm, m, actor, now),
            LeaseMove.Renew m => LeaseDecider.Renew(realm, m, actor, now),
            LeaseMove.Revoke m => LeaseDecider.Revoke(realm, m, actor, now),
            LeaseMove.Confirm m => LeaseDecider.Confirm(realm, m, actor),
            LeaseMove.Fail m => LeaseDecider.Fail(realm, m, actor),
            HoldMove.Open m => HoldDecider.Open(realm, m, actor, now),
            HoldMove.Go m => HoldDecider.Go(realm, m, actor, now),
            HoldMove.Withdraw m => HoldDecider.Withdraw(realm, m, actor, now),
            TreeMove.Record m => TreeDecider.Record(realm, m, actor, now),
            TreeMove.Commit m => TreeDecider.Commit(realm, m, actor, now),
            TreeMove.Discard m => TreeDecider.Discard(realm, m, actor, now),
            TreeMove.Undo m => TreeDecider.Undo(realm, m, actor, now),
            TreeMove.Settle m => TreeDecider.Settle(realm, m, actor),
            IdentityMove.Publish m => IdentityDecider.Publish(realm, m, actor, now),
            IdentityMove.Retire m => IdentityDecider.Retire(realm, m, actor),
            IdentityMove.Rotate m => IdentityDecider.Rotate(realm, m, actor, now),
            IdentityMove.Issue m => IdentityDecider.Issue(realm, m, actor, now),
            FindingMove.Review m => FindingDecider.Review(realm, m, actor, now),
            FindingMove.Report m => FindingDecider.Report(realm, m, actor, now),
            FindingMove.Accept m => FindingDecider.Accept(realm, m, actor, now),
            KillMove.Order m => KillDecider.Order(realm, m, actor, now),
            KillMove.Complete m => KillDecider.Complete(realm, m, actor),
            KillMove.Resume m => KillDecider.Resume(realm, m, actor, now),
            ForeignMove.Exchange m => ForeignDecider.Exchange(realm, m, actor, now),
            _ => throw new InvariantBrokenException($"No decider knows the move {move.GetType().Name}."),
        };
    }

    /// <summary>
    /// Folds what an entry says into the state. An entry without events (a refusal) only moves time on.
    /// </summary>
    public static RealmState Evolve(
        RealmState realm, Move move, Actor actor, ImmutableArray<Event> events, DateTimeOffset at)
    {
        foreach (var happened in events)
            realm = After(realm, happened switch
            {
                RealmEvent e => Evolve(realm, e, move, at),
                PersonEvent e => PersonDecider.Evolve(realm, e, move, actor, at),
                ChangeEvent e => ChangeDecider.Evolve(realm, e, move, at),
                SessionEvent e => SessionDecider.Evolve(realm, e, move, at),
                RequestEvent e => RequestDecider.Evolve(realm, e, move),
                ApprovalEvent e => ApprovalDecider.Evolve(realm, e, move, at),
                RunEvent e => RunDecider.Evolve(realm, e, move),
                LeaseEvent e => LeaseDecider.Evolve(realm, e, move, at),
                HoldEvent e => HoldDecider.Evolve(realm, e, move),
                TreeEvent e => TreeDecider.Evolve(realm, e, move, at),
                IdentityEvent e => IdentityDecider.Evolve(realm, e, move),
                FindingEvent e => FindingDecider.Evolve(realm, e, move, at),
                KillEvent e => KillDecider.Evolve(realm, e, move, actor, at),
                ForeignEvent e => ForeignDecider.Evolve(realm, e, move, at),
                _ => throw new InvariantBrokenException($"No decider knows the event {happened.GetType().Name}."),
            }, happened, move, at);
        return realm with { Now = at };
    }

    // What follows from an event for those who only listen to it.
    static RealmState After(RealmState before, RealmState realm, Event happened, Move move, DateTimeOffset at) =>
        PrivilegeBook.After(
            before, LeaseRules.After(RollbackRules.After(realm, happened, move, at), happened, move, at), happened,
            move, at);

    /// <summary>True when a tick now would change anything, so that idle realms write nothing.</summary>
    public static bool IsAnythingDue(RealmState realm, DateTimeOffset now) => Due(realm, now).Any();

    static Decided Create(RealmState realm, RealmMove.Create move, Actor actor, DateTimeOffset now)
    {
        if (realm.Exists)
            return Decided.No("realm.exists", $"This ledger is realm {realm.Origin} already.");
        if (actor is not Actor.Host)
            return Decided.No("realm.not-host", "A realm is created on its own machine, by: writ init");
        if (!IsOrigin(move.Origin) || !IdRules.IsWellFormed(move.Founder.Id.Value) || move.Name.Length is 0 or > 128)
            return Decided.No("realm.malformed", "A realm has a name, an origin like host/name, and a founder's id.");
        return move.CodeExpiresAt <= now
            ? Decided.No("person.bad-expiry", "The founder's code has expired already.")
            : Decided.Because(new RealmEvent.Created());
    }

    static RealmState Evolve(RealmState realm, RealmEvent happened, Move move, DateTimeOffset at)
    {
        switch (happened, move)
        {
            case (RealmEvent.Created, RealmMove.Create m):
                var document = RealmDocument.Empty with
                {
                    People = [m.Founder],
                    Teams = [new Team(FounderTeam, [m.Founder.Id], [])],
                    Governance = new Governance(FounderTeam, Quorum: 1),
                };
                var (registry, faults) = Registry.From(document, []);
                Invariant.Must(registry is not null, $"A founder alone is a realm: {faults.FirstOrDefault()?.Why}");
                return realm with
                {
                    Name = m.Name,
                    Origin = m.Origin,
                    Registry = registry!,
                    Invitations = realm.Invitations.SetItem(
                        m.Founder.Id, new Invitation(m.CodeDigest, m.Founder.Id, m.CodeExpiresAt)),
                };
            case (RealmEvent.FindingRaised, RealmMove.RaiseFinding m):
                var counted = FindingDecider.Happened(
                    realm with { Findings = realm.Findings + 1 }, m.Finding, at);
                return m.Finding.Session is { } id && realm.OpenSession(id) is { } session
                    ? counted.With(session with { Findings = session.Findings + 1 })
                    : counted;
            default:
                throw new InvariantBrokenException(
                    $"{happened.GetType().Name} does not come of {move.GetType().Name}.");
        }
    }

    static Decided Tick(RealmState realm, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return Decided.No("realm.not-host", "Only the control plane moves its own time on.");
        ImmutableArray<Event> due = [.. Due(realm, now)];
        return due.IsEmpty
            ? Decided.No("realm.nothing-due", "Nothing is due.")
            : new Decided.Accepted(due);
    }

    static Decided RaiseFinding(RealmState realm, RealmMove.RaiseFinding move, Actor actor)
    {
        if (actor is not Actor.Host)
            return Decided.No("realm.not-host", "Findings are raised by the control plane.");
        return move.Finding.Detail.Length > 4_096 || realm.Findings >= 1_000_000
            ? Decided.No("realm.bad-finding", "A finding has at most 4,096 characters.")
            : Decided.Because(new RealmEvent.FindingRaised());
    }

    static IEnumerable<Event> Due(RealmState realm, DateTimeOffset now)
    {
        foreach (var session in RealmRules.OpenSessions(realm))
        {
            if (session.ExpiresAt <= now)
                yield return SessionDecider.End(session, "session.expired");
            else if (RealmRules.Untenable(realm.Registry, session, now) is { } no)
                yield return SessionDecider.End(session, no.Code);
            else if (RealmRules.OrphanedBy(realm, session, now) is { } orphaned)
                yield return SessionDecider.End(session, orphaned.Code);
            else
                foreach (var request in session.Requests.Values
                    .Where(r => IsExpired(r, now)).OrderBy(r => r.Id.Value, StringComparer.Ordinal))
                    yield return new RequestEvent.Closed(request.Id, "request.expired");
        }
        foreach (var change in realm.Changes.Values.OfType<ChangeState.Pending>()
            .Where(c => c.ExpiresAt <= now).OrderBy(c => c.Id.Value, StringComparer.Ordinal))
            yield return new ChangeEvent.Closed(change.Id, "change.expired");
        foreach (var expired in LeaseDecider.Due(realm, now))
            yield return expired;
        foreach (var forgotten in TreeDecider.Due(realm, now))
            yield return forgotten;
    }

    static bool IsExpired(RequestState request, DateTimeOffset now) => request switch
    {
        RequestState.Waiting r => r.ExpiresAt <= now,
        RequestState.Ready r => r.ExpiresAt <= now,
        RequestState.Ordered r => r.ExpiresAt <= now,
        _ => false,
    };

    static bool IsOrigin(string origin) =>
        origin.Length is > 2 and <= 128 && origin.All(c => c is > ' ' and < (char)127 and not '+')
        && !origin.StartsWith('/') && !origin.EndsWith('/');
}
