using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Identity;

/// <summary>What people are told of identities.</summary>
public static class IdentityQuery
{
    /// <summary>The issuer and its keys; null where the realm has no trust domain.</summary>
    public static IdentityView? View(RealmState realm, DateTimeOffset now)
    {
        if (realm.Registry.Document.Identity is not { } identity)
            return null;
        var keys = realm.Issuer.InOrder().Select(k => new IssuerKeyView(
            k.Kid, IdentityDoor.Word(k.Tier), WordOf(k.Use), StateOf(realm.Issuer, k, now), k.PublishedAt,
            k.ActiveFrom, k.ExpiresAt));
        return new IdentityView(
            identity.TrustDomain, identity.IssuerUrl, realm.Issuer.Sequence, [.. keys],
            [.. (identity.Federates ?? []).Select(f => f.TrustDomain)]);
    }

    static string WordOf(IssuerUse use) => use switch
    {
        IssuerUse.X509 => "x509",
        IssuerUse.JwtEs256 => "jwt-es256",
        _ => "jwt-rs256",
    };

    static string StateOf(IssuerBook book, IssuerKey key, DateTimeOffset now) =>
        key.ActiveFrom > now ? "published" : book.Current(key.Tier, key.Use, now) == key ? "signing" : "kept";

    /// <summary>The identities that a request's run could have, each with whom it may be shown to; null for none.
    /// </summary>
    public static ImmutableArray<string>? Shown(RealmState realm, SessionTerms terms, Request request)
    {
        if (request is not { Assurance: Assurance.Brokered, Hold: null } || !IdentityDoor.IsOpen(request)
            || realm.Registry.Workflows.GetValueOrDefault(terms.Workflow)?.Identity is not { } grant)
            return null;
        var audiences = grant.Audiences.Where(a => IdentityDoor.NamesAudience(request, a.Name)).ToList();
        var kinds = audiences.Count == 0 ? "X.509" : $"X.509, and JWT for {string.Join(", ", audiences)}";
        return
        [
            .. grant.Tiers.Order().Where(t => IdentityDoor.Names(request, t))
                .Select(t => $"{IdentityDecider.IdOf(realm.Registry.Document.Identity, terms, t)} ({kinds})"
                    + (t == IdentityTier.Read ? "" : " once a person agrees")),
        ];
    }
}
