using System.Collections.Immutable;
using Writ.Identity;

namespace Writ.Documents;

/// <summary>What a realm directory says of identities.</summary>
static class IdentityFields
{
    /// <summary><c>identity: {trustDomain, issuer, federates: [{trustDomain, bundle}]}</c> of a realm.</summary>
    public static RealmIdentity Realm(YamlFields f, FaultList faults)
    {
        var identity = new RealmIdentity(
            f.Text("trustDomain"), f.OptionalText("issuer"),
            f.Has("federates") ? [.. f.Items("federates").Select(Federated)] : null);
        f.NothingElse();
        return identity;

        FederatedDomain Federated(YamlNode node)
        {
            var foreign = new YamlFields(node, "a foreign trust domain", faults);
            var read = new FederatedDomain(foreign.Text("trustDomain"), foreign.Text("bundle"));
            foreign.NothingElse();
            return read;
        }
    }

    /// <summary><c>identity: {tiers: [read], audiences: [...]}</c> of a workflow; an audience is a text, or {name,
    /// rsa}.</summary>
    public static IdentityGrant Grant(YamlFields f, FaultList faults)
    {
        var tiers = ImmutableArray.CreateBuilder<IdentityTier>();
        foreach (var (word, node) in f.Texts("tiers").Zip(f.Items("tiers")))
            if (Enum.GetValues<IdentityTier>().Where(t => IdentityDoor.Word(t) == word).ToArray() is [var tier])
                tiers.Add(tier);
            else
                faults.Add(node.Place, "realm.bad-value", "A tier is read, write or deploy.");
        var grant = new IdentityGrant(tiers.ToImmutable(), [.. f.Items("audiences").Select(Audience)]);
        f.NothingElse();
        return grant;

        IdentityAudience Audience(YamlNode node)
        {
            if (node is YamlNode.Text text)
                return new IdentityAudience(text.Value);
            var fields = new YamlFields(node, "an audience", faults);
            var audience = new IdentityAudience(
                fields.Text("name"), fields.Has("rsa") && fields.Flag("rsa") ? true : null);
            fields.NothingElse();
            return audience;
        }
    }
}
