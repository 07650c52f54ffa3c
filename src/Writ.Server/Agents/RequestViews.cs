using Writ.Approvals;
using Writ.Identity;
using Writ.Preparations;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Server.Agents;

/// <summary>Requests and sessions as an agent may see them: everything about its own, and no prompts.</summary>
static class RequestViews
{
    /// <summary>Null for a request that is unknown here, or somebody else's: the two look the same.</summary>
    public static RequestView? Of(RealmState realm, RequestHistory history, RequestId id, Actor.Agent peer)
    {
        var uid = peer.Uid;
        // What lives in a sandbox sees its own session, which is open as long as it lives.
        if (peer.Within is { } run
            && !(realm.Find(id)?.Session.Assistant is { Lives: true } assistant && assistant.Run == run))
            return null;
        if (history.Find(id) is not { } known)
            return realm.Find(id) is var (session, state) && session.Terms.Uid == uid ? Live(realm, session, state)
                : null;
        if (known.Session.Uid != uid)
            return null;
        return realm.Find(id) is var (open, now) && Live(realm, open, now) is { } live
            ? live with { RequestedAt = known.At, Entries = known.Entries }
            : Past(realm, known, realm.Find(id)?.Request);
    }

    /// <summary>A request as its judging has just left it, before anybody else could change it.</summary>
    public static RequestView Judged(Asked.Judged asked) =>
        View(asked.After, asked.Request, asked.Terms, asked.Verdict.Verdict.Kind switch
        {
            VerdictKind.Automatic => "ready",
            // Whoever carries it out is judged, and approved, on their own.
            VerdictKind.Approval => asked.Request.Prepares == true ? "ready" : "waiting",
            _ => "closed",
        }, asked.Verdict.Digest, asked.Verdict.Verdict, []) with
        {
            Code = asked.Verdict.Verdict.Kind == VerdictKind.Blocked ? asked.Verdict.Verdict.Code : null,
            RequestedAt = asked.At,
            ExpiresAt = asked.Verdict.ExpiresAt,
            Entries = [asked.Index],
        };

    public static SessionView Of(SessionState.Open session) => new(
        session.Terms, "open", Code: null, session.Accountable, session.PolicyDigest, session.OpenedAt,
            session.ExpiresAt,
        session.Usage, session.Requests.Count, session.Requests.Values.Count(r => r is RequestState.Waiting),
        session.Findings, session.Assistant, session.Remote, AttestedOf(session));

    /// <summary>How it is known who acts in a session.</summary>
    public static AttestedBy AttestedOf(SessionState.Open session) =>
        session.Remote is not null ? AttestedBy.Remote
        : session.Assistant is { Lives: true } ? AttestedBy.Launched
        : AttestedBy.Hooked;

    /// <summary>A request of a session that this caller opened from another machine; null for every other.</summary>
    public static RequestView? OfRemote(
        RealmState realm, RequestHistory history, RequestId id, SessionState.Open session)
    {
        if (history.Find(id) is not { } known || known.Session.Id != session.Terms.Id)
            return realm.Find(id) is var (own, state) && own.Terms.Id == session.Terms.Id
                ? Live(realm, own, state) : null;
        return realm.Find(id) is var (open, now) && Live(realm, open, now) is { } live
            ? live with { RequestedAt = known.At, Entries = known.Entries }
            : Past(realm, known, realm.Find(id)?.Request);
    }

    static RequestView? Live(RealmState realm, SessionState.Open session, RequestState state) => state switch
    {
        RequestState.Waiting w => View(realm, w.Request, session.Terms, "waiting", w.Digest, w.Verdict,
            w.Approvals) with
        {
            ExpiresAt = w.ExpiresAt,
        },
        RequestState.Ready r => View(realm, r.Request, session.Terms, "ready", r.Digest, r.Verdict, r.Approvals) with
        {
            ExpiresAt = r.ExpiresAt,
        },
        RequestState.Ordered o => View(realm, o.Request, session.Terms, "ordered", o.Digest, o.Verdict, []) with
        {
            ExpiresAt = o.ExpiresAt,
        },
        RequestState.Running r => View(realm, r.Request, session.Terms, "running", r.Digest, null, []),
        _ => null,
    };

    static RequestView Past(RealmState realm, Remembered known, RequestState? state) =>
        View(realm, known.Request, known.Session, state is RequestState.Allowed ? "allowed" : "closed", known.Digest,
            known.Verdict, []) with
        {
            Code = state is RequestState.Closed closed ? closed.Code : known.Code,
            RequestedAt = known.At,
            Outcome = known.Outcome,
            Entries = known.Entries,
        };

    static RequestView View(
        RealmState realm, Request request, SessionTerms terms, string state, string digest, Verdict? verdict,
        System.Collections.Immutable.ImmutableArray<Approval> approvals) => new(
        realm.Origin, request, terms, realm.OpenSession(terms.Id)?.Accountable, state, Code: null, digest, verdict,
        [.. approvals.Select(a => new ApprovalView(a.Person, a.At))], ApprovalDocument.DigestOf(approvals),
        RequestedAt: null, ExpiresAt: null, MayNot: null, Prompt: null,
        realm.Registry.Workflows.GetValueOrDefault(terms.Workflow)?.Rollback, Output: null, Outcome: null, [],
        Action: request.Prepares is null && request.Prepared is null ? null : PreparationRules.ActionOf(request));
}
