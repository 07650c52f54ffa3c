using System.Collections.Immutable;
using System.Globalization;
using Writ.Realms;
using Writ.Server.Reading;
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
        app.MapGet("/v1/held", List)
            .Answers<ImmutableArray<HeldView>>("What is held back", "The changes of runs that are held, or can be "
                + "undone; those that are forgotten first at the top.");
        app.MapGet("/v1/runs/{id}/progress", Progress)
            .Answers<TreeProgress>("How far it is", "How far the writing of a run's changes is, while it goes on; "
                + "else nothing of nothing.");
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

    /// <summary>What waits for this person to commit or discard it; nobody else is shown it as waiting.</summary>
    public static IEnumerable<InboxItem> Waiting(RealmState state, PersonId person) => state.Held.Values
        .Where(h => h.IsHeld && (h.Summary.Problem is null
            ? TreeQuery.MayNot(state, h, person, executesLater: false)
            : TreeQuery.MayNotDiscard(state, h, person)) is null)
        .Select(h => new InboxItem(
            "held", h.Run.Value, Title(h), $"{h.Workflow} for {string.Join(", ", h.Sponsors)}",
            VisibleText.Of(h.WorkTree), Since(h), h.Until,
            h.Summary.Problem is { } problem ? $"It can only be discarded: {VisibleText.Of(problem)}."
                : h.Summary.Later > 0 ? "Some of it executes later." : "Nothing of it is real yet.", null));

    static string Title(HeldChanges held)
    {
        var (summary, rest) = (held.Summary, held.State == HeldState.Partly ? "the rest of what" : "what");
        return string.Create(CultureInfo.InvariantCulture,
            $"{rest} a run changed: {summary.Added} added, {summary.Modified} modified, {summary.Deleted} deleted");
    }

    // Everything that gives them another state gives them their time again.
    static DateTimeOffset Since(HeldChanges held) => held.Until - TreeQuery.Life;

    static string WordOf(HeldChanges held) => held.State.ToString().ToLowerInvariant();

    static IResult List(HttpContext http, RealmActor realm)
    {
        var (state, person) = (realm.State, Gatekeeper.CallerOf(http).Id);
        return Answers.Json<ImmutableArray<HeldView>>(
            [
                .. state.Held.Values.OrderBy(h => h.Until).ThenBy(h => h.Run.Value, StringComparer.Ordinal)
                    .Select(h => new HeldView(
                        h.Run, h.Request, h.Session, h.Workflow, h.WorkTree, WordOf(h), h.Summary.Added,
                        h.Summary.Modified, h.Summary.Deleted, h.Summary.Refused, h.Summary.Later, h.Summary.Bytes,
                        h.Summary.Problem, Since(h), h.Until, TreeQuery.Deciders(state, h),
                        TreeQuery.MayNot(state, h, person, executesLater: false))),
            ],
            ApiJson.Default.ImmutableArrayHeldView);
    }

    static IResult Progress(string id, TreeDesk trees) => Answers.Json(
        trees.ProgressOf(Bodies.Id<RunId>(id, "id")) ?? new TreeProgress("", 0, 0, 0, 0),
        ApiJson.Default.TreeProgress);

    static async Task<IResult> Show(
        string id, string[]? path, HttpContext http, RealmActor realm, HeldStore store, RequestReader reader)
    {
        var run = Bodies.Id<RunId>(id, "id");
        ImmutableArray<string> paths = [.. path ?? []];
        if (paths.Length > TreeSelection.PathsMax || !paths.All(TreeSelection.IsPath))
            throw new RefusedException(new Refusal("tree.bad-path", "Name paths below the work tree."));
        var state = realm.State;
        if (!state.Held.TryGetValue(run, out var held))
            throw new RefusedException(new Refusal("tree.unknown", $"No changes of run {run} are kept"
                + (await reader.FateOf(run, http.RequestAborted) is { } fate
                    ? $": they were {fate.State} at {fate.At.UtcDateTime:u}." : ".")));
        var whole = store.ListOf(held.Summary)?.Changes ?? [];
        var chosen = TreeSelection.Of([.. whole.Select(c => c.Change)], paths).Select(c => c.Path)
            .ToHashSet(StringComparer.Ordinal);
        var asked = whole.Where(c => chosen.Contains(c.Change.Path)).ToList();
        var committed = Committed(held, whole);
        var characters = 0;
        var shown = asked.Take(ShownMax)
            .TakeWhile(c => (characters += c.Change.Path.Length + (c.Diff?.Length ?? 0)) <= ShownCharactersMax)
            .Select(c => committed is null ? c : c with { Committed = committed.Contains(c.Change) })
            .ToImmutableArray();
        return Answers.Json(
            new TreeView(
                state.Origin, run, held.Request, held.Session, held.WorkTree,
                WordOf(held), held.Summary, shown, asked.Count - shown.Length,
                TreeQuery.MayNot(
                    state, held, Gatekeeper.CallerOf(http).Id,
                    held.IsHeld && asked.Any(
                        c => c.Change.ExecutesLater && committed?.Contains(c.Change) is not true)),
                held.Parts?.Paths ?? held.Paths, held.By, held.Until),
            ApiJson.Default.TreeView);
    }

    // Null where all of them stand alike.
    static HashSet<TreeChange>? Committed(HeldChanges held, ImmutableArray<ListedChange> whole)
    {
        var all = whole.Select(c => c.Change).ToImmutableArray();
        return held switch
        {
            { Parts: { Paths.IsEmpty: false } parts } => [.. TreeSelection.Of(all, parts.Paths)],
            { State: HeldState.Committed, Paths.IsEmpty: false } => [.. TreeSelection.Of(all, held.Paths)],
            _ => null,
        };
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
        : Answers.Json(
            new TreeAnswer(run, result.Count, result.Left is > 0 ? result.Left : null), ApiJson.Default.TreeAnswer);

    static async Task<IResult> Discard(string id, HttpContext http, Submission submission)
    {
        var body = await Bodies.Read(http, ApiJson.Default.TreeDiscardRequest);
        await submission.Submit(
            http, new TreeMove.Discard(Bodies.Id<RunId>(id, "id"), Bodies.Digest(body.List, "list")),
            Gatekeeper.CallerOf(http));
        return Answers.Done();
    }
}
