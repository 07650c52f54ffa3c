using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Writ.Realms;
using Writ.Server.Tests.PeoplePath;
using Writ.Testing;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Tests.Trees;

/// <summary>Committing, undoing and discarding over HTTP: who may, what is signed, and what a problem says.</summary>
public sealed class TreeApiTests
{
    [Fact]
    public async Task What_was_gated_is_committed_by_those_who_were_asked_and_by_no_sponsor()
    {
        await using var stage = await Stage.Held(AgentWorld.Unclear + "echo more >> kept.txt");
        using var ada = stage.As(AgentWorld.Ada);
        using var bea = stage.As(AgentWorld.Bea);

        Assert.Equal((403, "tree.self"), await Problem(ada.Commit()));
        Assert.Equal("tree.self", (await ada.Changes()).MayNot!.Code);
        Assert.Empty((await ada.Inbox()).Where(i => i.Kind == "held"));
        var item = Assert.Single(await bea.Inbox(), i => i.Kind == "held");
        Assert.Equal((stage.Run.Value, null), (item.Id, item.MayNot));
        var listed = Assert.Single(await bea.List());
        Assert.Equal(("held", 1, null), (listed.State, listed.Modified, listed.MayNot));
        Assert.Equal(["team sre"], listed.Deciders);
        Assert.InRange((listed.Until - listed.Since).TotalDays, 7, 7);

        var answer = await Read(bea.Commit(), ApiJson.Default.TreeAnswer);

        Assert.Equal((1, null), (answer.Count, answer.Left));
        Assert.Equal("kept\nmore\n", await File.ReadAllTextAsync(Path.Combine(stage.Tree, "kept.txt")));
        Assert.Empty((await bea.Inbox()).Where(i => i.Kind == "held"));
        Assert.Equal((403, "tree.self"), await Problem(ada.Undo()));
        Assert.Equal(1, (await Read(bea.Undo(), ApiJson.Default.TreeAnswer)).Count);
        Assert.Equal("kept\n", await File.ReadAllTextAsync(Path.Combine(stage.Tree, "kept.txt")));
    }

    [Fact]
    public async Task Nobody_decides_without_a_login_nor_from_inside()
    {
        await using var stage = await Stage.Held("echo x > new");
        using var nobody = stage.As(null);
        foreach (var attempt in (Func<Task<HttpResponseMessage>>[])
            [() => nobody.Commit(), () => nobody.Undo(), () => nobody.Discard(), () => nobody.Get("/v1/held")])
            Assert.Equal(HttpStatusCode.Unauthorized, (await attempt()).StatusCode);
        using var agent = stage.World.Client();
        using var body = new StringContent("{}", Encoding.UTF8, "application/json");
        var inside = await agent.PostAsync($"/v1/runs/{stage.Run}/commit", body);
        Assert.Contains(inside.StatusCode, (HttpStatusCode[])
            [HttpStatusCode.NotFound, HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized]);
        Assert.Equal(HeldState.Held, stage.World.State.Held[stage.Run].State);
    }

    [Fact]
    public async Task A_signature_is_for_exactly_these_changes_and_paths()
    {
        await using var stage = await Stage.Held("echo x > a; echo y > b; echo z > .envrc");
        using var bea = stage.As(AgentWorld.Bea);

        Assert.Equal((403, "tree.bad-signature"), await Problem(
            bea.Commit(["a"], signed: d => d with { Paths = ["b"] })));
        Assert.Equal((403, "tree.bad-signature"), await Problem(
            bea.Commit(["a"], signed: d => d with { Act = TreeDocument.Undo })));
        Assert.Equal((403, "tree.bad-signature"), await Problem(
            bea.Commit([".envrc"], later: true, signed: d => d with { ExecutesLater = false })));
        Assert.Equal((409, "tree.changed"), await Problem(bea.Commit(list: "sha256:" + new string('0', 64))));
        Assert.Equal((403, "tree.executes-later"), await Problem(bea.Commit()));
        Assert.Equal((400, "tree.bad-path"), await Problem(bea.Commit(["../a"])));
        Assert.Equal((404, "tree.nothing-chosen"), await Problem(bea.Commit(["c"])));
        Assert.Equal((404, "tree.unknown"), await Problem(bea.Send("/v1/runs/run-nobody/changes", null)));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(stage.Tree), p => Path.GetFileName(p) is "a" or "b");
    }

    [Fact]
    public async Task The_same_order_is_carried_out_once_and_answered_alike()
    {
        await using var stage = await Stage.Held("echo x > a; echo y > b");
        using var ada = stage.As(AgentWorld.Ada);

        var order = await ada.Ordered(["a"]);
        var first = await Read(order("one"), ApiJson.Default.TreeAnswer);
        var again = await Read(order("one"), ApiJson.Default.TreeAnswer);

        Assert.Equal((1, 1), (first.Count, first.Left));
        Assert.Equal(first, again);
        Assert.Equal("partly", (await ada.Changes()).State);
        Assert.Equal([true, false], (await ada.Changes()).Changes.Select(c => c.Committed));
        Assert.Equal((404, "tree.nothing-chosen"), await Problem(ada.Commit(["a"])));
        Assert.Null((await Read(ada.Commit(), ApiJson.Default.TreeAnswer)).Left);
        Assert.Equal((409, "tree.not-held"), await Problem(ada.Commit()));
        Assert.Equal(2, (await Read(ada.Undo(), ApiJson.Default.TreeAnswer)).Count);
    }

    [Fact]
    public async Task A_conflict_names_the_paths_and_what_became_of_changes_is_told_later()
    {
        await using var stage = await Stage.Held("echo more >> kept.txt; echo x > new");
        using var ada = stage.As(AgentWorld.Ada);
        var run = stage.Run;
        await File.WriteAllTextAsync(Path.Combine(stage.Tree, "kept.txt"), "theirs\n");

        var (status, problem) = await Whole(ada.Commit());
        Assert.Equal((409, "tree.conflict"), (status, problem.Code));
        Assert.Contains("kept.txt", problem.Detail, StringComparison.Ordinal);
        Assert.Equal("held", (await ada.Changes()).State);
        Assert.Null((await Read(ada.Commit(["new"]), ApiJson.Default.TreeAnswer)).Left is 1 ? null : "a rest is held");
        await File.AppendAllTextAsync(Path.Combine(stage.Tree, "new"), "mine\n");
        (status, problem) = await Whole(ada.Undo());
        Assert.Equal((409, "tree.undo-conflict"), (status, problem.Code));
        Assert.Contains("new", problem.Detail, StringComparison.Ordinal);
        Assert.Equal("x\nmine\n", await File.ReadAllTextAsync(Path.Combine(stage.Tree, "new")));

        Assert.Equal(HttpStatusCode.NoContent, (await ada.Discard()).StatusCode);
        Assert.Equal("committed", (await ada.Changes()).State);
        await File.WriteAllTextAsync(Path.Combine(stage.Tree, "new"), "x\n");
        Assert.Equal(1, (await Read(ada.Undo(), ApiJson.Default.TreeAnswer)).Count);
        (status, problem) = await Whole(ada.Send($"/v1/runs/{run}/changes", null));
        Assert.Equal((404, "tree.unknown"), (status, problem.Code));
        Assert.Contains("they were undone at 20", problem.Detail, StringComparison.Ordinal);
    }

    static async Task<(int, string)> Problem(Task<HttpResponseMessage> response) =>
        await Whole(response) is var (status, problem) ? (status, problem.Code) : default;

    static async Task<(int Status, Problem Problem)> Whole(Task<HttpResponseMessage> response)
    {
        var problem = await Someone.Problem(await response);
        return (problem.Status, problem);
    }

    static async Task<T> Read<T>(Task<HttpResponseMessage> response, JsonTypeInfo<T> type) =>
        await Someone.Read(await response, type);

    /// <summary>A daemon with one run whose changes are held.</summary>
    sealed class Stage : IAsyncDisposable
    {
        public required AgentWorld World { get; init; }

        public required string Tree { get; init; }

        public RunId Run => World.State.Held.Keys.Single();

        public static async Task<Stage> Held(string script)
        {
            var world = await HeldWorld.Create();
            var (_, tree) = await world.OpenSession();
            HeldWorld.Fill(tree, null);
            var ended = await world.Run(tree, null, script);
            Assert.True(ended.Exit == 0, ended.Error);
            return new Stage { World = world, Tree = tree };
        }

        public Caller As(PersonId? person) => new(this, person);

        public ValueTask DisposeAsync() => World.DisposeAsync();
    }

    sealed class Caller(Stage stage, PersonId? person) : IDisposable
    {
        readonly HttpClient _http = new()
        {
            BaseAddress = new Uri(stage.World.App.Services.GetRequiredService<IServer>().Features
                .Get<IServerAddressesFeature>()!.Addresses
                .First(a => a.StartsWith("http://127", StringComparison.Ordinal))),
        };

        PersonId Person => person ?? AgentWorld.Ada;

        public async Task<HttpResponseMessage> Commit(
            ImmutableArray<string>? paths = null, bool later = false, string? list = null,
            Func<TreeDocument, TreeDocument>? signed = null) =>
            await (await Ordered(paths, later, list, signed))(null);

        public async Task<Func<string?, Task<HttpResponseMessage>>> Ordered(
            ImmutableArray<string>? paths = null, bool later = false, string? list = null,
            Func<TreeDocument, TreeDocument>? signed = null)
        {
            await Task.Yield();
            var document = Document(TreeDocument.Commit, paths ?? [], later, list);
            var body = JsonSerializer.Serialize(
                new TreeCommitRequest(
                    document.List, document.Paths, later, document.ExpiresAt,
                    stage.World.Sign(Person, (signed?.Invoke(document) ?? document).Render())),
                ApiJson.Default.TreeCommitRequest);
            return key => Send($"/v1/runs/{document.Run}/commit", body, key);
        }

        public Task<HttpResponseMessage> Undo()
        {
            var document = Document(TreeDocument.Undo, [], later: false, list: null);
            return Send($"/v1/runs/{document.Run}/undo", JsonSerializer.Serialize(
                new TreeUndoRequest(
                    document.List, document.ExpiresAt, stage.World.Sign(Person, document.Render())),
                ApiJson.Default.TreeUndoRequest));
        }

        public Task<HttpResponseMessage> Discard() => Send($"/v1/runs/{stage.Run}/discard", JsonSerializer.Serialize(
            new TreeDiscardRequest(stage.World.State.Held[stage.Run].Summary.List),
            ApiJson.Default.TreeDiscardRequest));

        public Task<HttpResponseMessage> Get(string path) => Send(path, null);

        public Task<TreeView> Changes() => Read(Get($"/v1/runs/{stage.Run}/changes"), ApiJson.Default.TreeView);

        public Task<ImmutableArray<HeldView>> List() => Read(Get("/v1/held"), ApiJson.Default.ImmutableArrayHeldView);

        public Task<ImmutableArray<InboxItem>> Inbox() =>
            Read(Get("/v1/inbox"), ApiJson.Default.ImmutableArrayInboxItem);

        public async Task<HttpResponseMessage> Send(string path, string? body, string? key = null)
        {
            var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            if (person is { } known)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", $"login-{known}.token");
            if (key is not null)
                request.Headers.Add("Idempotency-Key", key);
            return await _http.SendAsync(request);
        }

        public void Dispose() => _http.Dispose();

        TreeDocument Document(string act, ImmutableArray<string> paths, bool later, string? list) => new(
            stage.World.State.Origin, stage.Run, act, list ?? stage.World.State.Held[stage.Run].Summary.List, paths,
            later, Person,
            DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds())
                .AddMinutes(10));
    }
}
