using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;

namespace Writ.Assistants;

/// <summary>
/// One assistant lives in a session at a time. While it does, the session is acted in from its sandbox and from nowhere
/// else; what it starts in there is bounded by <see cref="ExecutionJudge"/>.
/// </summary>
static class AssistantRules
{
    /// <summary>Why a request that is for an assistant cannot be; null for every other one.</summary>
    public static Refusal? MayNot(RealmState realm, SessionState.Open session, Request request)
    {
        if (request.Ask is not Ask.Assistant asked)
            return null;
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

    /// <summary>The end of the session that was opened for an assistant, when the assistant's run ends.</summary>
    public static IEnumerable<Event> EndOf(RealmState realm, RunId run, RequestId request)
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
    public static RealmState Gone(RealmState realm, RunId run, RequestId request) =>
        realm.Find(request) is var (session, _) && session.Assistant is { } assistant && assistant.Run == run
            ? realm.With(session with { Assistant = assistant with { Lives = false } })
            : realm;

    /// <summary>The places where the model of an assistant answers; none for every other run.</summary>
    public static ImmutableArray<string> Model(RealmState realm, SessionState.Open session, Request request) =>
        request.Ask is Ask.Assistant
        && realm.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Assistant is { } terms
            ? terms.Model
            : [];
}
