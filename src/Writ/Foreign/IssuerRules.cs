using Writ.Identity;
using Writ.Realms;

namespace Writ.Foreign;

/// <summary>What a realm document has to say of foreign issuers so that each token means one thing.</summary>
static class IssuerRules
{
    const int TextMax = 512;

    public static IEnumerable<DocumentFault> Faults(RealmDocument document)
    {
        var issuers = document.TrustedIssuers ?? [];
        if (issuers.IsEmpty)
            yield break;
        if (document.Identity is null)
            yield return Fault("trustedIssuers", "realm.identity-missing", "What is given for foreign tokens is signed "
                + "by the realm's own issuer: declare identity: {trustDomain: NAME}.");
        if (issuers.Length > TrustedIssuer.CountMax || issuers.DistinctBy(i => i.Id).Count() < issuers.Length
            || issuers.DistinctBy(i => i.Issuer).Count() < issuers.Length)
            yield return Fault("trustedIssuers", "realm.bad-issuer",
                $"At most {TrustedIssuer.CountMax} issuers, each declared once.");
        foreach (var issuer in issuers)
            foreach (var (part, why) in Faults(document, issuer))
                yield return Fault($"trustedIssuers/{issuer.Id}/{part}", "realm.bad-issuer", why);
    }

    static IEnumerable<(string Part, string Why)> Faults(RealmDocument document, TrustedIssuer issuer)
    {
        if (!IdRules.IsWellFormed(issuer.Id))
            yield return ("id", "An issuer has an id like everything else.");
        if (!Enum.IsDefined(issuer.Kind))
            yield return ("kind", "An issuer is ci, kubernetes or spiffe.");
        if (issuer.Kind == ForeignKind.Spiffe ? issuer.Domain is null : !IsHttps(issuer.Issuer))
            yield return ("issuer", "An issuer is the exact https URL that its tokens name, or a SPIFFE trust domain.");
        if (issuer.Issuer == document.Identity?.TrustDomain || issuer.Issuer == document.Identity?.IssuerUrl)
            yield return ("issuer", "A realm is no foreign issuer of its own.");
        if (issuer.Audience.Length is 0 or > TextMax || issuer.Audience.Any(c => c is <= ' ' or > '~'))
            yield return ("audience", $"An audience is 1 to {TextMax} visible ASCII characters.");
        if (issuer.Algorithms.IsEmpty || issuer.Algorithms.Distinct().Count() < issuer.Algorithms.Length
            || issuer.Algorithms.Any(a => TokenAlgorithm.Find(a) is null))
            yield return ("algorithms", "Algorithms are named as JOSE does, each once: RS256, ES256, PS256, ...");
        if (issuer.LifeMinutes is < 1 or > TrustedIssuer.LifeMinutesMax)
            yield return ("lifeMinutes", $"Tokens live 1 to {TrustedIssuer.LifeMinutesMax} minutes at most.");
        if (issuer.Keys is null == issuer.KeysUrl is null)
            yield return ("keys", "An issuer's keys are either pinned (keys) or fetched (keysUrl).");
        if (issuer.Keys is { } pinned && (pinned.Length > KeySet.BytesMax || !HasKeys(issuer, pinned)))
            yield return ("keys", "Pinned keys are the JSON of a key set, or of a SPIFFE bundle, with a key in it.");
        if (issuer.KeysUrl is { } url && !IsHttps(url))
            yield return ("keysUrl", "Keys are fetched from an https URL of up to 512 characters.");
        foreach (var fault in AdmissionFaults(document, issuer))
            yield return ("admits", fault);
    }

    static IEnumerable<string> AdmissionFaults(RealmDocument document, TrustedIssuer issuer)
    {
        if (issuer.Admits.Length is 0 or > TrustedIssuer.AdmissionsMax)
            yield return $"An issuer admits 1 to {TrustedIssuer.AdmissionsMax} agents.";
        var agents = document.Agents.Select(a => a.Id).ToHashSet();
        foreach (var admission in issuer.Admits)
        {
            if (!agents.Contains(admission.Agent) || (admission.ActsFor ?? []).Any(a => !agents.Contains(a)))
                yield return $"'{admission.Agent}', or an agent that it acts for, is no agent of this document.";
            if (admission.Agent.Value?.Contains('/', StringComparison.Ordinal) == true)
                yield return $"Agent '{admission.Agent}' has '/' in its name, which would be two parts of a SPIFFE ID.";
            if (document.People.All(p => p.Id != admission.Sponsor))
                yield return $"'{admission.Sponsor}', who is to answer for {admission.Agent}, is nobody in this "
                    + "document.";
            if (ForeignClaims.Problem(issuer.Kind, admission.Where) is { } problem)
                yield return problem;
        }
    }

    static bool HasKeys(TrustedIssuer issuer, string pinned) => issuer.Pinned() is { IsEmpty: false }
        || issuer.ReadBundle(System.Text.Encoding.UTF8.GetBytes(pinned))?.X509Authorities.IsEmpty == false;

    internal static bool IsHttps(string url) => url.Length <= TextMax
        && url.StartsWith("https://", StringComparison.Ordinal) && url.All(c => c is > ' ' and <= '~')
        && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri is { UserInfo: "", Fragment: "", Host.Length: > 0 };

    static DocumentFault Fault(string path, string code, string why) => new(path, code, why);
}
