using System.Text.Json;
using Writ.Wire;

namespace Writ.Server.Agents;

/// <summary>Refusals as problem details (RFC 9457), with the HTTP status of their family.</summary>
static class AgentProblems
{
    public static Problem Of(Refusal refusal) => new(
        $"urn:writ:{refusal.Code}", "Refused", StatusOf(refusal.Code), refusal.Code, refusal.Why,
            NextAfter(refusal.Code));

    public static async Task Write(HttpContext context, Refusal refusal)
    {
        var problem = Of(refusal);
        context.Response.StatusCode = problem.Status;
        await WriteBody(
            context, "application/problem+json", JsonSerializer.SerializeToUtf8Bytes(problem, ApiJson.Default.Problem));
    }

    public static async Task WriteBody(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    static int StatusOf(string code) => code switch
    {
        "realm.busy" or "run.too-many" => StatusCodes.Status429TooManyRequests,
        "realm.stopped" => StatusCodes.Status503ServiceUnavailable,
        _ when code.StartsWith("storage.", StringComparison.Ordinal) => StatusCodes.Status503ServiceUnavailable,
        _ when code.EndsWith(".too-large", StringComparison.Ordinal) => StatusCodes.Status413PayloadTooLarge,
        _ when code.EndsWith(".malformed", StringComparison.Ordinal) => StatusCodes.Status400BadRequest,
        "session.none" => StatusCodes.Status404NotFound,
        _ when code.EndsWith(".unknown", StringComparison.Ordinal) => StatusCodes.Status404NotFound,
        "session.not-yours" or "agent.not-attested" => StatusCodes.Status403Forbidden,
        _ => StatusCodes.Status409Conflict,
    };

    static string? NextAfter(string code) => code switch
    {
        "session.none" => "ask a person to open a session for this directory: writ session open --help",
        "session.ambiguous" => "set WRIT_SESSION to the session's id",
        "realm.busy" or "run.too-many" => "try again in a moment",
        "request.expired" or "request.closed" or "approval.stale" or "approval.policy-changed" =>
            "ask again: writ run -- CMD",
        "session.stopped" => "a person has to resume what the kill switch stopped",
        _ => null,
    };
}
