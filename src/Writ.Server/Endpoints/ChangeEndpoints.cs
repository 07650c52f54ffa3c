using System.Collections.Immutable;
using Writ.Changes;
using Writ.Documents;
using Writ.Server.Documents;
using Writ.Server.Sequencer;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>Changes of the realm document: preview, propose, review.</summary>
static class ChangeEndpoints
{
    const int FilesMax = 512;
    const int ListMax = 500;

    // Evidence travels with a review.
    const int ReviewBytesMax = Bodies.Usual + PolicyEvidence.BytesMax;

    public static void MapChangeEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/changes/preview", Preview).Reads<PreviewRequest>()
            .Answers<Preview>("What applying these files would do", "Differences, policy texts, faults with file, line "
                + "and column, and the exact text to sign. Nothing is written.");
        app.MapPost("/v1/changes", Propose).Reads<ProposeRequest>()
            .Answers<ChangeView>("Propose a change", "With your signature over the document's digest. It takes effect "
                + "at once only when nobody else has to agree.");
        app.MapGet("/v1/changes", (RealmActor realm) => Answers.Json<ImmutableArray<ChangeView>>(
            [
                .. realm.State.Changes.Values.OrderBy(c => c is ChangeState.Pending ? 0 : 1)
                    .ThenBy(IdOf, StringComparer.Ordinal).Take(ListMax).Select(c => ChangeDesk.View(realm.State, c)),
            ], ApiJson.Default.ImmutableArrayChangeView))
            .Answers<ImmutableArray<ChangeView>>("Changes", "Those that wait first; at most 500.");
        app.MapGet("/v1/changes/{id}", (string id, RealmActor realm) =>
                realm.State.Changes.GetValueOrDefault(new ChangeId(id)) is { } change
                    ? Answers.Json(ChangeDesk.View(realm.State, change, whole: true), ApiJson.Default.ChangeView)
                    : Problems.Of("change.unknown", $"There is no change {VisibleText.Of(id)}."))
            .Answers<ChangeView>("One change", "Its document, and the differences against the realm as it is now.");
        app.MapPost("/v1/changes/{id}/review", Review).Reads<ReviewRequest>()
            .Answers<ChangeView>("Approve or refuse a change", "With your signature. Its author cannot approve it.");
    }

    static async Task<IResult> Preview(HttpContext http, ChangeDesk desk)
    {
        var body = await Bodies.Read(http, ApiJson.Default.PreviewRequest, Bodies.Document);
        var files = Bodies.List(body.Files, "files", FilesMax);
        foreach (var file in files)
        {
            Bodies.Text(file?.Name, "files.name", 256);
            Bodies.Text(file!.Text, "files.text", RealmDirectoryReader.FileMax);
        }
        return Answers.Json(
            await desk.Preview(files, Gatekeeper.CallerOf(http).Id, http.RequestAborted), ApiJson.Default.Preview);
    }

    static async Task<IResult> Propose(HttpContext http, ChangeDesk desk)
    {
        var body = await Bodies.Read(http, ApiJson.Default.ProposeRequest, Bodies.Document);
        Bodies.Id(body.Change, "change");
        Bodies.Text(body.DocumentText, "documentText", ChangeQuery.DocumentMax);
        Bodies.Text(body.Reason, "reason", 4_096);
        Bodies.Text(body.Signature, "signature", 128);
        return Answers.Json(
            await desk.Propose(http, body, Gatekeeper.CallerOf(http)), ApiJson.Default.ChangeView,
            StatusCodes.Status201Created);
    }

    static async Task<IResult> Review(string id, HttpContext http, ChangeDesk desk)
    {
        var body = await Bodies.Read(http, ApiJson.Default.ReviewRequest, ReviewBytesMax);
        var caller = Gatekeeper.CallerOf(http);
        var change = Bodies.Id<ChangeId>(id, "id");
        var review = new ChangeMove.Review(
            change, caller.Id, body.Approves, Bodies.Text(body.Reason, "reason", 2_048),
            Bodies.Text(body.Signature, "signature", 128), body.Evidence);
        return Answers.Json(await desk.Review(http, review, caller), ApiJson.Default.ChangeView);
    }

    static string IdOf(ChangeState change) => change switch
    {
        ChangeState.Pending c => c.Id.Value,
        ChangeState.Closed c => c.Id.Value,
        _ => "",
    };
}
