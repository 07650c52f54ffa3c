using Writ.Foreign;
using Writ.Identity;
using Writ.Server.Issuing;
using Writ.Server.Sequencer;

namespace Writ.Server.Foreign;

/// <summary>What came of an exchange: a token, or an error of OAuth with the realm's own code.</summary>
sealed record Exchanged(string? Token, TimeSpan Life, string? Error, Refusal? Refusal)
{
    public static Exchanged No(string error, Refusal refusal) => new(null, default, error, refusal);

    public static Exchanged No(string error, string code, string why) => No(error, new Refusal(code, why));
}

/// <summary>
/// Exchanges foreign tokens for passes (RFC 8693). The realm decides and records; only then is anything signed.
/// </summary>
sealed class TokenExchange(
    RealmActor realm, ForeignTokens tokens, RemoteGate gate, DpopGuard proofs, IssuerVault vault, IdSource ids,
    TimeProvider time)
{
    public const string Grant = "urn:ietf:params:oauth:grant-type:token-exchange";
    public const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";

    /// <summary>An X.509-SVID in PEM, whose key signs the proof that comes with it.</summary>
    public const string Certificate = "urn:writ:params:oauth:token-type:x509-svid";

    static readonly string[] _foreign =
    [
        Certificate,
        "urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token",
    ];

    static readonly TimeSpan _life = TimeSpan.FromMinutes(10);
    static readonly Actor.Host _issuer = new("issuer");

    public async Task<Exchanged> Answer(HttpContext http, IReadOnlyDictionary<string, string> form)
    {
        if (realm.State.Registry.Document.Identity is not { } identity)
            return Exchanged.No("invalid_request", "identity.none", "This realm has no trust domain.");
        if (Unfit(form, identity.IssuerUrl) is { } unfit)
            return unfit;
        if (Signer() is not { } signer)
            return Exchanged.No("temporarily_unavailable", "identity.none", "The realm's issuer has no key yet.");
        var hasActor = form.TryGetValue("actor_token", out var actor);
        var (proven, unproven) = proofs.Check(http, identity.IssuerUrl, accessToken: null);
        // Asked for a nonce, an honest caller comes again at once; nothing has happened yet.
        if (unproven is { Code: "dpop.nonce" })
            return Exchanged.No("use_dpop_nonce", unproven);
        var text = hasActor ? actor! : form["subject_token"];
        var presented = form[hasActor ? "actor_token_type" : "subject_token_type"] == Certificate
            ? await tokens.LookAtCertificate(text, proven?.Thumbprint, http.RequestAborted)
            : await tokens.Look(text, http.RequestAborted);
        RemotePass? earlier = null;
        var problem = unproven ?? presented.Problem;
        if (hasActor)
            problem ??= gate.Read(form["subject_token"], out earlier, out _);
        var now = time.GetUtcNow();
        var ends = Earliest(now + _life, presented.ExpiresAt, earlier?.ExpiresAt);
        var move = new ForeignMove.Exchange(
            new PassId(ids.New("pass")), problem is null ? presented : presented with { Problem = problem },
            proven?.Thumbprint ?? "", DateTimeOffset.FromUnixTimeSeconds(ends.ToUnixTimeSeconds()), earlier?.Id);
        var answer = await realm.Submit(move, _issuer, ids.New("mv"), CancellationToken.None);
        if (answer.Decided is not Decided.Accepted { Events: [ForeignEvent.Exchanged exchanged] })
            return Exchanged.No(
                unproven is null ? "invalid_request" : "invalid_dpop_proof",
                ((Decided.Refused)answer.Decided).Refusal);
        return Signed(signer, identity, move, exchanged, answer.At);
    }

    // The key of the least tier: a pass is good for asking, and everything that is asked is decided again.
    TokenSigningKey? Signer() =>
        realm.State.Issuer.Current(IdentityTier.Read, IssuerUse.JwtEs256, time.GetUtcNow()) is { } key
        && vault.TryOpen(key) ? vault.Signer(key.Kid) : null;

    static Exchanged Signed(
        TokenSigningKey signer, RealmIdentity identity, ForeignMove.Exchange move, ForeignEvent.Exchanged exchanged,
        DateTimeOffset at)
    {
        var token = ActingToken.Issue(signer, new ActingTokenClaims(
            identity.IssuerUrl, $"person/{exchanged.Principal}",
            [.. exchanged.Chain.Select(l => $"spiffe://{identity.TrustDomain}/agent/{l.Agent}")],
            identity.IssuerUrl, at, move.ExpiresAt, move.Pass.Value, move.Thumbprint));
        return new Exchanged(token, move.ExpiresAt - at, null, null);
    }

    static Exchanged? Unfit(IReadOnlyDictionary<string, string> form, string audience)
    {
        if (form.GetValueOrDefault("grant_type") != Grant)
            return Exchanged.No("unsupported_grant_type", "api.malformed", $"grant_type is {Grant}.");
        if (form.GetValueOrDefault("requested_token_type") is not (null or AccessToken))
            return Malformed("Only an access token is given.");
        if ((form.GetValueOrDefault("audience") ?? audience) != audience
            || (form.GetValueOrDefault("resource") ?? audience) != audience)
            return Exchanged.No("invalid_target", "token.audience", "Tokens are given for this realm's own API alone.");
        if (form.ContainsKey("scope"))
            return Exchanged.No(
                "invalid_scope", "api.malformed", "What a token is good for is declared, not asked for.");
        var hasActor = form.ContainsKey("actor_token");
        if (!form.ContainsKey("subject_token") || hasActor != form.ContainsKey("actor_token_type"))
            return Malformed("subject_token is needed, and each token comes with its type.");
        var fits = hasActor
            ? form.GetValueOrDefault("subject_token_type") == AccessToken && _foreign.Contains(form["actor_token_type"])
            : _foreign.Contains(form.GetValueOrDefault("subject_token_type"));
        return fits
            ? null
            : Malformed("A foreign token is a jwt or id_token; with an actor's token the subject's is an access token "
                + "of this realm.");
    }

    static Exchanged Malformed(string why) => Exchanged.No("invalid_request", "api.malformed", why);

    static DateTimeOffset Earliest(DateTimeOffset first, params ReadOnlySpan<DateTimeOffset?> others)
    {
        foreach (var other in others)
            if (other < first)
                first = other.Value;
        return first;
    }
}
