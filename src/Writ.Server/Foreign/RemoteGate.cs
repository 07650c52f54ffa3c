using Writ.Foreign;
using Writ.Identity;
using Writ.Server.Issuing;
using Writ.Server.Sequencer;

namespace Writ.Server.Foreign;

/// <summary>Who calls from another machine: by a token of ours and the proof of the key to which it is bound.</summary>
public sealed class RemoteGate(RealmActor realm, PublishedKeys keys, DpopGuard proofs, TimeProvider time)
{
    const string Scheme = "DPoP ";
    const int LengthMax = CompactToken.LengthMax;

    /// <summary>Says in the answer how to prove a key.</summary>
    public void Challenge(HttpContext http, Refusal refusal)
    {
        var error = refusal.Code switch
        {
            "dpop.nonce" => "use_dpop_nonce",
            "dpop.invalid" or "dpop.replayed" => "invalid_dpop_proof",
            _ => "invalid_token",
        };
        http.Response.Headers.WWWAuthenticate = $"DPoP error=\"{error}\", algs=\"ES256 ES384 ES512 RS256 PS256\"";
        http.Response.Headers[DpopGuard.NonceHeader] = proofs.Nonce();
    }

    /// <summary>The caller, or why it is none.</summary>
    public Refusal? Find(HttpContext http, out Actor.Remote caller)
    {
        caller = null!;
        var state = realm.State;
        var header = http.Request.Headers.Authorization.ToString();
        if (header.Length > LengthMax + Scheme.Length || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
                ? new Refusal("pass.bearer", "Whoever bears a token is nobody here: its key has to be proven.")
                : new Refusal("pass.missing", "Agents on other machines send Authorization: DPoP TOKEN.");
        var token = header[Scheme.Length..].Trim();
        if (Read(token, out var pass, out var thumbprint) is { } no)
            return no;
        var (proven, unproven) = proofs.Check(http, state.Registry.Document.Identity?.IssuerUrl, token);
        if (proven is null)
            return unproven;
        if (proven.Thumbprint != thumbprint || proven.Thumbprint != pass.Thumbprint)
            return new Refusal("pass.other-key", "The token is bound to another key.");
        caller = new Actor.Remote(pass.Chain[0].Agent, pass.Id);
        return null;
    }

    /// <summary>The pass of a token that the realm has issued and still honours.</summary>
    public Refusal? Read(string token, out RemotePass pass, out string thumbprint)
    {
        (pass, thumbprint) = (null!, "");
        var state = realm.State;
        if (state.Registry.Document.Identity is not { } identity || keys.Own() is not { } own)
            return new Refusal("identity.none", "This realm has no trust domain.");
        var (id, key, problem) = ActingToken.Validate(
            token, identity.IssuerUrl, identity.IssuerUrl, own.JwtKeys, time.GetUtcNow());
        if (id is null)
            return new Refusal("pass.over", problem!.Why);
        thumbprint = key!;
        return RemoteRules.RequirePass(state, new PassId(id), time.GetUtcNow(), out pass);
    }
}
