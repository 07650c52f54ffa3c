using Writ.Realms;
using Writ.Requests;

namespace Writ.Approvals;

/// <summary>
/// What a screen asks about approvals before anybody signs: the decider's own answers, without a move.
/// </summary>
public static class ApprovalQuery
{
    /// <summary>Why this person may not approve this request as things stand, or null when they may.</summary>
    public static Refusal? MayNot(RealmState realm, RequestId request, PersonId person, DateTimeOffset now)
    {
        if (realm.Find(request) is not var (session, state))
            return new Refusal("request.unknown", $"There is no open request {request}.");
        if (state is not RequestState.Waiting waiting)
            return new Refusal("approval.not-needed", $"Request {request} does not wait for approval.");
        return waiting.ExpiresAt <= now
            ? new Refusal("request.expired", $"Request {request} was not decided in time.")
            : ApprovalDecider.MayNot(realm, session, waiting, person, approves: true);
    }
}
