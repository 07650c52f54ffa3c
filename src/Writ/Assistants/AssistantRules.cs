using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;

namespace Writ.Assistants;

/// <summary>
/// One assistant lives in a session at a time. While it does, the session is acted in from its sandbox and from nowhere
/// else; what it starts in there is bounded by <see cref="ExecutionJudge"/>.
/// </summary>
public static class AssistantRules
{
    /// <summary>Why a request that is for an assistant cannot be; null for every other one.</summary>
    internal static Refusal? MayNot(RealmState realm, SessionState.Open session, Request request)
    {
        if (request.Ask is not Ask.Assistant asked)
            return IsCarriedOut(request) && HoldsTree(realm, session)
                ? new Refusal("assistant.tree-held", "What the assistant of this session has changed is held back, and "
                    + "this would be carried out in a tree without that. Its own sandbox is where it works; what is "
                    + "not for in there is asked for when it has ended and its changes are committed.")
                : null;
        var workflow = realm.Registry.Workflows[session.Terms.Workflow];
        if (workflow.Assistant is not { } terms || !terms.Programs.Contains(asked.Argv[0]))
            return new Refusal("assistant.not-named", workflow.Assistant is null
                ? $"Workflow {workflow.Id} lets no assistant live in a sandbox."
                : $"Workflow {workflow.Id} lets other programs live in a sandbox: "
                    + $"{string.Join(", ", workflow.Assistant.Programs)}.");
        if (session.Assistant is { Lives: true })
            return new Refusal("assistant.already", "An assistant lives in this session already. What it starts lives "
                + "there with it, under the same bounds; it opens no further session.");
        return request.Assurance == Assurance.Brokered
            ? null
            : new Refusal("request.bad-assurance", "An assistant is run by Writ, not by somebody's own tool.");
    }

    /// <summary>
    /// An assistant lives in the session, and over a layer of its own: it and what is carried out elsewhere would see
    /// two different trees.
    /// </summary>
    public static bool HoldsTree(RealmState realm, SessionState.Open session) =>
        session.Assistant is { Lives: true }
        && realm.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.TierMin == Workflows.Tier.T3;

    // What waits inside of a run goes on in there.
    static bool IsCarriedOut(Request request) => request.Assurance == Assurance.Brokered && request.Hold is null;

    /// <summary>The end of the session that was opened for an assistant, when the assistant's run ends.</summary>
    internal static IEnumerable<Event> EndOf(RealmState realm, RunId run, RequestId request)
    {
        if (realm.Find(request) is not (_, RequestState.Running
            {
                Request.Ask: Ask.Assistant { EndsSession: true },
            } running) || running.Run != run)
            return [];
        var after = RequestDecider.Close(Gone(realm, run, request), request, "run.exited");
        return [SessionDecider.End(after.OpenSession(running.Request.Session)!, "session.assistant-ended")];
    }

    /// <summary>The realm in which this run's assistant lives no more.</summary>
    internal static RealmState Gone(RealmState realm, RunId run, RequestId request) =>
        realm.Find(request) is var (session, _) && session.Assistant is { } assistant && assistant.Run == run
            ? realm.With(session with { Assistant = assistant with { Lives = false } })
            : realm;

    /// <summary>The places where the model of an assistant answers; none for every other run.</summary>
    internal static ImmutableArray<string> Model(RealmState realm, SessionState.Open session, Request request) =>
        request.Ask is Ask.Assistant
        && realm.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Assistant is { } terms
            ? terms.Model
            : [];
}
