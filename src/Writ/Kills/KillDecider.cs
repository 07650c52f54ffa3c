using System.Text.Json.Serialization;
using Writ.Foreign;
using Writ.Realms;
using Writ.Sessions;

namespace Writ.Kills;

/// <summary>What the kill switch can stop. Member 0 is the widest, so that a lost value stops too much.</summary>
public enum ScopeKind
{
    Realm,
    Agent,
    Workflow,
    Session,
    Sponsor,
    Target,
    Policy,
}

/// <summary>One thing that can be stopped at once, with everything under it.</summary>
[JsonConverter(typeof(ScopeConverter))]
public readonly record struct Scope(ScopeKind Kind, string Id)
{
    public override string ToString() => Kind == ScopeKind.Realm ? "realm"
        : $"{Kind.ToString().ToLowerInvariant()}:{Id}";

    /// <summary>Reads <c>realm</c> or <c>kind:id</c>.</summary>
    public static bool TryParse(string text, out Scope scope)
    {
        scope = default;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var word = colon < 0 ? text : text[..colon];
        var id = colon < 0 ? "" : text[(colon + 1)..];
        if (!Enum.TryParse<ScopeKind>(word, ignoreCase: true, out var kind) || char.IsAsciiDigit(word[0]))
            return false;
        if (kind == ScopeKind.Realm != (id.Length == 0) || id.Length > IdRules.LengthMax)
            return false;
        scope = new Scope(kind, id);
        return true;
    }

    /// <summary>Every scope that covers a session, widest first.</summary>
    public static ImmutableArray<Scope> Covering(SessionTerms terms, PersonId sponsor, string policyDigest) =>
    [
        new Scope(ScopeKind.Realm, ""),
        new Scope(ScopeKind.Policy, policyDigest),
        new Scope(ScopeKind.Workflow, terms.Workflow.Value),
        new Scope(ScopeKind.Agent, terms.Agent.Value),
        new Scope(ScopeKind.Sponsor, sponsor.Value),
        .. terms.Targets.Select(t => new Scope(ScopeKind.Target, t.Value)),
        new Scope(ScopeKind.Session, terms.Id.Value),
    ];
}

/// <summary>A stop that stands until a person resumes it.</summary>
public sealed record Stop(KillId Kill, PersonId By, string Reason, DateTimeOffset At);

/// <summary>One use of the kill switch: what it had to stop, and what is still alive.</summary>
public sealed record KillState(Scope Scope, DateTimeOffset OrderedAt, ImmutableArray<RunId> Runs, bool Completed);

/// <summary>How long the steps of one run's kill took, measured by the runner.</summary>
/// <param name="DurationMs">From the order until none of its processes was left.</param>
/// <param name="FrozenMs">From the order until all of them stood still; null where none was running.</param>
/// <param name="Processes">How many stood still.</param>
/// <param name="Evidence">What they were, as a blob; null where that could not be kept.</param>
public sealed record KillStep(
    RunId Run, int DurationMs, int? FrozenMs = null, int? Processes = null, string? Evidence = null);

/// <summary>What can be asked of the kill switch.</summary>
public abstract record KillMove : Move
{
    public sealed record Order(KillId Kill, Scope Scope, string Reason) : KillMove;

    public sealed record Complete(KillId Kill, ImmutableArray<KillStep> Steps, int TotalMs) : KillMove;

    public sealed record Resume(Scope Scope, string Reason) : KillMove;
}

/// <summary>What can happen at the kill switch.</summary>
public abstract record KillEvent : Event
{
    public sealed record Ordered(ImmutableArray<SessionId> Sessions, ImmutableArray<RunId> Runs) : KillEvent;

    public sealed record Completed : KillEvent;

    public sealed record Resumed : KillEvent;
}

/// <summary>Stopping is easy and at once; resuming takes the people who govern the realm.</summary>
static class KillDecider
{
    public const int ReasonMax = 1_024;

    public static Decided Order(RealmState realm, KillMove.Order move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequirePerson(realm, actor, now, out var person) is { } no)
            return Decided.No(no);
        if (move.Reason.Length > ReasonMax || !IdRules.IsWellFormed(move.Kill.Value)
            || realm.Kills.ContainsKey(move.Kill))
            return Decided.No("kill.malformed", $"A kill has a new id and a reason of at most {ReasonMax} characters.");
        if (Unknown(realm, move.Scope))
            return Decided.No("kill.unknown-scope", $"There is nothing called {move.Scope} in this realm.");
        if (move.Scope.Kind == ScopeKind.Realm && !Answers(realm, person))
            return Decided.No("kill.not-yours", "The whole realm is stopped by an owner or by those who govern it.");
        var covered = RealmRules.WithChildren(
            realm, RealmRules.OpenSessions(realm).Where(s => Covers(move.Scope, s)));
        var endings = covered.Select(s => SessionDecider.End(s, "session.killed")).ToImmutableArray();
        return Decided.Because([
            new KillEvent.Ordered([.. covered.Select(s => s.Terms.Id)], [.. endings.SelectMany(e => e.Runs)]),
            .. endings,
        ]);
    }

    public static Decided Complete(RealmState realm, KillMove.Complete move, Actor actor) =>
        actor is not Actor.Host
            ? Decided.No("run.not-runner", "Only the runner reports how a kill went.")
            : realm.Kills.TryGetValue(move.Kill, out var kill) && !kill.Completed
                ? Decided.Because(new KillEvent.Completed())
                : Decided.No("kill.unknown", $"Kill {move.Kill} is not under way.");

    public static Decided Resume(RealmState realm, KillMove.Resume move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequireGovernance(realm, actor, now, out _) is { } no)
            return Decided.No(no);
        if (move.Reason.Length > ReasonMax)
            return Decided.No("kill.malformed", $"A reason has at most {ReasonMax} characters.");
        return realm.Stops.ContainsKey(move.Scope)
            ? Decided.Because(new KillEvent.Resumed())
            : Decided.No("kill.not-stopped", $"{move.Scope} is not stopped.");
    }

    public static RealmState Evolve(RealmState realm, KillEvent happened, Move move, Actor actor, DateTimeOffset at)
    {
        switch (happened, move)
        {
            case (KillEvent.Ordered e, KillMove.Order m):
                var stop = new Stop(m.Kill, ((Actor.Person)actor).Id, m.Reason, at);
                return realm with
                {
                    Kills = realm.Kills.SetItem(m.Kill, new KillState(m.Scope, at, e.Runs, Completed: false)),
                    // A session never opens again, so there is nothing to hold stopped.
                    Stops = m.Scope.Kind == ScopeKind.Session ? realm.Stops : realm.Stops.SetItem(m.Scope, stop),
                };
            case (KillEvent.Completed, KillMove.Complete m):
                return realm with
                {
                    Kills = realm.Kills.SetItem(m.Kill, realm.Kills[m.Kill] with
                    {
                        Completed =
                    true
                    })
                };
            case (KillEvent.Resumed, KillMove.Resume m):
                return realm with { Stops = realm.Stops.Remove(m.Scope) };
            default:
                throw new InvariantBrokenException(
                    $"{happened.GetType().Name} does not come of {move.GetType().Name}.");
        }
    }

    static bool Covers(Scope scope, SessionState.Open session) =>
        Scope.Covering(session.Terms, session.Accountable.Sponsor, session.PolicyDigest).Contains(scope)
        || session.Remote is { } remote && RemoteRules.ScopesOf(remote.Chain).Contains(scope);

    static bool Unknown(RealmState realm, Scope scope) => scope.Kind switch
    {
        ScopeKind.Realm => false,
        ScopeKind.Agent => !realm.Registry.Agents.ContainsKey(new AgentId(scope.Id)),
        ScopeKind.Workflow => !realm.Registry.Workflows.ContainsKey(new WorkflowId(scope.Id)),
        ScopeKind.Session => realm.OpenSession(new SessionId(scope.Id)) is null,
        ScopeKind.Sponsor => !realm.Registry.People.ContainsKey(new PersonId(scope.Id)),
        ScopeKind.Target => !realm.Registry.Targets.ContainsKey(new TargetId(scope.Id)),
        _ => scope.Id != realm.Registry.Policy.Digest
            && !RealmRules.OpenSessions(realm).Any(s => s.PolicyDigest == scope.Id),
    };

    static bool Answers(RealmState realm, PersonId person) =>
        realm.Registry.IsActiveMember(realm.Registry.Document.Governance.Team, person)
        || realm.Registry.Document.Workflows.Any(
            w => w.WorkflowOwner == person || w.PlatformOwner == person || w.SecurityOwner == person);
}
