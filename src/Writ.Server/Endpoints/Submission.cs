using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Writ.Server.Sequencer;

namespace Writ.Server.Endpoints;

/// <summary>How endpoints put moves to the realm and answer with what came of them.</summary>
public sealed class Submission(RealmActor realm, IdSource ids)
{
    const string KeyHeader = "Idempotency-Key";

    /// <summary>The move's answer when it was accepted; a refusal leaves as a <see cref="RefusedException"/>.</summary>
    public async Task<Accepted> Submit(HttpContext http, Move move, Actor actor)
    {
        // Once asked, a move is answered by the realm even when the client has gone: it may be in the ledger already.
        var answer = await realm.Submit(move, actor, KeyOf(http, actor), CancellationToken.None);
        return answer.Decided switch
        {
            Decided.Accepted accepted => new Accepted(answer, accepted),
            Decided.Refused refused => throw new RefusedException(refused.Refusal),
            _ => throw new InvariantBrokenException("A decision is yes or no."),
        };
    }

    /// <summary>
    /// A move of the control plane's own, or one that has to be put a second time whatever the client said.
    /// </summary>
    public Task<MoveAnswer> SubmitOnce(Move move, Actor actor) =>
        realm.Submit(move, actor, ids.New("move"), CancellationToken.None);

    string KeyOf(HttpContext http, Actor actor)
    {
        var given = http.Request.Headers[KeyHeader].ToString();
        // Strangers have no keys: whoever has not logged in cannot be told from the next.
        if (given.Length == 0 || actor is not Actor.Person person)
            return ids.New("move");
        if (given.Length > 64 || given.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            throw new RefusedException(
                new Refusal("realm.bad-key", $"{KeyHeader} is 1 to 64 letters, digits, '-', '_', '.'."));
        // Keys are their sender's own: another person's key never answers with somebody else's answer.
        return $"{People.Signatures.Sha256(person.Id.Value)[7..23]}.{given}";
    }
}

/// <summary>An accepted move. <paramref name="Answer"/> has the move as the ledger has it.</summary>
public sealed record Accepted(MoveAnswer Answer, Decided.Accepted Decided);

/// <summary>Answers of the API: JSON by generated code, never cached.</summary>
public static class Answers
{
    public static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        new JsonAnswer<T>(value, type, status);

    public static IResult Done() => Results.NoContent();

    sealed class JsonAnswer<T>(T value, JsonTypeInfo<T> type, int status) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = "application/json";
            httpContext.Response.Headers.CacheControl = "no-store";
            httpContext.Response.Headers.XContentTypeOptions = "nosniff";
            await JsonSerializer.SerializeAsync(httpContext.Response.Body, value, type, httpContext.RequestAborted);
        }
    }
}
