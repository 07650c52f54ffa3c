using System.Collections.Immutable;
using Writ.Realms;
using Writ.Server.Sequencer;
using Writ.Server.Trees;
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
        app.MapPost("/v1/runs/{id}/discard", Discard)
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

    static async Task<IResult> Discard(string id, HttpContext http, Submission submission)
    {
        await submission.Submit(
            http, new TreeMove.Discard(Bodies.Id<RunId>(id, "id")), Gatekeeper.CallerOf(http));
        return Answers.Done();
    }
}
