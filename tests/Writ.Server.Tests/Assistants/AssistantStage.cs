using System.Collections.Immutable;
using System.Diagnostics;
using Writ.Assistants;
using Writ.Egress;
using Writ.Requests;
using Writ.Sessions;
using Writ.Testing;
using Writ.Workflows;

namespace Writ.Server.Tests.Assistants;

/// <summary>A world whose workflow lets bash and python live in a sandbox: scripts stand for assistants.</summary>
static class AssistantStage
{
    public static AssistantTerms Terms { get; } = new(
        ["bash", "python3"], [], AssistantHome.Scratch, [new Variable("GREETING", "hello")], [], []);

    public static async Task<AgentWorld> Create(
        Func<AssistantTerms, AssistantTerms>? adjust = null, ImmutableArray<EgressGrant>? egress = null,
        Func<Workflow, Workflow>? workflow = null,
        Action<Microsoft.AspNetCore.Builder.WebApplicationBuilder>? host = null, bool holds = false)
    {
        var world = await AgentWorld.Create(host, holds: holds);
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows =
            [
                .. document.Workflows.Select(w => w with
                {
                    Egress = egress,
                    Assistant = adjust?.Invoke(Terms) ?? Terms,
                }).Select(w => workflow?.Invoke(w) ?? w),
            ],
        });
        return world;
    }

    /// <summary>An assistant that is a script of bash; the caller finishes it.</summary>
    public static Process Start(
        AgentWorld world, SessionId session, string tree, string script, bool endsSession = false) =>
        WritCommand.Start(
            AgentWorld.Binary("writ"),
            [
                "run", "--assistant", "--session", session.Value, .. endsSession ? ["--ends-session"] : (string[])[],
                "--", "bash", "-c", script,
            ], tree, ("WRIT_SOCKET", world.Socket));

    public static Task<Ended> Run(
        AgentWorld world, SessionId session, string tree, string script, bool endsSession = false) =>
        WritCommand.Finish(Start(world, session, tree, script, endsSession));
}
