using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;

namespace Writ.Identity;

/// <summary>What people are told of identities.</summary>
public static class IdentityQuery
{
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
