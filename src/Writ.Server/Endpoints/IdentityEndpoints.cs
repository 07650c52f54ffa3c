using Writ.Identity;
using Writ.Server.Issuing;
using Writ.Server.Sequencer;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>
/// What relying parties and other trust domains read: discovery, keys and the bundle. And for people: which keys there
/// are, and how all of them are distrusted at once.
/// </summary>
static class IdentityEndpoints
{
    const string KeysPath = "/.well-known/jwks.json";
    const int ReasonMax = 1_024;

    public static void MapIdentityEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapGet(OpenIdDiscovery.Path, (RealmActor realm) =>
                realm.State.Registry.Document.Identity is { } identity
                    ? Document(OpenIdDiscovery.Document(identity.IssuerUrl, KeysPath))
                    : None())
            .WithSummary("OpenID discovery").WithDescription("For relying parties that take the realm's JWT-SVIDs.")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/json")
            .Produces<Problem>(StatusCodes.Status404NotFound, Problems.ContentType);
        app.MapGet(KeysPath, (PublishedKeys keys) => keys.Own() is { } own ? Document(own.ToOpenIdKeys()) : None())
            .WithSummary("Keys of JWT-SVIDs").WithDescription("A JSON Web Key Set; every key is for signatures.")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/json")
            .Produces<Problem>(StatusCodes.Status404NotFound, Problems.ContentType);
        app.MapGet("/v1/identity/bundle", (PublishedKeys keys) =>
                keys.Own() is { } own ? Document(own.ToSpiffe()) : None())
            .WithSummary("The SPIFFE bundle").WithDescription("The bundle endpoint of the realm's trust domain "
                + "(https_web where the listener has a certificate of the web).")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/json")
            .Produces<Problem>(StatusCodes.Status404NotFound, Problems.ContentType);
        app.MapGet("/v1/identity", (RealmActor realm, TimeProvider clock) =>
                IdentityQuery.View(realm.State, clock.GetUtcNow()) is { } view
                    ? Answers.Json(view, ApiJson.Default.IdentityView)
                    : None())
            .Answers<IdentityView>("The realm's issuer", "Its trust domain, its keys with their times, and the foreign "
                + "trust domains that are believed.");
        app.MapPost("/v1/identity/rotate", Rotate).Reads<RotateRequest>()
            .AnswersNothing("Distrust every key", "All keys are withdrawn at once and new ones sign. What the old "
                + "ones signed is believed by nobody who has looked since.");
    }

    static async Task<IResult> Rotate(HttpContext http, Submission submission)
    {
        var body = await Bodies.Read(http, ApiJson.Default.RotateRequest);
        await submission.Submit(
            http, new IdentityMove.Rotate(Bodies.Text(body.Reason, "reason", ReasonMax)), Gatekeeper.CallerOf(http));
        return Answers.Done();
    }

    static IResult None() => Problems.Of("identity.none", "This realm has no trust domain.");

    static JsonDocumentAnswer Document(byte[] json) => new JsonDocumentAnswer(json);

    sealed class JsonDocumentAnswer(byte[] json) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json";
            // Half of the refresh hint: who asks through a cache is never further behind than who does not.
            httpContext.Response.Headers.CacheControl = "public, max-age=150";
            httpContext.Response.Headers.XContentTypeOptions = "nosniff";
            await httpContext.Response.Body.WriteAsync(json, httpContext.RequestAborted);
        }
    }
}
