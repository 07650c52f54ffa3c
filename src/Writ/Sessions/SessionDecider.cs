using Writ.Findings;
using Writ.Foreign;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Targets;
using Writ.Workflows;

namespace Writ.Sessions;

/// <summary>What can be asked of sessions.</summary>
public abstract record SessionMove : Move
{
    public sealed record Open(SessionTerms Terms) : SessionMove;

    public sealed record Close(SessionId Session, string Reason) : SessionMove;

    /// <summary>An assistant's own session now works under this one.</summary>
    public sealed record Attach(SessionId Session, string Client, string ClientSession) : SessionMove;

    public sealed record RecordPrompt(SessionId Session, PromptReference Prompt) : SessionMove;

    /// <summary>Text came into it that its sponsor did not write. What goes through Writ is counted without this
    /// move, when it begins; this is for what an assistant reports of its own tools.</summary>
    /// <param name="Where">The tool, or the address, for people.</param>
    public sealed record TakeIn(SessionId Session, ContentOrigins Content, string Where) : SessionMove;
}

/// <summary>What can happen to sessions.</summary>
public abstract record SessionEvent : Event
{
    /// <param name="SessionPolicyDigest">Of the session's own policy, when it has one.</param>
    /// <param name="Remote">Who opened it from another machine, and alone acts in it.</param>
    public sealed record Opened(
        Accountable Accountable, string PolicyDigest, DateTimeOffset ExpiresAt, string? SessionPolicyDigest = null,
        RemoteCaller? Remote = null) : SessionEvent;

    /// <param name="Code">Why, as a stable code, for example <c>session.closed</c> or <c>session.budget</c>.</param>
    /// <param name="Runs">Runs that were under way and must be killed now.</param>
    /// <param name="Voided">Requests that waited or were ready, and no longer are.</param>
    public sealed record Ended(
        SessionId Session, string Code, ImmutableArray<RunId> Runs, ImmutableArray<RequestId> Voided) : SessionEvent;

    public sealed record Attached : SessionEvent;

    public sealed record PromptRecorded : SessionEvent;

    public sealed record TakenIn : SessionEvent;
}

/// <summary>Opening and ending sessions: no owner, no production.</summary>
static class SessionDecider
{
    public const int TextMax = 4_096;
    public const int PathMax = 4_096;
    public const int OpenPerRealmMax = 10_000;
    public const int ReasonMax = 2_048;

    /// <summary>How many sessions may stand above one, so that its chain of sponsors is always followed to the
    /// end.</summary>
    public const int ChainMax = 8;

    static readonly Bounds _leastBounds = new(1, 0, 0, 0, 0, 0);

    public static Decided Open(RealmState realm, SessionMove.Open move, Actor actor, DateTimeOffset now)
    {
        var terms = move.Terms;
        if (RequireSponsor(realm, terms, actor, now, out var sponsor, out var remote) is { } no)
            return Decided.No(no);
        if (Malformed(realm, terms) is { } malformed)
            return Decided.No(malformed);
        if (!realm.Registry.Workflows.TryGetValue(terms.Workflow, out var workflow))
            return Decided.No("workflow.unknown", $"There is no workflow '{terms.Workflow}' in this realm.");
        if (Stopped(realm, terms, sponsor) is { } stopped)
            return Decided.No(stopped);
        if (NotAllowed(realm, workflow, terms, now) is { } notAllowed)
            return Decided.No(notAllowed);
        var targets = terms.Targets.Select(t => realm.Registry.Targets[t]).ToImmutableArray();
        if (RealmRules.Unowned(realm.Registry, workflow, terms.Environment, targets, now) is { } unowned)
            return Decided.No(unowned);
        if (FindingRules.Refused(realm, terms, now) is { } found)
            return Decided.No(found);
        if (PinnedPolicies.Read(realm, terms.Policy, out var narrowing) is { } unusable)
            return Decided.No(unusable);
        var accountable = new Accountable(
            sponsor, workflow.WorkflowOwner, workflow.PlatformOwner, workflow.SecurityOwner,
            [.. targets.Select(t => t.Owner).Where(o => !string.IsNullOrEmpty(o.Value)).Distinct()]);
        return Decided.Because(new SessionEvent.Opened(
            accountable, realm.Registry.Policy.Digest, now + TimeSpan.FromMinutes(terms.Bounds.Minutes),
            narrowing?.Digest, remote));
    }

    public static Decided Close(RealmState realm, SessionMove.Close move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequireOpen(realm, move.Session, now, out var session) is { } no)
            return Decided.No(no);
        var mayClose = actor switch
        {
            Actor.Host => true,
            Actor.Agent agent => RealmRules.IsOf(agent, session),
            Actor.Remote remote => RemoteRules.RequireIn(realm, session, remote, now) is null,
            _ => RealmRules.RequirePerson(realm, actor, now, out _) is null,
        };
        if (move.Reason.Length > ReasonMax)
            return Decided.No("session.bad-reason", $"A reason has at most {ReasonMax} characters.");
        return mayClose
            ? Decided.Because(End(session, "session.closed"))
            : Decided.No("session.not-yours", "Only its agent or a person of this realm closes a session.");
    }

    public static Decided Attach(RealmState realm, SessionMove.Attach move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequireAgentIn(realm, move.Session, actor, now, out var session) is { } no)
            return Decided.No(no);
        if (move.Client.Length > 64 || move.ClientSession.Length > 128 || session.ClientSessions.Count >= 64)
            return Decided.No("session.bad-client",
                "The client's name or session id is too long, or there are too many.");
        return Decided.Because(new SessionEvent.Attached());
    }

    public static Decided RecordPrompt(RealmState realm, SessionMove.RecordPrompt move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequireAgentIn(realm, move.Session, actor, now, out _) is { } no)
            return Decided.No(no);
        return move.Prompt.PromptId.Length > 128
            ? Decided.No("session.bad-prompt", "A prompt id has at most 128 characters.")
            : Decided.Because(new SessionEvent.PromptRecorded());
    }

    public static Decided TakeIn(RealmState realm, SessionMove.TakeIn move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host && RealmRules.RequireAgentIn(realm, move.Session, actor, now, out _) is { } no)
            return Decided.No(no);
        if (RealmRules.RequireOpen(realm, move.Session, now, out _) is { } closed)
            return Decided.No(closed);
        return move.Where.Length > ReasonMax || move.Content == ContentOrigins.None
            || (move.Content & ~Provenance.All) != 0
            ? Decided.No("session.bad-content", "Content that comes in has an origin, and at most 2,048 characters "
                + "that say from where.")
            : Decided.Because(new SessionEvent.TakenIn());
    }

    /// <summary>Ends a session with everything that hangs on it; used by closing, expiry, budgets and every
    /// kill.</summary>
    public static SessionEvent.Ended End(SessionState.Open session, string code) => new(
        session.Terms.Id, code,
        [.. session.Requests.Values.OfType<RequestState.Running>().Select(r => r.Run).OrderBy(r => r.Value,
            StringComparer.Ordinal)],
        [
            .. session.Requests.Where(r => r.Value is RequestState.Waiting or RequestState.Ready
                or RequestState.Ordered)
                .Select(r => r.Key).OrderBy(r => r.Value, StringComparer.Ordinal),
        ]);

    public static RealmState Evolve(RealmState realm, SessionEvent happened, Move move, DateTimeOffset at)
    {
        switch (happened, move)
        {
            case (SessionEvent.Opened e, SessionMove.Open m):
                return PinnedPolicies.Open(realm.With(new SessionState.Open(
                    m.Terms, e.Accountable, e.PolicyDigest, at, e.ExpiresAt, Usage.None,
                    ImmutableDictionary<RequestId, RequestState>.Empty, [], LastPrompt: null, Findings: 0,
                    e.SessionPolicyDigest, Remote: e.Remote)), m.Terms.Policy);
            case (SessionEvent.Ended e, _):
                var ending = realm.OpenSession(e.Session)!;
                return PinnedPolicies.Release(realm with
                {
                    SessionByRequest = realm.SessionByRequest.RemoveRange(ending.Requests.Keys),
                    Sessions = realm.Sessions.SetItem(e.Session, new SessionState.Ended(
                        ending.Terms, e.Code, at,
                        ending.Assistant is { } lived ? lived with { Lives = false } : null)),
                    Leftover = realm.Leftover.SetItems(ending.Requests.Values.OfType<RequestState.Running>()
                        .Select(r => KeyValuePair.Create(r.Run, r.Request.Id))),
                }, ending);
            case (SessionEvent.Attached, SessionMove.Attach m):
                var attached = realm.OpenSession(m.Session)!;
                return realm.With(attached with { ClientSessions = attached.ClientSessions.Add(m.ClientSession) });
            case (SessionEvent.TakenIn, SessionMove.TakeIn m):
                var taking = realm.OpenSession(m.Session)!;
                return realm.With(taking with { Content = taking.Content | m.Content });
            case (SessionEvent.PromptRecorded, SessionMove.RecordPrompt m):
                return realm.With(realm.OpenSession(m.Session)! with { LastPrompt = m.Prompt });
            default:
                throw new InvariantBrokenException(
                    $"{happened.GetType().Name} does not come of {move.GetType().Name}.");
        }
    }

    /// <summary>Every sponsor in a session's chain: its own, and those of the sessions that led to it.</summary>
    public static ImmutableHashSet<PersonId> Sponsors(RealmState realm, SessionState.Open session)
    {
        var sponsors = OwnSponsors(session);
        var parent = session.Terms.Parent;
        for (var depth = 0; parent is { } id && depth < ChainMax; depth++)
        {
            // A parent has to stay open while its children work (RequireOpen), so the whole chain is known here.
            if (realm.OpenSession(id) is not { } open)
                break;
            sponsors = sponsors.Union(OwnSponsors(open));
            parent = open.Terms.Parent;
        }
        return sponsors;
    }

    static ImmutableHashSet<PersonId> OwnSponsors(SessionState.Open session) =>
        [session.Accountable.Sponsor, .. (session.Remote?.Chain ?? []).Select(l => l.Sponsor)];

    // A person sponsors what they open; whoever comes from another machine has somebody who was declared beforehand.
    static Refusal? RequireSponsor(
        RealmState realm, SessionTerms terms, Actor actor, DateTimeOffset now, out PersonId sponsor,
        out RemoteCaller? remote)
    {
        remote = null;
        if (actor is not Actor.Remote caller)
            return RealmRules.RequirePerson(realm, actor, now, out sponsor);
        sponsor = default;
        if (RemoteRules.RequireOpener(realm, caller, terms, now, out var pass) is { } no)
            return no;
        (sponsor, remote) = (pass.Principal, new RemoteCaller(pass.Chain, pass.Thumbprint));
        return null;
    }

    static Refusal? Malformed(RealmState realm, SessionTerms terms)
    {
        if (!IdRules.IsWellFormed(terms.Id.Value) || realm.Sessions.ContainsKey(terms.Id))
            return new Refusal("session.bad-id", "A session needs a new, well-formed id.");
        if (string.IsNullOrWhiteSpace(terms.Task) || terms.Task.Length > TextMax || terms.Purpose.Length > TextMax)
            return new Refusal("session.bad-task", $"A session says its task, in at most {TextMax} characters.");
        if (!terms.WorkTree.StartsWith('/') || terms.WorkTree.Length > PathMax || terms.WorkTree.Contains('\0')
            || terms.WorkTree.Trim('/').Length == 0
            || terms.WorkTree.Split('/').Any(part => part is "." or ".."))
            return new Refusal("session.bad-work-tree", "The work tree is an absolute path, and not the whole system.");
        if (terms.Targets.IsEmpty)
            return new Refusal("session.no-target", "A session names at least one target.");
        return realm.Sessions.Values.Count(s => s is SessionState.Open) >= OpenPerRealmMax
            ? new Refusal("session.too-many", $"{OpenPerRealmMax} sessions are open already.")
            : null;
    }

    static Refusal? Stopped(RealmState realm, SessionTerms terms, PersonId sponsor) =>
        RealmRules.StoppedBy(realm, terms, sponsor, realm.Registry.Policy.Digest) is { } scope
            ? new Refusal("session.stopped", $"{scope} is stopped by the kill switch; a person has to resume it first.")
            : null;

    static Refusal? NotAllowed(RealmState realm, Workflow workflow, SessionTerms terms, DateTimeOffset now)
    {
        if (!realm.Registry.Agents.TryGetValue(terms.Agent, out var agent))
            return new Refusal("agent.unknown", $"There is no agent '{terms.Agent}' in this realm.");
        if (!workflow.Agents.Contains(terms.Agent))
            return new Refusal("workflow.agent", $"Workflow {workflow.Id} does not allow agent {terms.Agent}.");
        if (agent.Hindrance(realm.Registry, now) is { } hindrance)
            return hindrance;
        if (!workflow.Environments.Contains(terms.Environment))
            return new Refusal("workflow.environment", $"Workflow {workflow.Id} does not allow {terms.Environment}.");
        foreach (var id in terms.Targets)
        {
            if (!workflow.Targets.Contains(id) || !realm.Registry.Targets.TryGetValue(id, out var target))
                return new Refusal("workflow.target", $"Workflow {workflow.Id} does not allow target {id}.");
            if (target.Environment != terms.Environment)
                return new Refusal("session.target-environment", $"Target {id} is in {target.Environment}, "
                    + $"the session in {terms.Environment}.");
        }
        if (!workflow.Bounds.Contains(terms.Bounds) || !terms.Bounds.Contains(_leastBounds))
            return new Refusal("workflow.bounds", $"The session asks for more than workflow {workflow.Id} allows.");
        return terms.Parent is { } parent ? NotUnder(realm, parent, now) : null;
    }

    static Refusal? NotUnder(RealmState realm, SessionId parent, DateTimeOffset now)
    {
        if (!realm.Sessions.ContainsKey(parent))
            return new Refusal("session.parent", $"There is no parent session {parent}.");
        var depth = 0;
        for (SessionId? above = parent; above is { } id && depth <= ChainMax; depth++)
        {
            if (realm.OpenSession(id) is not { } open || open.ExpiresAt <= now)
                return new Refusal("session.parent-ended",
                    $"Session {id}, from which this one would be opened, has ended.");
            above = open.Terms.Parent;
        }
        return depth > ChainMax
            ? new Refusal("session.chain", $"At most {ChainMax} sessions stand above another.")
            : null;
    }
}
