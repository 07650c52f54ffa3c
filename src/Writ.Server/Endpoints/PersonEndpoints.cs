using Writ.People;
using Writ.Server.Foreign;
using Writ.Server.Sequencer;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>Enrolment, login, invitation and leaving.</summary>
static class PersonEndpoints
{
    static readonly TimeSpan _invitationLife = TimeSpan.FromDays(2);

    public static void MapPersonEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/enrol", Enrol).Reads<EnrolRequest>()
            .AnswersNothing("Bind a key to yourself", "With a one-time code from an invitation, and a signature that "
                + "proves the key is yours.");
        app.MapPost("/v1/logins", LogIn).Reads<LoginRequest>()
            .AnswersNothing("Log in", "A signed statement that a token of this digest speaks for you for a while. The "
                + "token itself is made by the client and never sent here.");
        app.MapGet("/v1/sign-in", (RealmActor realm) => realm.State.Registry.Document.SignIn is { } provider
                ? Answers.Json(
                    new SignInView(provider.Issuer, provider.ClientId, provider.DemandsSignIn, provider.Acr),
                    ApiJson.Default.SignInView)
                : Problems.Of("person.no-provider", "Nobody signs in with a provider in this realm."))
            .Answers<SignInView>("The OpenID provider", "With whom people sign in, and what for.");
        app.MapPost("/v1/logins/provider", SignIn).Reads<SignInRequest>()
            .Answers<SignInAnswer>("Sign in with the provider", "An ID token whose nonce is the digest of this login. "
                + "Such a login reads, opens and stops; it governs nothing.");
        app.MapDelete("/v1/logins/{id}", LogOut)
            .AnswersNothing("Log out", "Ends one of your logins at once.");
        app.MapPost("/v1/invitations", Invite).Reads<InviteRequest>()
            .Answers<InviteAnswer>("Invite a declared person", "Answers a one-time enrolment code. It is shown this "
                + "once; the ledger keeps its digest.");
        app.MapPost("/v1/people/{id}/offboard", Offboard).Reads<OffboardRequest>()
            .AnswersNothing("A person leaves", "Their key and logins end at once, and with them production sessions "
                + "they answered for.");
    }

    static async Task<IResult> Enrol(HttpContext http, Submission submission)
    {
        var body = await Bodies.Read(http, ApiJson.Default.EnrolRequest);
        var code = Bodies.Text(body.Code, "code", 128).Trim();
        await submission.Submit(http, new PersonMove.Enrol(
            Bodies.Id(body.Person, "person"), Signatures.Sha256(code), Bodies.Text(body.Spki, "spki", 256),
            Bodies.Text(body.Signature, "signature", 128)), new Actor.Nobody());
        return Answers.Done();
    }

    static async Task<IResult> LogIn(HttpContext http, Submission submission)
    {
        var body = await Bodies.Read(http, ApiJson.Default.LoginRequest);
        await submission.Submit(http, new PersonMove.LogIn(
            Bodies.Id(body.Person, "person"), Bodies.Id(body.Login, "login"), Bodies.Digest(body.TokenDigest,
            "tokenDigest"),
            Bodies.Instant(body.IssuedAt, "issuedAt"), Bodies.Instant(body.ExpiresAt, "expiresAt"),
            Bodies.Text(body.Signature, "signature", 128)), new Actor.Nobody());
        return Answers.Done();
    }

    static async Task<IResult> SignIn(HttpContext http, Submission submission, ForeignTokens tokens)
    {
        var body = await Bodies.Read(http, ApiJson.Default.SignInRequest);
        var evidence = await tokens.LookAtSignIn(
            Bodies.Text(body.IdToken, "idToken", Identity.CompactToken.LengthMax), http.RequestAborted);
        if (evidence is null)
            return Problems.Of("person.no-provider", "Nobody signs in with a provider in this realm.");
        var accepted = await submission.Submit(http, new PersonMove.SignIn(
            Bodies.Id(body.Login, "login"), Bodies.Digest(body.TokenDigest, "tokenDigest"),
            Bodies.Instant(body.IssuedAt, "issuedAt"), Bodies.Instant(body.ExpiresAt, "expiresAt"), evidence),
            new Actor.Host("sign-in"));
        var person = accepted.Decided.Events.OfType<PersonEvent.SignedIn>().Single().Person;
        return Answers.Json(new SignInAnswer(person), ApiJson.Default.SignInAnswer);
    }

    static async Task<IResult> LogOut(string id, HttpContext http, Submission submission)
    {
        await submission.Submit(
            http, new PersonMove.LogOut(Bodies.Id<LoginId>(id, "id")), Gatekeeper.CallerOf(http));
        return Answers.Done();
    }

    static async Task<IResult> Invite(HttpContext http, Submission submission, IdSource ids, TimeProvider clock)
    {
        var body = await Bodies.Read(http, ApiJson.Default.InviteRequest);
        var code = ids.NewCode();
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var move = new PersonMove.Invite(Bodies.Id(body.Person, "person"), Signatures.Sha256(code),
            now + _invitationLife);
        var accepted = await submission.Submit(http, move, Gatekeeper.CallerOf(http));
        // A repeat finds the first move, whose code nobody has any more: better an error than a code that does nothing.
        return accepted.Answer.Replayed
            ? Problems.Of("realm.key-reused", "This invitation was answered already; its code is shown once.")
            : Answers.Json(new InviteAnswer(move.Person, code, move.ExpiresAt), ApiJson.Default.InviteAnswer);
    }

    static async Task<IResult> Offboard(string id, HttpContext http, Submission submission)
    {
        var body = await Bodies.Read(http, ApiJson.Default.OffboardRequest);
        await submission.Submit(http, new PersonMove.Offboard(
            Bodies.Id<PersonId>(id, "id"), Bodies.Text(body.Reason, "reason", 2_048)), Gatekeeper.CallerOf(http));
        return Answers.Done();
    }
}
