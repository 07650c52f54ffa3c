using System.Collections.Immutable;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Server.Findings;
using Writ.Server.Agents;
using Writ.Server.Sequencer;
using Writ.Sessions;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Server.Endpoints;

/// <summary>Sessions: a person opens one for an agent, and anybody of the realm closes it.</summary>
static class SessionEndpoints
{
    const int ListMax = 1_000;
    const int TargetsMax = 64;

    public static void MapSessionEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/sessions", Open).Reads<OpenSessionRequest>()
            .Answers<SessionView>("Open a session", "You are its sponsor. What the workflow leaves no choice about may "
                + "be left out.");
        app.MapGet("/v1/sessions", List)
            .Answers<ImmutableArray<SessionView>>("Sessions", "Open ones first, then the newest that have ended; at "
                + "most 1,000.");
        app.MapGet("/v1/sessions/{id}", Get)
            .Answers<SessionView>("One session", "Its terms, who answers for it, and what it has used.");
        app.MapPost("/v1/sessions/{id}/close", Close).Reads<CloseSessionRequest>()
            .Answers<SessionView>("Close a session", "What waits is void and what runs is killed.");
    }

    /// <summary>A session as the API shows it.</summary>
    public static SessionView View(SessionState session) => session switch
    {
        SessionState.Open s => new SessionView(
            s.Terms, "open", Code: null, s.Accountable, s.PolicyDigest, s.OpenedAt, s.ExpiresAt, s.Usage,
            s.Requests.Count,
            s.Requests.Values.Count(r => r is RequestState.Waiting), s.Findings, s.Assistant, s.Remote,
            RequestViews.AttestedOf(s)),
        SessionState.Ended s => new SessionView(
            s.Terms, "ended", s.Code, Accountable: null, PolicyDigest: null, OpenedAt: null, s.EndedAt, Usage: null,
            0, 0, 0, s.Assistant),
        _ => throw new InvariantBrokenException("A session is open or has ended."),
    };

    static async Task<IResult> Open(
        HttpContext http, Submission submission, RealmActor realm, IdSource ids, FindingDesk findings)
    {
        var body = await Bodies.Read(http, ApiJson.Default.OpenSessionRequest);
        var terms = Terms(realm.State.Registry, body, new SessionId(ids.New("ses")));
        RequireFitting(terms.Policy, realm.State.Registry.Policy);
        await findings.BeforeOpening(terms, http.RequestAborted);
        var accepted = await submission.Submit(http, new SessionMove.Open(terms), Gatekeeper.CallerOf(http));
        var opened = ((SessionMove.Open)accepted.Answer.Move).Terms.Id;
        return Answers.Json(View(accepted.Answer.After.Sessions[opened]), ApiJson.Default.SessionView,
            StatusCodes.Status201Created);
    }

    // A rule that does not fit the schema would fail when it is asked, and a failing rule blocks: said at once.
    internal static void RequireFitting(PolicyFile? own, PolicyBundle bundle)
    {
        if (own is null || PolicyValidation.SchemaOf(bundle.Source) is not { } schema
            || PolicyBundle.Compile(new PolicySource([own])).Bundle is not { } compiled)
            return;
        var errors = PolicyValidation.Of(compiled, schema).Where(f => f.Level == FindingLevel.Error).Take(5).ToList();
        if (errors.Count > 0)
            throw new RefusedException(new Refusal(
                "session.bad-policy", string.Join(" ", errors.Select(e => $"{e.Place}: {e.Why}"))));
    }

    static IResult List(RealmActor realm) => Answers.Json<ImmutableArray<SessionView>>(
    [
        .. realm.State.Sessions.Values
            .OrderBy(s => s is SessionState.Open ? 0 : 1)
            .ThenByDescending(s => s is SessionState.Open open ? open.OpenedAt : ((SessionState.Ended)s).EndedAt)
            .Take(ListMax).Select(View),
    ], ApiJson.Default.ImmutableArraySessionView);

    static IResult Get(string id, RealmActor realm) => realm.State.Sessions.GetValueOrDefault(new SessionId(id))
        is { } found
        ? Answers.Json(View(found), ApiJson.Default.SessionView)
        : Problems.Of("session.unknown", $"There is no session {Shell.VisibleText.Of(id)}.");

    static async Task<IResult> Close(string id, HttpContext http, Submission submission)
    {
        var body = await Bodies.Read(http, ApiJson.Default.CloseSessionRequest);
        var session = Bodies.Id<SessionId>(id, "id");
        var accepted = await submission.Submit(
            http, new SessionMove.Close(session, Bodies.Text(body.Reason, "reason", 2_048)), Gatekeeper.CallerOf(http));
        return Answers.Json(View(accepted.Answer.After.Sessions[session]), ApiJson.Default.SessionView);
    }

    /// <summary>The terms of a session, with everything filled in that the workflow leaves no choice about.</summary>
    internal static SessionTerms Terms(Registry registry, OpenSessionRequest body, SessionId id)
    {
        var workflowId = Bodies.Id(body.Workflow, "workflow");
        if (!registry.Workflows.TryGetValue(workflowId, out var workflow))
            throw new RefusedException(
                new Refusal("workflow.unknown", $"There is no workflow '{workflowId}' in this realm."));
        var agent = body.Agent is { } named ? Bodies.Id(named, "agent") : Only(workflow.Agents, "agent", workflow);
        var environment = body.Environment is { } place
            ? Bodies.Id(place, "environment")
            : Only(workflow.Environments, "environment", workflow);
        ImmutableArray<TargetId> targets = body.Targets is { IsDefault: false } chosen
            ? [.. Bodies.List(chosen, "targets", TargetsMax).Select(t => Bodies.Id(t, "targets")).Distinct()]
            : [.. workflow.Targets.Where(t => registry.Targets.GetValueOrDefault(t)?.Environment == environment)];
        // What is usual has no credentials: a workflow that gives them out says how many.
        var bounds = body.Bounds ?? Smaller(
            Bounds.Default with { Credentials = workflow.Bounds.Credentials }, workflow.Bounds);
        if (body.Uid < 0)
            throw Bodies.Malformed("uid", "must be the user id of the agent's processes");
        return new SessionTerms(
            id, workflowId, agent, environment, targets, Bodies.Text(body.Task, "task", 4_096),
            body.Purpose is null ? workflow.Purpose : Bodies.Text(body.Purpose, "purpose", 4_096), body.Uid,
            Bodies.Text(body.WorkTree, "workTree", 4_096),
            body.Branch is null ? null : Bodies.Text(body.Branch, "branch", 256), bounds,
            body.Parent is { } parent ? Bodies.Id(parent, "parent") : null,
            body.Policy is { } policy
                ? new PolicyFile(
                    Bodies.Text(policy.Name, "policy.name", 200), Bodies.Text(policy.Text, "policy.text", 32_000))
                : null);
    }

    static T Only<T>(ImmutableArray<T> choices, string kind, Workflow workflow) => choices is [var only]
        ? only
        : throw new RefusedException(new Refusal(
            kind == "agent" ? "session.needs-agent" : "session.needs-environment",
            $"Workflow {workflow.Id} allows {choices.Length} of them, so say which {kind} is meant."));

    static Bounds Smaller(Bounds a, Bounds b) => new(
        Math.Min(a.Minutes, b.Minutes), Math.Min(a.Commands, b.Commands), Math.Min(a.Writes, b.Writes),
        Math.Min(a.Deletions, b.Deletions), Math.Min(a.Targets, b.Targets), Math.Min(a.Credentials, b.Credentials));
}
