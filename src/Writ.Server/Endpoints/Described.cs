using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>How an endpoint introduces itself in the API's description.</summary>
static class Described
{
    /// <summary>An endpoint that answers with a value.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder endpoint, string summary,
        string description) =>
        endpoint.WithSummary(summary).WithDescription(description)
            .Produces<T>().Produces<Problem>(StatusCodes.Status403Forbidden, Problems.ContentType);

    /// <summary>An endpoint that answers with nothing but its success.</summary>
    public static RouteHandlerBuilder AnswersNothing(this RouteHandlerBuilder endpoint, string summary,
        string description) =>
        endpoint.WithSummary(summary).WithDescription(description)
            .Produces(StatusCodes.Status204NoContent)
            .Produces<Problem>(StatusCodes.Status403Forbidden, Problems.ContentType);

    /// <summary>An endpoint that reads a value from its body.</summary>
    public static RouteHandlerBuilder Reads<T>(this RouteHandlerBuilder endpoint)
        where T : notnull => endpoint.Accepts<T>("application/json");
}
