using System.Text.Json;
using Writ.Server.Endpoints;
using Writ.Wire;

namespace Writ.Server.Agents;

/// <summary>Answers on the agents' socket: whole, with their length, so that a client knows a cut one.</summary>
static class AgentProblems
{
    public static async Task Write(HttpContext context, Refusal refusal)
    {
        var problem = Problems.Describe(refusal);
        context.Response.StatusCode = problem.Status;
        await WriteBody(
            context, Problems.ContentType, JsonSerializer.SerializeToUtf8Bytes(problem, ApiJson.Default.Problem));
    }

    public static async Task WriteBody(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
