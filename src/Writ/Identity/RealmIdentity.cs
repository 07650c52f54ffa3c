using System.Text;
using System.Text.Json.Serialization;
using Writ.Realms;

namespace Writ.Identity;

/// <summary>Under what name a realm gives identities to what it runs.</summary>
/// <param name="TrustDomain">Of this realm alone: its keys speak for it and for no other.</param>
/// <param name="Issuer">The https URL that JWT-SVIDs name as <c>iss</c>; null: the trust domain's own.</param>
/// <param name="Federates">Foreign trust domains that its workloads may believe.</param>
public sealed record RealmIdentity(
    string TrustDomain, string? Issuer = null, ImmutableArray<FederatedDomain>? Federates = null)
{
    public const int FederatesMax = 16;

    /// <summary>The name, where it is one.</summary>
    [JsonIgnore]
    public TrustDomain? Domain => Writ.Identity.TrustDomain.Parse(TrustDomain);

    /// <summary>The URL that tokens name.</summary>
    [JsonIgnore]
    public string IssuerUrl => Issuer ?? $"https://{TrustDomain}";

    /// <summary>The foreign bundles, each for its own domain; what cannot be read was refused with the document.
    /// </summary>
    public ImmutableArray<TrustBundle> ForeignBundles() =>
        [.. (Federates ?? []).Select(f => f.Read()).Where(b => b is not null).Select(b => b!)];

    internal IEnumerable<DocumentFault> Faults()
    {
        if (Domain is null)
            yield return Fault("trustDomain", "realm.bad-identity", "A trust domain is up to 255 of a-z 0-9 . - _.");
        if (!IsIssuer(IssuerUrl))
            yield return Fault("issuer", "realm.bad-identity", "An issuer is an https URL of visible ASCII without "
                + "query, fragment, user or final slash. Where the trust domain is no host, name it.");
        var federates = Federates ?? [];
        if (federates.Length > FederatesMax)
            yield return Fault("federates", "realm.bad-identity", $"At most {FederatesMax} foreign trust domains.");
        foreach (var foreign in federates)
        {
            if (foreign.TrustDomain == TrustDomain)
                yield return Fault("federates", "realm.bad-identity", "A trust domain does not federate with itself.");
            if (foreign.Read() is null)
                yield return Fault("federates", "realm.bad-identity", $"'{Shell.VisibleText.Of(foreign.TrustDomain)}' "
                    + "has no name or bundle that can be read: JSON of a SPIFFE bundle, up to 256 KiB.");
        }
        if (federates.DistinctBy(f => f.TrustDomain).Count() < federates.Length)
            yield return Fault("federates", "realm.bad-identity", "A trust domain is named twice.");
    }

    static bool IsIssuer(string url)
    {
        const string scheme = "https://";
        return url.Length is > 8 and <= 512 && url.StartsWith(scheme, StringComparison.Ordinal)
            && !url.EndsWith('/') && url[scheme.Length] != '/'
            && url.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '/' or '~');
    }

    static DocumentFault Fault(string path, string code, string why) => new($"identity/{path}", code, why);
}

/// <summary>A foreign trust domain with its keys as they were when somebody looked: pinned, and changed like any other
/// part of the realm.</summary>
/// <param name="Bundle">The JSON of its SPIFFE bundle.</param>
public sealed record FederatedDomain(string TrustDomain, string Bundle)
{
    internal TrustBundle? Read() =>
        Writ.Identity.TrustDomain.Parse(TrustDomain) is { } domain && Bundle.Length <= TrustBundle.BytesMax
            ? TrustBundle.Parse(domain, Encoding.UTF8.GetBytes(Bundle))
            : null;
}
