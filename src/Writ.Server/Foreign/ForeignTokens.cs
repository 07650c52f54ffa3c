using Writ.Foreign;
using Writ.Identity;
using Writ.People;
using Writ.Server.Sequencer;

namespace Writ.Server.Foreign;

/// <summary>Looks at a foreign token with the keys of whoever it is of, and says what the realm decides from.</summary>
public sealed class ForeignTokens(RealmActor realm, ForeignKeys keys, TimeProvider time)
{
    /// <summary>The token as facts; it is believed where they name no problem.</summary>
    public async Task<Presented> Look(string text, CancellationToken cancel)
    {
        var digest = Digests.Of(text);
        var (token, malformed) = CompactToken.Parse(text);
        if (token is null)
            return No("", digest, malformed!);
        if (TrustedIssuers.Of(realm.State.Registry.Document.TrustedIssuers, token) is not { } issuer)
            // The realm says so itself.
            return new Presented("", digest, []);
        if (await keys.Of(issuer, token.Kid, cancel) is not { } known)
            return No(issuer.Id, digest, new IdentityProblem(
                "foreign.no-keys", "The keys of this issuer cannot be fetched at the moment."));
        var (believed, problem) = ForeignToken.Validate(token, issuer.Rules(), known, time.GetUtcNow());
        return believed is null
            ? No(issuer.Id, digest, problem!)
            : new Presented(
                issuer.Id, digest, ForeignClaims.Of(issuer, believed.Claims), believed.ReplayKey, believed.Key,
                believed.IssuedAt, believed.ExpiresAt);
    }

    /// <summary>A certificate of another trust domain, shown with the proof of its key.</summary>
    /// <param name="thumbprint">Of the key that was proven; null where none was.</param>
    public async Task<Presented> LookAtCertificate(string pem, string? thumbprint, CancellationToken cancel)
    {
        var digest = Digests.Of(pem);
        if (ForeignCertificate.DomainOf(pem) is not { } domain
            || (realm.State.Registry.Document.TrustedIssuers ?? []).FirstOrDefault(i => i.Domain == domain)
                is not { } issuer)
            return new Presented("", digest, []);
        if (await keys.BundleOf(issuer, cancel) is not { } bundle)
            return No(issuer.Id, digest, new IdentityProblem(
                "foreign.no-keys", "The keys of this issuer cannot be fetched at the moment."));
        var (believed, problem) = ForeignCertificate.Validate(
            pem, issuer.Rules(), bundle, thumbprint ?? "", time.GetUtcNow());
        return believed is null
            ? No(issuer.Id, digest, problem!)
            : new Presented(
                issuer.Id, digest, [new ClaimCondition("id", believed.Id.ToString())], believed.ReplayKey, believed.Key,
                believed.IssuedAt, believed.ExpiresAt, Held: true);
    }

    /// <summary>An ID token of the realm's provider, as facts; null where the realm has none.</summary>
    public async Task<ProviderEvidence?> LookAtSignIn(string text, CancellationToken cancel)
    {
        if (realm.State.Registry.Document.SignIn is not { } provider)
            return null;
        var digest = Digests.Of(text);
        var (token, malformed) = CompactToken.Parse(text);
        if (token is null)
            return ProviderEvidence.No(digest, new Refusal(malformed!.Code, malformed.Why));
        var issuer = provider.AsIssuer();
        if (await keys.Of(issuer, token.Kid, cancel) is not { } known)
            return ProviderEvidence.No(digest, new Refusal(
                "foreign.no-keys", "The keys of this issuer cannot be fetched at the moment."));
        var (believed, problem) = ForeignToken.Validate(token, issuer.Rules(), known, time.GetUtcNow());
        return believed is null
            ? ProviderEvidence.No(digest, new Refusal(problem!.Code, problem.Why))
            : provider.Evidence(digest, believed);
    }

    static Presented No(string issuer, string digest, IdentityProblem problem) =>
        new(issuer, digest, [], Problem: new Refusal(problem.Code, problem.Why));
}
