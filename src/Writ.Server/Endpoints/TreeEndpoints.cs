using System.Collections.Immutable;
using Writ.Realms;
using Writ.Server.Sequencer;
using Writ.Server.Trees;
using Writ.Shell;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>What runs changed in work trees: seen, committed, discarded, undone.</summary>
static class TreeEndpoints
{
    const int ShownMax = 2_000;
    const int ShownCharactersMax = 2 << 20;

    public static void MapTreeEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/runs/{id}/changes", Show)
            .Answers<TreeView>("What a run changed", "Added, modified and deleted entries of the work tree, text with "
                + "its differing lines; ?path= narrows it, and may be repeated.");
        app.MapPost("/v1/runs/{id}/commit", Commit).Reads<TreeCommitRequest>()
            .Answers<TreeAnswer>("Commit", "Writes the changes, or those at the paths, into the work tree: all of them "
                + "or none. Your signature covers the list, the paths, and whether what executes later is meant.");
        app.MapPost("/v1/runs/{id}/undo", Undo).Reads<TreeUndoRequest>()
            .Answers<TreeAnswer>("Undo", "Takes what was committed out of the work tree again, where nobody has "
                + "changed it since.");
        app.MapPost("/v1/runs/{id}/discard", Discard).Reads<TreeDiscardRequest>()
            .AnswersNothing("Discard", "Nothing of what the run changed becomes real; it is removed for good.");
    }

    static IResult Show(
        string id, string[]? path, HttpContext http, RealmActor realm, HeldStore store)
    {
        var run = Bodies.Id<RunId>(id, "id");
        ImmutableArray<string> paths = [.. path ?? []];
        if (paths.Length > TreeSelection.PathsMax || !paths.All(TreeSelection.IsPath))
            throw new RefusedException(new Refusal("tree.bad-path", "Name paths below the work tree."));
        var state = realm.State;
        if (!state.Held.TryGetValue(run, out var held))
            throw new RefusedException(new Refusal("tree.unknown", $"No changes of run {run} are kept."));
        var whole = store.ListOf(held.Summary)?.Changes ?? [];
        var chosen = TreeSelection.Of([.. whole.Select(c => c.Change)], paths).Select(c => c.Path)
            .ToHashSet(StringComparer.Ordinal);
        var asked = whole.Where(c => chosen.Contains(c.Change.Path)).ToList();
        var characters = 0;
        var shown = asked.Take(ShownMax)
            .TakeWhile(c => (characters += c.Change.Path.Length + (c.Diff?.Length ?? 0)) <= ShownCharactersMax)
            .ToImmutableArray();
        return Answers.Json(
            new TreeView(
                state.Origin, run, held.Request, held.Session, held.WorkTree,
                held.State.ToString().ToLowerInvariant(), held.Summary, shown, asked.Count - shown.Length,
                TreeQuery.MayNot(
                    state, held, Gatekeeper.CallerOf(http).Id,
                    held.State == HeldState.Held && asked.Any(c => c.Change.ExecutesLater)),
                held.Paths, held.By, held.Until),
            ApiJson.Default.TreeView);
    }

    static async Task<IResult> Commit(string id, HttpContext http, Submission submission, TreeDesk trees)
    {
        var body = await Bodies.Read(http, ApiJson.Default.TreeCommitRequest);
        var (run, caller) = (Bodies.Id<RunId>(id, "id"), Gatekeeper.CallerOf(http));
        await submission.Submit(http, new TreeMove.Commit(
            run, caller.Id, Bodies.Digest(body.List, "list"),
            Bodies.List(body.Paths, "paths", TreeSelection.PathsMax), body.ExecutesLater,
            Bodies.Instant(body.ExpiresAt, "expiresAt"), Bodies.Text(body.Signature, "signature", 128)), caller);
        return Answer(run, await trees.Commit(run));
    }

    static async Task<IResult> Undo(string id, HttpContext http, Submission submission, TreeDesk trees)
    {
        var body = await Bodies.Read(http, ApiJson.Default.TreeUndoRequest);
        var (run, caller) = (Bodies.Id<RunId>(id, "id"), Gatekeeper.CallerOf(http));
        await submission.Submit(http, new TreeMove.Undo(
            run, caller.Id, Bodies.Digest(body.List, "list"), Bodies.Instant(body.ExpiresAt, "expiresAt"),
            Bodies.Text(body.Signature, "signature", 128)), caller);
        return Answer(run, await trees.Undo(run));
    }

    static IResult Answer(RunId run, TreeResult result) => result.Code is { } code
        ? throw new RefusedException(new Refusal(
            code, result.Paths.IsEmpty
                ? $"The work tree is as it was: {RefusalCatalog.Of(code).Title}."
                : $"{RefusalCatalog.Of(code).Title}: {VisibleText.Of(string.Join(", ", result.Paths))}."))
        : Answers.Json(new TreeAnswer(run, result.Count), ApiJson.Default.TreeAnswer);

    static async Task<IResult> Discard(string id, HttpContext http, Submission submission)
    {
        var body = await Bodies.Read(http, ApiJson.Default.TreeDiscardRequest);
        await submission.Submit(
            http, new TreeMove.Discard(Bodies.Id<RunId>(id, "id"), Bodies.Digest(body.List, "list")),
            Gatekeeper.CallerOf(http));
        return Answers.Done();
    }
}
