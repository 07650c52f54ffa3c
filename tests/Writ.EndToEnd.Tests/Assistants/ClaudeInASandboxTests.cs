using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Writ.Assistants;
using Writ.Egress;
using Writ.EndToEnd.Tests.Hooks;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Egress;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Assistants;

/// <summary>
/// The real Claude Code living in a sandbox, against a scripted model that it reaches through its one way out: its hook
/// is there without anybody having installed it, and what it does goes through Writ.
/// </summary>
public sealed class ClaudeInASandboxTests
{
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_whole_loop_from_the_prompt_over_an_approval_to_the_result()
    {
        var claude = await ClaudeCode.Binary();
        const string gated = "bash -c 'eval \"$UNKNOWN\"; echo approved >> approved.txt; cat approved.txt'";
        await using var model = await ScriptedModel.Start(
            Bash("echo brokered-output"),
            new ToolStep("Write", new JsonObject { ["file_path"] = "TREE/inside.txt", ["content"] = "x" }),
            new ToolStep("Write", new JsonObject
            {
                ["file_path"] = "/etc/claude-code/managed-settings.json",
                ["content"] = "{}",
            }),
            Bash(gated),
            Bash("sleep 4"),
            Bash(gated),
            Bash("sudo id"));
        await using var world = await World(claude, model);
        var (session, tree) = await world.OpenSession();
        model.Place(tree);
        var secret = Path.Combine(world.Root, "model.key");

        var running = WritCommand.Start(
            AgentWorld.Binary("writ"),
            [
                "run", "--assistant", "--ends-session", "--session", session.Value, "--", claude, "-p",
                "please run the steps", "--output-format", "stream-json", "--verbose", "--include-hook-events",
            ], tree, ("WRIT_SOCKET", world.Socket));
        var finishing = WritCommand.Finish(running, patience: _patience);
        // A person, outside, agrees to what the assistant's hook had to leave waiting.
        await Task.WhenAny(world.ApproveNext(session), finishing);
        var ended = await finishing;

        Assert.True(
            ended.Exit == 0 && model.Results.Count == 7,
            $"{ended.Exit}\n{Denied(world)}\n{ended.Out}\n{ended.Error}");
        Assert.Contains("brokered-output", model.Results[0], StringComparison.Ordinal);
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(tree, "inside.txt")));
        Assert.Contains("policy.blocked", model.Results[2], StringComparison.Ordinal);
        Assert.Contains("waits", model.Results[3], StringComparison.Ordinal);
        Assert.Contains("approved", model.Results[5], StringComparison.Ordinal);
        Assert.Equal("approved\n", await File.ReadAllTextAsync(Path.Combine(tree, "approved.txt")));
        Assert.Contains("policy.blocked", model.Results[6], StringComparison.Ordinal);
        // Both were carried out beside the assistant, asked for by its own hook from inside its own sandbox.
        Assert.Equal(4, world.Outcomes().Count());
        var stay = ((SessionState.Ended)world.State.Sessions[session]).Assistant!;
        Assert.All(
            world.Ledger().Where(e => e.Data.Move is RequestMove.Submit { Request.Ask: not Ask.Assistant }),
            e => Assert.Equal(stay.Run, Assert.IsType<Actor.Agent>(e.Data.Actor).Within));
        Assert.Equal(ContentOrigins.None, ContentOf(world, session) & Provenance.Untrusted);
        Assert.DoesNotContain("not-so-secret", ended.Out + ended.Error, StringComparison.Ordinal);
        Assert.Equal("session.assistant-ended", ((SessionState.Ended)world.State.Sessions[session]).Code);
        Assert.True(File.Exists(secret));
    }

    // What marked the session, when it was last judged.
    static ContentOrigins ContentOf(AgentWorld world, SessionId session) => world.Ledger()
        .Select(e => e.Data.Move).OfType<SessionMove.TakeIn>().Where(m => m.Session == session)
        .Aggregate(ContentOrigins.None, (all, m) => all | m.Content);

    // What was not started, for whoever has to find out why this fails.
    static string Denied(AgentWorld world) => string.Join("\n", world.Ledger().Select(e => e.Data.Move)
        .OfType<RunMove.RecordExecutions>().SelectMany(m => m.Batch.Listed).Where(r => r.End != ExecutionEnd.Started)
        .Select(r => $"{r.Code} {r.Rule} {r.Why}: {string.Join(' ', r.Program.Argv)}"));

    static ToolStep Bash(string command) =>
        new("Bash", new JsonObject { ["command"] = command, ["description"] = "a harmless look around" });

    static async Task<AgentWorld> World(string claude, ScriptedModel model)
    {
        var port = new Uri(model.Url).Port;
        var world = await AgentWorld.Create(builder => builder.Services.AddSingleton<INameResolver>(new OneName()));
        var key = Path.Combine(world.Root, "model.key");
        await File.WriteAllTextAsync(key, "not-so-secret\n");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows =
            [
                .. document.Workflows.Select(w => w with
                {
                    Egress = [new EgressGrant("model.test", port, Private: true)],
                    Assistant = new AssistantTerms(
                        [claude], [], AssistantHome.Kept,
                        [
                            new Variable("ANTHROPIC_BASE_URL", $"http://model.test:{port}"),
                            new Variable("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
                            new Variable("DISABLE_TELEMETRY", "1"), new Variable("DISABLE_AUTOUPDATER", "1"),
                        ],
                        [new AssistantSecret("ANTHROPIC_API_KEY", key)], [$"model.test:{port}"]),
                }),
            ],
        });
        return world;
    }

    sealed class OneName : INameResolver
    {
        public Task<ImmutableArray<EgressAddress>> Resolve(string host, CancellationToken cancel) =>
            Task.FromResult<ImmutableArray<EgressAddress>>(
                host == "model.test" ? [EgressAddress.Parse("127.0.0.1")!.Value] : []);
    }
}
