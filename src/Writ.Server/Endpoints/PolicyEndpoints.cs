using System.Collections.Immutable;
using Writ.Changes;
using Writ.Policies;
using Writ.Realms;
using Writ.Server.Documents;
using Writ.Server.Reading;
using Writ.Server.Sequencer;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>Bundles: what one would do, which were in force, and what each of them said.</summary>
static class PolicyEndpoints
{
    public static void MapPolicyEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/policies/preview", Preview).Reads<PreviewRequest>()
            .Answers<Preview>("What publishing this bundle would do", "The realm as it is, with these files as its "
                + "policies: differences, tests, findings, the recorded verdicts that would change, and the exact text "
                + "to sign. Nothing is written.");
        app.MapPost("/v1/policies/impact", Impact).Reads<ImpactRequest>()
            .Answers<PolicyEvidence>("Which recorded verdicts a bundle would change", "Every one since a date is "
                + "judged again, up to a bound that is said.");
        app.MapGet("/v1/policies", async (PolicyDesk desk, HttpContext http) => Answers.Json(
                await desk.Published(http.RequestAborted), ApiJson.Default.ImmutableArrayPublishedPolicy))
            .Answers<ImmutableArray<PublishedPolicy>>("Bundles that were in force", "Oldest first; the last one is.");
        app.MapGet("/v1/policies/{digest}", Source)
            .Answers<PolicySource>("The text of a bundle", "Of one that is or was in force, from the ledger.");
        app.MapGet("/v1/policies/{digest}/progress", (string digest, PolicyDesk desk) => Answers.Json(
                desk.Progress(Bodies.Digest(digest, "digest")), ApiJson.Default.LedgerProgress))
            .Answers<LedgerProgress>("How far judging again is", "Of the preview, impact or evidence of this bundle "
                + "that is made at this moment.");
        app.MapGet("/v1/requests/{id}/conditions", Conditions)
            .Answers<ImmutableArray<RuleCondition>>("What would have to be true for a request to be allowed", "Of "
                + "approvals and time, while its session is open; everything else is as it is now.");
        app.MapGet("/v1/agents/{id}/powers", PowersOfAgent)
            .Answers<AgentPowers>("What an agent may do now", "In every workflow and environment that it is named for, "
                + "in sessions that you would open at this moment; nothing is opened.");
        app.MapGet("/v1/sessions/{id}/powers", PowersOfSession)
            .Answers<PowerPlace>("What may still be done in a session", "Under the policies it keeps, its own and what "
                + "is left of that one, its bounds and the stops of this moment.");
        app.MapGet("/v1/changes/{id}/evidence", Evidence)
            .Answers<PolicyEvidence>("What a reviewer signs", "What the control plane finds now about the bundle of a "
                + "change that waits.");
    }

    static async Task<IResult> Preview(HttpContext http, ChangeDesk desk)
    {
        var body = await Bodies.Read(http, ApiJson.Default.PreviewRequest, Bodies.Document);
        return Answers.Json(
            await desk.PreviewPolicy(SourceOf(body.Files), Gatekeeper.CallerOf(http).Id, http.RequestAborted),
            ApiJson.Default.Preview);
    }

    static async Task<IResult> Impact(HttpContext http, RealmActor realm, PolicyDesk desk)
    {
        var body = await Bodies.Read(http, ApiJson.Default.ImpactRequest, Bodies.Document);
        var state = realm.State;
        var (next, faults) = Registry.From(
            state.Registry.Document with { Policy = SourceOf(body.Files) }, state.Registry.Offboarded);
        if (next is null)
            throw ChangeDesk.Invalid(faults);
        return Answers.Json(
            await desk.Look(next, body.Since is { } since ? Bodies.Instant(since, "since") : null, http.RequestAborted),
            ApiJson.Default.PolicyEvidence);
    }

    static async Task<IResult> Source(string digest, HttpContext http, PolicyDesk desk) =>
        await desk.Find(Bodies.Digest(digest, "digest"), http.RequestAborted) is { } source
            ? Answers.Json(source, ApiJson.Default.PolicySource)
            : Problems.Of("policy.unknown-bundle", $"The ledger never had bundle {digest} in force.");

    static async Task<IResult> Evidence(string id, HttpContext http, RealmActor realm, PolicyDesk desk)
    {
        var state = realm.State;
        if (state.Changes.GetValueOrDefault(new ChangeId(id)) is not ChangeState.Pending pending
            || ChangeQuery.StagedRegistry(state, pending.DocumentDigest) is not { } next)
            return Problems.Of("change.unknown", $"No change {VisibleText.Of(id)} waits for review.");
        return next.Policy.Digest == state.Registry.Policy.Digest
            ? Problems.Of("change.nothing", $"Change {VisibleText.Of(id)} leaves the policy as it is.")
            : Answers.Json(await desk.Look(next, null, http.RequestAborted), ApiJson.Default.PolicyEvidence);
    }

    static async Task<IResult> Conditions(
        string id, HttpContext http, RealmActor realm, RequestReader reader, TimeProvider clock) =>
        await reader.Find(
            new RequestId(id), Gatekeeper.CallerOf(http).Id, withContent: false, http.RequestAborted) is { } view
            ? Answers.Json(
                PolicyExplanation.Conditions(realm.State, view.Request, clock.GetUtcNow()),
                ApiJson.Default.ImmutableArrayRuleCondition)
            : Problems.Of("request.unknown", $"There is no request {VisibleText.Of(id)}.");

    static IResult PowersOfAgent(string id, HttpContext http, RealmActor realm, TimeProvider clock) =>
        PowerJudge.Of(
            realm.State, Bodies.Id<AgentId>(id, "id"), Gatekeeper.CallerOf(http), clock.GetUtcNow()) is { } powers
            ? Answers.Json(powers, ApiJson.Default.AgentPowers)
            : Problems.Of("agent.unknown", $"There is no agent {VisibleText.Of(id)} in this realm.");

    static IResult PowersOfSession(string id, RealmActor realm, TimeProvider clock) =>
        realm.State.OpenSession(new SessionId(id)) is { } session
            ? Answers.Json(PowerJudge.Of(realm.State, session, clock.GetUtcNow()), ApiJson.Default.PowerPlace)
            : Problems.Of("session.unknown", $"There is no open session {VisibleText.Of(id)}.");

    static PolicySource SourceOf(ImmutableArray<SourceFile> files)
    {
        foreach (var file in Bodies.List(files, "files", PolicyBundle.FilesMax))
        {
            Bodies.Text(file?.Name, "files.name", 256);
            Bodies.Text(file!.Text, "files.text", PolicyBundle.BytesMax);
        }
        return new PolicySource([
            .. files.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => new PolicyFile(f.Name, f.Text)),
        ]);
    }
}
