using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Rollbacks;

/// <summary>
/// Taking a run back is a request of its own: judged, gated, ordered and run like any other. What is special is that
/// its command is the workflow's and nobody else's, and that both requests know of each other.
/// </summary>
public static class RollbackRules
{
    /// <summary>Of everything about a workflow that decides what its rollback does; another digest is untested.
    /// </summary>
    public static string? Digest(Workflow? workflow) => workflow?.RollbackCommand is not { } argv ? null
        : "sha256:" + Canonical.Sha256Hex(
            new RollbackFacts(workflow.Id, argv, workflow.Environments, workflow.Targets, workflow.TierMin),
            WireJson.Default.RollbackFacts);

    /// <summary>The run that showed that a workflow's rollback ends well as it is now; null while it is untested.
    /// </summary>
    public static RollbackTest? TestOf(RealmState realm, WorkflowId id) =>
        realm.Rollbacks.Tests.GetValueOrDefault(id) is { } test
        && test.CommandDigest == Digest(realm.Registry.Workflows.GetValueOrDefault(id)) ? test : null;

    /// <summary>Whether a workflow has a rollback that never ended well as it is there.</summary>
    public static bool IsUntested(RealmState realm, Workflow workflow) => Digest(workflow) is { } digest
        && realm.Rollbacks.Tests.GetValueOrDefault(workflow.Id)?.CommandDigest != digest;

    /// <summary>What takes a run back in this session: exactly this, or why nothing does.</summary>
    public static Refusal? CommandFor(
        RealmState realm, SessionState.Open session, RunId id, out ImmutableArray<string> argv, out Undoing undoing)
    {
        (argv, undoing) = ([], new Undoing(id, default));
        if (realm.Rollbacks.Runs.GetValueOrDefault(id) is not { } run)
            return new Refusal("rollback.unknown", $"No run {id} is known that a rollback could take back.");
        undoing = new Undoing(id, run.Request);
        if (run.Workflow != session.Terms.Workflow)
            return new Refusal("rollback.other-workflow",
                $"Run {id} was of workflow {run.Workflow}; this session is of {session.Terms.Workflow}.");
        if (realm.Registry.Workflows.GetValueOrDefault(run.Workflow)?.RollbackCommand is not { } command)
            return new Refusal("rollback.none", $"Workflow {run.Workflow} names no rollback command.");
        // Judged where it was asked for, carried out where the run was: it has to be one place.
        if (TermsOf(realm, run.Session) is { } was && (was.Environment != session.Terms.Environment
            || !was.Targets.AsSpan().SequenceEqual(session.Terms.Targets.AsSpan())))
            return new Refusal("rollback.other-place", $"Run {id} was in environment {was.Environment} on "
                + $"{string.Join(", ", was.Targets)}; this session is not.");
        if (TermsOf(realm, run.Session) is not { } terms || RollbackCommand.For(command, run, terms) is not { } filled)
            return new Refusal("rollback.not-fillable", $"Run {id} lacks a value that the rollback command asks for.");
        argv = filled;
        return null;
    }

    /// <summary>Why a request may not take back what it names, or null.</summary>
    internal static Refusal? MayNot(RealmState realm, SessionState.Open session, Request request)
    {
        if (request.Undoes is not { } undoes)
            return null;
        if (CommandFor(realm, session, undoes.Run, out var argv, out var undoing) is { } no)
            return no;
        var run = realm.Rollbacks.Runs[undoes.Run];
        if (run.EndedAt is null)
            return new Refusal("rollback.going-on", $"Run {run.Run} still goes on; end it first: writ kill");
        if (run.Undone)
            return new Refusal("rollback.done", $"Run {run.Run} has been rolled back by {run.Tried!.Request}.");
        if (run.Tried is { } tried && tried.Request != request.Id && IsOpen(realm, tried.Request))
            return new Refusal("rollback.under-way", $"{tried.Request} rolls run {run.Run} back already.");
        return undoes != undoing || request.Ask is not Ask.Exec exec || !exec.Argv.AsSpan().SequenceEqual(argv.AsSpan())
            || request.Assurance != Assurance.Brokered
            ? new Refusal("rollback.not-the-command", "A rollback is the workflow's own command, carried out by Writ.")
            : null;
    }

    /// <summary>Keeps account of what can be taken back, and of what was.</summary>
    internal static RealmState After(RealmState realm, Event happened, Move move, DateTimeOffset at) =>
        (happened, move) switch
        {
            (RequestEvent.Judged { Verdict.Kind: not VerdictKind.Blocked },
                RequestMove.Submit { Request: { Undoes: { } undoes } request }) => Tried(realm, undoes, request),
            (RunEvent.WritConsumed, RunMove.Consume m) => Began(realm, m, at),
            (RunEvent.Ended, RunMove.End m) => Ended(realm, m, at),
            _ => realm,
        };

    static RealmState Tried(RealmState realm, Undoing undoes, Request request)
    {
        var run = realm.Rollbacks.Runs[undoes.Run];
        var digest = Digest(realm.Registry.Workflows[run.Workflow])!;
        return realm with
        {
            Rollbacks = realm.Rollbacks.With(run with { Tried = new RollbackTry(request.Id, digest) }),
        };
    }

    static RealmState Began(RealmState realm, RunMove.Consume move, DateTimeOffset at)
    {
        var (session, state) = realm.Find(move.Request)!.Value;
        // A rollback is not itself rolled back; what it took back is done again by asking for it.
        return state is not RequestState.Running { Request.Undoes: null }
            || realm.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.RollbackCommand is null
            ? realm
            : realm with
            {
                Rollbacks = realm.Rollbacks.Begin(new UndoableRun(
                    move.Run, move.Request, session.Terms.Id, session.Terms.Workflow, at)),
            };
    }

    static RealmState Ended(RealmState realm, RunMove.End move, DateTimeOffset at)
    {
        var book = realm.Rollbacks;
        if (book.Runs.GetValueOrDefault(move.Run) is { } ended)
            return realm with { Rollbacks = book.With(ended with { EndedAt = at }) };
        if (move.Outcome is not { End: RunEnd.Exited, ExitCode: 0 }
            || book.Runs.Values.FirstOrDefault(r => r.Tried?.Request == move.Request) is not { } undone)
            return realm;
        var test = new RollbackTest(undone.Workflow, undone.Tried!.CommandDigest, move.Run, at);
        return realm with
        {
            Rollbacks = book.With(undone with { Undone = true }) with
            {
                Tests = book.Tests.SetItem(undone.Workflow, test),
            },
        };
    }

    // A run may outlive its session for a moment.
    static bool IsOpen(RealmState realm, RequestId id) => realm.Leftover.ContainsValue(id)
        || realm.Find(id)?.Request is RequestState.Waiting or RequestState.Ready or RequestState.Ordered
            or RequestState.Running;

    static SessionTerms? TermsOf(RealmState realm, SessionId id) => realm.Sessions.GetValueOrDefault(id) switch
    {
        SessionState.Open open => open.Terms,
        SessionState.Ended ended => ended.Terms,
        _ => null,
    };
}

/// <summary>What <see cref="RollbackRules.Digest"/> is over.</summary>
public sealed record RollbackFacts(
    WorkflowId Workflow, ImmutableArray<string> Command, ImmutableArray<EnvironmentId> Environments,
    ImmutableArray<TargetId> Targets, Tier TierMin);
