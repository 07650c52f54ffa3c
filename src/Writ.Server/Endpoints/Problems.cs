using System.Text.Json;
using Writ.Server.Storage;
using Writ.Server.Sequencer;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>Refusals as problem details (RFC 9457): the stable code, its status, and what to do next.</summary>
public static class Problems
{
    public const string ContentType = "application/problem+json";

    /// <summary>A refusal as the result of an endpoint.</summary>
    public static IResult Of(Refusal refusal) => new ProblemResult(refusal);

    public static IResult Of(string code, string why) => new ProblemResult(new Refusal(code, why));

    /// <summary>The answer's body for a refusal, for whoever writes it without an endpoint result.</summary>
    public static Problem Describe(Refusal refusal)
    {
        var entry = RefusalCatalog.Of(refusal.Code);
        // A code that says how something ended is no error until somebody is refused because of it.
        var status = entry.Status == StatusCodes.Status200OK ? StatusCodes.Status409Conflict : entry.Status;
        return new Problem($"urn:writ:refusal:{refusal.Code}", entry.Title, status, refusal.Code, refusal.Why,
            entry.Next);
    }

    public static async Task Write(HttpContext http, Refusal refusal)
    {
        var problem = Describe(refusal);
        http.Response.StatusCode = problem.Status;
        http.Response.ContentType = ContentType;
        http.Response.Headers.CacheControl = "no-store";
        if (problem.Status == StatusCodes.Status401Unauthorized && http.Response.Headers.WWWAuthenticate.Count == 0)
            http.Response.Headers.WWWAuthenticate = "Bearer";
        if (problem.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            http.Response.Headers.RetryAfter = "5";
        await JsonSerializer.SerializeAsync(http.Response.Body, problem, ApiJson.Default.Problem, http.RequestAborted);
    }

    /// <summary>The edge: faults of the world and refusals that travelled as exceptions become answers here.</summary>
    public static async Task Guard(HttpContext http, RequestDelegate next, ILogger log)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            EndpointLog.Abandoned(log, http.Request.Method, http.Request.Path);
        }
        catch (RefusedException e) when (!http.Response.HasStarted)
        {
            await Write(http, e.Refusal);
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await Write(http, e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new Refusal("api.too-large", "The request's body is too large.")
                : new Refusal("api.malformed", "The request is not well-formed HTTP for this address."));
        }
        catch (RealmUnavailableException e) when (!http.Response.HasStarted)
        {
            await Write(http, new Refusal(e.Code, e.Message));
        }
        catch (LedgerFaultException e) when (!http.Response.HasStarted)
        {
            EndpointLog.Failed(log, e, http.Request.Method, http.Request.Path);
            await Write(http, new Refusal(e.Code, "The ledger's store failed; the control plane's diagnostics say "
                + "more."));
        }
        catch (Exception e) when (!http.Response.HasStarted && e is not InvariantBrokenException)
        {
            EndpointLog.Failed(log, e, http.Request.Method, http.Request.Path);
            await Write(http, new Refusal("api.fault", "The control plane failed while it answered this."));
        }
    }

    sealed class ProblemResult(Refusal refusal) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => Write(httpContext, refusal);
    }
}

/// <summary>A refusal on its way to the edge, out of code that has no result to give.</summary>
public sealed class RefusedException(Refusal refusal) : Exception(refusal.Why)
{
    public Refusal Refusal { get; } = refusal;
}

/// <summary>Diagnostics of the endpoints, in one table.</summary>
static partial class EndpointLog
{
    [LoggerMessage(2001, LogLevel.Debug, "{Method} {Path}: the client has gone")]
    public static partial void Abandoned(ILogger log, string method, string path);

    [LoggerMessage(2002, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void Failed(ILogger log, Exception fault, string method, string path);

    [LoggerMessage(2003, LogLevel.Information, "{Method} {Path} is refused to an agent's process ({Kind}, uid {Uid})")]
    public static partial void InsideSession(ILogger log, string method, string path, string kind, int uid);

    [LoggerMessage(2004, LogLevel.Error, "The derived index failed and is made again")]
    public static partial void IndexFailed(ILogger log, Exception fault);

    [LoggerMessage(2005, LogLevel.Warning, "Kill {Kill}: {Missing} of {All} runs were not seen to end")]
    public static partial void KillIncomplete(ILogger log, string kill, int missing, int all);
}
