using Writ.Approvals;
using Writ.Assistants;
using Writ.Egress;
using Writ.Findings;
using Writ.Holds;
using Writ.Leases;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Trees;
using Writ.Workflows;

namespace Writ.Runs;

/// <summary>How a run was contained, as the runner found it, not as it was wished.</summary>
/// <param name="Weak">What is weaker than it could be, in words; recorded so that nothing is lowered silently.</param>
/// <param name="Mediated">Every program that was started was decided; null in records from before that was possible.
/// </param>
/// <param name="Owner">Whose files it worked on, where <c>Uid</c> was its session's alone; else null.</param>
/// <param name="Limits">What kept its limits: <c>cgroup2</c>, <c>cgroup1</c>, <c>rlimit</c> or <c>none</c>; null in
/// records from before that was said.</param>
public sealed record Containment(Tier Tier, string Sandbox, int LandlockAbi, bool Seccomp, int Uid,
    ImmutableArray<string> Weak, bool? Mediated = null, int? Owner = null, string? Limits = null);

/// <summary>Why a run came to its end. Member 0 is the one that says least.</summary>
public enum RunEnd
{
    Lost,
    NotStarted,
    Exited,
    Signalled,
    TimedOut,
    OutputLimit,
    Killed,
}

/// <summary>What a run left behind. Output itself lies in blobs, known here by salted digest.</summary>
/// <param name="Evidence">The processes that stood still before the kill switch ended them, as a blob.</param>
public sealed record RunOutcome(
    RunEnd End, int ExitCode, int DurationMs, long StdoutBytes, long StderrBytes, string? OutputDigest,
    Containment? Containment, string? Detail, string? Evidence = null);

/// <summary>What can be asked of writs and runs.</summary>
public abstract record RunMove : Move
{
    /// <summary>
    /// The runner is about to start. Consumed first, started after: a crash in between runs nothing twice.
    /// </summary>
    public sealed record Consume(WritId Writ, RequestId Request, RunId Run, Tier Tier) : RunMove;

    /// <summary>The next programs that were started in it, or were not.</summary>
    public sealed record RecordExecutions(RunId Run, RequestId Request, ExecutionBatch Batch) : RunMove;

    /// <summary>The next connections that it asked for.</summary>
    public sealed record RecordEgress(RunId Run, RequestId Request, EgressBatch Batch) : RunMove;

    public sealed record End(RunId Run, RequestId Request, RunOutcome Outcome) : RunMove;
}

/// <summary>What can happen to writs and runs.</summary>
public abstract record RunEvent : Event
{
    public sealed record WritIssued(WritOrder Order) : RunEvent;

    public sealed record WritConsumed : RunEvent;

    public sealed record ExecutionsRecorded : RunEvent;

    public sealed record EgressRecorded : RunEvent;

    public sealed record Ended : RunEvent;
}

/// <summary>What a writ says, taken from the state that stands behind it.</summary>
static class WritRules
{
    /// <summary>A writ is for now: long enough to start a process on a busy machine.</summary>
    public static readonly TimeSpan WritLife = TimeSpan.FromSeconds(30);

    public static WritOrder Order(
        RealmState realm, SessionState.Open session, RequestState.Ready ready, WritId writ, DateTimeOffset now)
    {
        var request = ready.Request;
        var accountable = session.Accountable;
        var expires = now + WritLife < session.ExpiresAt ? now + WritLife : session.ExpiresAt;
        return new WritOrder(
            writ.Value, realm.Origin, session.Terms.Id.Value, request.Id.Value, ready.Digest,
            session.PolicyDigest, ActionDigests.Argv(request.Argv), ActionDigests.WorkingDirectory(request.Cwd),
            ActionDigests.Environment(
                [.. LeaseNames.Fill(request.Environment, realm.Origin, writ).Select(v => $"{v.Name}={v.Value}")]),
            request.ExecutableDigest!, realm.Registry.Workflows[session.Terms.Workflow].TierMin.ToString(),
            now, expires, accountable.Sponsor.Value, Named(accountable.WorkflowOwner),
            Named(accountable.PlatformOwner), Named(accountable.SecurityOwner),
            [.. accountable.TargetOwners.Select(o => o.Value)], [.. ready.Approvals.Select(a => a.Person.Value)]);
    }

    // Outside production an owner may be missing; the order says so instead of leaving the line out.
    static string Named(PersonId owner) => string.IsNullOrEmpty(owner.Value) ? "-" : owner.Value;
}

/// <summary>A writ is consumed once; a run ends once.</summary>
public static class RunDecider
{
    public static Decided Consume(RealmState realm, RunMove.Consume move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return Decided.No("run.not-runner", "Only the runner consumes writs.");
        if (realm.Find(move.Request) is not var (session, state))
            return Decided.No("request.unknown", $"There is no open request {move.Request}.");
        if (RealmRules.RequireOpen(realm, session.Terms.Id, now, out _) is { } no)
            return Decided.No(no);
        if (state is RequestState.Running or RequestState.Closed)
            return Decided.No("writ.consumed", $"Writ {move.Writ} is consumed; each is used once.");
        if (state is not RequestState.Ordered ordered || ordered.Writ != move.Writ)
            return Decided.No("writ.unknown", $"No such writ stands for request {move.Request}.");
        if (ordered.ExpiresAt <= now)
            return Decided.No("writ.expired", $"Writ {move.Writ} expired at {ordered.ExpiresAt:u}.");
        if (ordered.Verdict.PolicyDigest != session.PolicyDigest)
            return Decided.No("approval.policy-changed", "The policy has changed since this writ was issued.");
        if (RealmRules.StoppedBy(realm, session) is { } scope)
            return Decided.No("session.stopped", $"{scope} is stopped by the kill switch.");
        if (FindingRules.Refused(realm, session.Terms, now) is { } found)
            return Decided.No(found);
        // Writs are issued while others are out, so what they may use together is counted when each is consumed.
        if (session.Usage.Plus(ordered.Verdict.Effects).Exceeds(session.Terms.Bounds) is { } bound)
            return Decided.No("session.budget", $"This would exceed the session's bound of {bound}.");
        if (!IdRules.IsWellFormed(move.Run.Value) || realm.Leftover.ContainsKey(move.Run))
            return Decided.No("run.malformed", "A run needs a new, well-formed id.");
        if (move.Tier == Tier.T3 && TreeDecider.Full(realm) is { } full)
            return Decided.No(full);
        if (AssistantRules.MayNot(realm, session, ordered.Request) is { } notLiving)
            return Decided.No(notLiving);
        if (ordered.Request.Ask is Ask.Assistant && move.Tier < Tier.T2)
            return Decided.No("run.tier",
                $"This host offers containment {move.Tier}; an assistant lives in namespaces of its own (T2) or not at "
                + "all.");
        var demanded = realm.Registry.Workflows[session.Terms.Workflow].TierMin;
        if (move.Tier < demanded)
            return Decided.No(
                "run.tier", $"This host offers containment {move.Tier}; the workflow demands {demanded}.");
        return LeaseRules.MayNot(realm, session, ordered, now, out var leases) is { } without
            ? Decided.No(without)
            : Decided.Because([new RunEvent.WritConsumed(), .. leases]);
    }

    public static Decided RecordExecutions(RealmState realm, RunMove.RecordExecutions move, Actor actor)
    {
        if (actor is not Actor.Host)
            return Decided.No("run.not-runner", "Only the runner records what was started in a run.");
        var running = realm.Find(move.Request) is (_, RequestState.Running state) && state.Run == move.Run
            ? state
            : null;
        if (running is null && !realm.Leftover.ContainsKey(move.Run))
            return Decided.No("run.unknown", $"Run {move.Run} is not under way.");
        return move.Batch.Problem(running?.Executions) is { } problem
            ? Decided.No("run.bad-batch", problem)
            : Decided.Because(new RunEvent.ExecutionsRecorded());
    }

    public static Decided RecordEgress(RealmState realm, RunMove.RecordEgress move, Actor actor)
    {
        if (actor is not Actor.Host)
            return Decided.No("run.not-runner", "Only the runner records what a run reached.");
        var running = realm.Find(move.Request) is (_, RequestState.Running state) && state.Run == move.Run
            ? state
            : null;
        if (running is null && !realm.Leftover.ContainsKey(move.Run))
            return Decided.No("run.unknown", $"Run {move.Run} is not under way.");
        return move.Batch.Problem(running?.Egress) is { } problem
            ? Decided.No("run.bad-egress", problem)
            : Decided.Because(new RunEvent.EgressRecorded());
    }

    public static Decided End(RealmState realm, RunMove.End move, Actor actor)
    {
        if (actor is not Actor.Host)
            return Decided.No("run.not-runner", "Only the runner ends runs.");
        var running = realm.Find(move.Request) is (_, RequestState.Running state) && state.Run == move.Run;
        return running || realm.Leftover.ContainsKey(move.Run)
            ? Decided.Because([
                new RunEvent.Ended(), .. HoldDecider.EndOf(realm, move.Run, move.Request),
                .. AssistantRules.EndOf(realm, move.Run, move.Request),
            ])
            : Decided.No("run.unknown", $"Run {move.Run} is not under way.");
    }

    public static RealmState Evolve(RealmState realm, RunEvent happened, Move move)
    {
        switch (happened, move)
        {
            case (RunEvent.WritIssued e, RequestMove.Execute m):
                var (issuedIn, state) = realm.Find(m.Request)!.Value;
                var ready = (RequestState.Ready)state;
                return realm.With(issuedIn, new RequestState.Ordered(
                    ready.Request, ready.Digest, ready.Verdict, m.Writ, e.Order.ExpiresAt,
                    ready.Approvals.IsEmpty ? null : ready.Approvals.Min(a => a.ExpiresAt)));
            case (RunEvent.WritConsumed, RunMove.Consume m):
                var (session, ordered) = realm.Find(m.Request)!.Value;
                var order = (RequestState.Ordered)ordered;
                var used = session with
                {
                    Usage = session.Usage.Plus(order.Verdict.Effects),
                    Content = session.Content | Provenance.Of(order.Request.Ask, order.Verdict.Effects),
                };
                if (order.Request.Ask is Ask.Assistant)
                    used = used with { Assistant = new AssistantRun(m.Request, m.Run, Lives: true) };
                return realm.With(used, new RequestState.Running(
                    order.Request, order.Digest, m.Writ, m.Run,
                    HeldUnder: m.Tier == Tier.T3 ? order.Verdict : null, Approved: order.ApprovedUntil is not null));
            case (RunEvent.ExecutionsRecorded, RunMove.RecordExecutions m) when realm.Leftover.ContainsKey(m.Run):
                return realm;
            case (RunEvent.ExecutionsRecorded, RunMove.RecordExecutions m):
                var (within, found) = realm.Find(m.Request)!.Value;
                var run = (RequestState.Running)found;
                return realm.With(within, run with { Executions = run.Executions + m.Batch.Count });
            case (RunEvent.EgressRecorded, RunMove.RecordEgress m) when realm.Leftover.ContainsKey(m.Run):
                return realm;
            case (RunEvent.EgressRecorded, RunMove.RecordEgress m):
                var (inside, known) = realm.Find(m.Request)!.Value;
                var reaching = (RequestState.Running)known;
                return realm.With(
                    inside with
                    {
                        Content = inside.Content
                            | Provenance.Of(m.Batch, AssistantRules.Model(realm, inside, reaching.Request)),
                    },
                    reaching with { Egress = reaching.Egress + m.Batch.Count });
            case (RunEvent.Ended, RunMove.End m) when realm.Leftover.ContainsKey(m.Run):
                return realm with { Leftover = realm.Leftover.Remove(m.Run) };
            case (RunEvent.Ended, RunMove.End m):
                return RequestDecider.Close(
                    AssistantRules.Gone(realm, m.Run, m.Request), m.Request, RunEnds.Code(m.Outcome.End));
            default:
                throw new InvariantBrokenException(
                    $"{happened.GetType().Name} does not come of {move.GetType().Name}.");
        }
    }
}
