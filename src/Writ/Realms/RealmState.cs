using Writ.Changes;
using Writ.Findings;
using Writ.Foreign;
using Writ.Identity;
using Writ.Kills;
using Writ.Leases;
using Writ.People;
using Writ.Policies;
using Writ.Requests;
using Writ.Rollbacks;
using Writ.Sessions;
using Writ.Trees;

namespace Writ.Realms;

/// <summary>A finding: two accounts of what happened that do not agree, for a person to look at.</summary>
public sealed record Finding(string Code, SessionId? Session, string Detail);

/// <summary>
/// Everything a realm knows that decisions depend on. It is nothing but the fold of the ledger, so it can be thrown
/// away and folded again. The default is no realm: every move but creation is refused.
/// </summary>
/// <param name="Now">The time of the last entry; a move may not be older.</param>
/// <param name="Leftover">Runs whose session ended before them; they are being killed.</param>
/// <param name="Pinned">Policies that open sessions use beside the one in force, by digest: earlier bundles that they
/// keep, and session policies. Whatever no open session uses is dropped.</param>
/// <param name="Held">What runs changed and is not real yet, or can still be undone.</param>
/// <param name="Rollbacks">What can be taken back by a workflow's own command, and whether that ever worked.</param>
/// <param name="Leases">Credentials that exist, may exist, or existed lately.</param>
/// <param name="Findings">How many were raised that only happened.</param>
/// <param name="Issuer">The keys that sign identities.</param>
/// <param name="Found">What should not be as it is, and who is to settle it.</param>
/// <param name="Privileges">What is granted, and what was used of it.</param>
/// <param name="Foreign">Whom foreign issuers vouched for lately, and what that gave them.</param>
public sealed record RealmState(
    string Name,
    string Origin,
    DateTimeOffset Now,
    Registry Registry,
    ImmutableDictionary<PersonId, DeviceKey> Keys,
    ImmutableDictionary<PersonId, Invitation> Invitations,
    ImmutableDictionary<LoginId, Login> Logins,
    ImmutableDictionary<string, StagedDocument> Staged,
    ImmutableDictionary<ChangeId, ChangeState> Changes,
    ImmutableDictionary<SessionId, SessionState> Sessions,
    ImmutableDictionary<RequestId, SessionId> SessionByRequest,
    ImmutableDictionary<RunId, RequestId> Leftover,
    ImmutableDictionary<Scope, Stop> Stops,
    ImmutableDictionary<KillId, KillState> Kills,
    int Findings,
    ImmutableDictionary<string, PolicyBundle> Pinned,
    ImmutableDictionary<RunId, HeldChanges> Held,
    RollbackBook Rollbacks,
    LeaseBook Leases,
    IssuerBook Issuer,
    FindingBook Found,
    PrivilegeBook Privileges,
    ForeignBook Foreign)
{
    public static RealmState None { get; } = new(
        "", "", DateTimeOffset.MinValue, Registry.Empty,
        ImmutableDictionary<PersonId, DeviceKey>.Empty, ImmutableDictionary<PersonId, Invitation>.Empty,
        ImmutableDictionary<LoginId, Login>.Empty, ImmutableDictionary<string, StagedDocument>.Empty,
        ImmutableDictionary<ChangeId, ChangeState>.Empty, ImmutableDictionary<SessionId, SessionState>.Empty,
        ImmutableDictionary<RequestId, SessionId>.Empty, ImmutableDictionary<RunId, RequestId>.Empty,
        ImmutableDictionary<Scope, Stop>.Empty, ImmutableDictionary<KillId, KillState>.Empty, Findings: 0,
        ImmutableDictionary<string, PolicyBundle>.Empty, ImmutableDictionary<RunId, HeldChanges>.Empty,
        RollbackBook.Empty, LeaseBook.Empty, IssuerBook.Empty, FindingBook.Empty, PrivilegeBook.Empty,
        ForeignBook.Empty);

    public bool Exists => Origin.Length > 0;

    public SessionState.Open? OpenSession(SessionId id) => Sessions.GetValueOrDefault(id) as SessionState.Open;

    /// <summary>The open session a request belongs to, and where the request stands; null when there is none.</summary>
    public (SessionState.Open Session, RequestState Request)? Find(RequestId id) =>
        SessionByRequest.TryGetValue(id, out var sessionId) && OpenSession(sessionId) is { } session
        && session.Requests.TryGetValue(id, out var request)
            ? (session, request)
            : null;

    internal RealmState With(SessionState.Open session) =>
        this with { Sessions = Sessions.SetItem(session.Terms.Id, session) };

    internal RealmState With(SessionState.Open session, RequestState request) => this with
    {
        Sessions = Sessions.SetItem(
            session.Terms.Id, session with { Requests = session.Requests.SetItem(request.Id, request) }),
    };
}
