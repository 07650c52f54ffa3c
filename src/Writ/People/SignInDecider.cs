using Writ.Approvals;
using Writ.Identity;
using Writ.Realms;
using Writ.Wire;

namespace Writ.People;

/// <summary>
/// What a provider's word is worth: a login that reads and opens, and, where the realm asks for it, a second proof
/// beside a signature. It never takes the signature's place.
/// </summary>
static class SignInDecider
{
    /// <summary>How old a sign-in may be when something is done with it.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    const int TextMax = 512;

    public static Decided SignIn(RealmState realm, PersonMove.SignIn move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return Decided.No("foreign.not-issuer", "What a provider says is looked at by the control plane.");
        if (realm.Registry.Document.SignIn is not { } provider)
            return Decided.No("person.no-provider", "Nobody signs in with a provider in this realm.");
        if (Malformed(realm, move) is { } malformed)
            return Decided.No(malformed);
        if (Unbelievable(move.Evidence, now) is { } no)
            return Decided.No(no);
        var document = new SignInDocument(realm.Origin, move.Login, move.TokenDigest, move.IssuedAt, move.ExpiresAt);
        if (move.Evidence.Nonce != document.Nonce())
            return Decided.No("person.other-sign-in", "The sign-in was for another login.");
        if ((now - move.IssuedAt).Duration() > Fresh)
            return Decided.No("person.stale-sign-in", "The sign-in is too old, or made by a clock that is off.");
        if (move.ExpiresAt <= now || move.ExpiresAt > now + PersonDecider.LoginLifeMax)
            return Decided.No(
                "person.bad-expiry", $"A login lives at most {PersonDecider.LoginLifeMax.TotalHours} hours.");
        if (PersonOf(provider, move.Evidence) is not { } person)
            return Decided.No("person.unknown-subject", "The provider's subject is nobody whom this realm names.");
        return realm.Registry.IsActive(person)
            ? Decided.Because(new PersonEvent.SignedIn(person))
            : Decided.No("person.offboarded", $"{person} has left this realm.");
    }

    /// <summary>Why an approval lacks the second proof that the realm asks for, or null.</summary>
    public static Refusal? StepUp(RealmState realm, ApprovalMove.Dispose move, string document, DateTimeOffset now)
    {
        if (realm.Registry.Document.SignIn is not { } provider)
            return move.StepUp is null
                ? null : new Refusal("person.no-provider", "Nobody signs in with a provider in this realm.");
        if (move.StepUp is not { } evidence)
            return provider.StepUp == true
                ? new Refusal("approval.step-up", "An approval here needs a sign-in of its own, right before.")
                : null;
        if (Misshapen(evidence))
            return new Refusal("person.malformed", "What is said of a sign-in is missing or too long.");
        if (Unbelievable(evidence, now) is { } unbelievable)
            return unbelievable;
        // The nonce is the digest of what is signed: this sign-in was for this approval.
        if (evidence.Nonce != Digests.Jose(document))
            return new Refusal("approval.other-step-up", "The sign-in was for something else than this approval.");
        if (PersonOf(provider, evidence) != move.Person)
            return new Refusal("approval.other-person", "Somebody else signed in than who signed the approval.");
        if (evidence.AuthenticatedAt is not { } at || at < now - Fresh || at > now + ForeignToken.Leeway)
            return new Refusal("approval.step-up-stale",
                "The provider did not ask who they are just now: it has to say auth_time.");
        return provider.Acr is { } acr && evidence.Acr != acr
            ? new Refusal("approval.step-up-weak", $"The realm asks for a sign-in of kind {acr}.")
            : null;
    }

    /// <summary>The teams for which a person does not count, because the provider has them in none of their groups.
    /// </summary>
    public static ImmutableArray<TeamId> NotFor(RealmState realm, ProviderEvidence? evidence) =>
        evidence is null || realm.Registry.Document.SignIn is not { } provider
            ? []
            : [.. provider.Groups.Where(g => !evidence.Groups.Contains(g.Group)).Select(g => g.Team)];

    static PersonId? PersonOf(SignInProvider provider, ProviderEvidence evidence) =>
        provider.People.FirstOrDefault(p => p.Subject == evidence.Subject)?.Person;

    static Refusal? Unbelievable(ProviderEvidence evidence, DateTimeOffset now)
    {
        if (evidence.Problem is { } problem)
            return problem;
        return evidence is not { Subject: not null, Nonce: not null, Key: not null, IssuedAt: { } issued }
            || evidence.ExpiresAt <= now || (now - issued).Duration() > Fresh
            ? new Refusal("person.stale-sign-in", "The sign-in is too old, or made by a clock that is off.")
            : null;
    }

    static Refusal? Malformed(RealmState realm, PersonMove.SignIn move)
    {
        if (!IdRules.IsWellFormed(move.Login.Value) || move.TokenDigest.Length > PersonDecider.TextMax)
            return new Refusal("person.bad-login", "A login has a well-formed id and the digest of its token.");
        if (realm.Logins.ContainsKey(move.Login))
            return new Refusal("person.login-replayed", "This login was presented before.");
        return Misshapen(move.Evidence)
            ? new Refusal("person.malformed", "What is said of a sign-in is missing or too long.")
            : null;
    }

    static bool Misshapen(ProviderEvidence evidence) => evidence is null or { Groups.IsDefault: true }
        || evidence.Digest.Length > TextMax || evidence.Subject?.Length > TextMax || evidence.Nonce?.Length > TextMax
        || evidence.Acr?.Length > TextMax || evidence.Key?.Length > TextMax
        || evidence.Groups.Any(g => g is null || g.Length > TextMax)
        || (evidence.Problem is { } problem
            && (problem.Why.Length > TextMax || !RefusalCatalog.All.ContainsKey(problem.Code)));
}
