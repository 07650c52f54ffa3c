using System.Net.Http.Json;
using Writ.Requests;
using Writ.Rollbacks;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Agents;

/// <summary>A real run is taken back over the agents' socket by its workflow's command.</summary>
public sealed class RollbackRunTests
{
    static async Task<AgentWorld> World(params string[] command)
    {
        var world = await AgentWorld.Create();
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows = [.. document.Workflows.Select(w => w with { RollbackCommand = [.. command] })],
        });
        return world;
    }

    static async Task<(int Status, string Body)> Ask(AgentWorld world, string tree, RunId run)
    {
        using var client = world.Client();
        using var answer = await client.PostAsync("/v1/agent/requests", JsonContent.Create(
            new SubmitRequest(null, tree, null, null, null, null, run), ApiJson.Default.SubmitRequest));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task It_runs_once_and_is_tested_by_that()
    {
        await using var world = await World("touch", "back-{run}");
        var (session, tree) = await world.OpenSession();
        Assert.Equal(0, (await WritCommand.Run(world, tree, "--", "touch", "made")).Exit);
        var run = Assert.Single(world.State.Rollbacks.Runs.Values);
        Assert.NotNull(run.EndedAt);

        var (status, body) = await Ask(world, tree, run.Run);
        Assert.True(status == 200, body);
        var asked = System.Text.Json.JsonSerializer.Deserialize(body, ApiJson.Default.RequestView)!;
        Assert.Equal(new Undoing(run.Run, run.Request), asked.Request.Undoes);
        Assert.Equal(["touch", $"back-{run.Run}"], asked.Request.Argv);
        Assert.Contains("[rollback.under-way]", Code(await Ask(world, tree, run.Run)), StringComparison.Ordinal);

        var ended = await WritCommand.Run(world, tree, "--request", asked.Request.Id.Value);
        Assert.True(ended.Exit == 0, ended.Error);
        Assert.True(File.Exists(Path.Combine(tree, $"back-{run.Run}")));
        Assert.True(world.State.Rollbacks.Runs[run.Run].Undone);
        Assert.NotNull(RollbackRules.TestOf(world.State, run.Workflow));
        Assert.Contains("[rollback.done]", Code(await Ask(world, tree, run.Run)), StringComparison.Ordinal);
        var audit = new DecisionAudit();
        foreach (var entry in world.Ledger())
            Assert.Null(audit.Take(entry));
        Assert.Equal(session, asked.Request.Session);
    }

    [Fact]
    public async Task What_policy_gates_waits_like_any_request()
    {
        await using var world = await World("rm", "-rf", "made");
        var (session, tree) = await world.OpenSession();
        Assert.Equal(0, (await WritCommand.Run(world, tree, "--", "mkdir", "made")).Exit);
        var run = world.State.Rollbacks.Runs.Values.Single().Run;
        Assert.Equal(200, (await Ask(world, tree, run)).Status);
        var waiting = (RequestState.Waiting)world.State.Find(world.Waiting(session).Single())!.Value.Request;
        await world.Approve(waiting.Id);
        Assert.Equal(0, (await WritCommand.Run(world, tree, "--request", waiting.Id.Value)).Exit);
        Assert.False(Directory.Exists(Path.Combine(tree, "made")));
    }

    [Fact]
    public async Task What_is_not_there_is_refused_with_its_code()
    {
        await using var world = await World("touch", "{branch}");
        var (_, tree) = await world.OpenSession();
        Assert.Contains("[rollback.unknown]", Code(await Ask(world, tree, new RunId("run-ghost"))));
        await WritCommand.Run(world, tree, "--", "touch", "made");
        var run = world.State.Rollbacks.Runs.Values.Single().Run;
        // The session has no branch.
        Assert.Contains("[rollback.not-fillable]", Code(await Ask(world, tree, run)));
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows = [.. document.Workflows.Select(w => w with { RollbackCommand = null })],
        });
        Assert.Contains("[rollback.none]", Code(await Ask(world, tree, run)));
    }

    [Fact]
    public async Task A_question_is_one_of_argv_line_and_undoes()
    {
        await using var world = await World("touch", "x");
        var (_, tree) = await world.OpenSession();
        using var client = world.Client();
        using var answer = await client.PostAsync("/v1/agent/requests", JsonContent.Create(
            new SubmitRequest(null, tree, ["ls"], null, null, null, new RunId("run-x")),
            ApiJson.Default.SubmitRequest));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.Contains("[request.malformed]", Code(((int)answer.StatusCode, body)));
    }

    static string Code((int Status, string Body) answer) =>
        $"[{System.Text.Json.JsonSerializer.Deserialize(answer.Body, ApiJson.Default.Problem)!.Code}]";
}
