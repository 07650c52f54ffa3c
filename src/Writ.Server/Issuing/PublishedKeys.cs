using System.Collections.Immutable;
using Writ.Identity;
using Writ.Server.Sequencer;

namespace Writ.Server.Issuing;

/// <summary>What others are told of the keys that are believed here: always as the realm's state has it now.</summary>
public sealed class PublishedKeys(RealmActor realm)
{
    Made? _made;

    /// <summary>The realm's own keys; null while it has no trust domain.</summary>
    public TrustBundle? Own()
    {
        var state = realm.State;
        if (state.Registry.Document.Identity?.Domain is not { } domain)
            return null;
        // To read the keys takes a while, and anybody may ask.
        if (Volatile.Read(ref _made) is { } made && made.From == state.Issuer && made.Bundle.Domain == domain)
            return made.Bundle;
        var bundle = state.Issuer.Bundle(domain);
        Volatile.Write(ref _made, new Made(state.Issuer, bundle));
        return bundle;
    }

    /// <summary>The foreign bundles as they are pinned.</summary>
    public ImmutableArray<TrustBundle> Foreign() => realm.State.Registry.Document.Identity?.ForeignBundles() ?? [];

    /// <summary>Every bundle, each for its own trust domain.</summary>
    public Dictionary<TrustDomain, TrustBundle> All()
    {
        var bundles = Foreign().ToDictionary(b => b.Domain);
        if (Own() is { } own)
            bundles[own.Domain] = own;
        return bundles;
    }

    sealed record Made(IssuerBook From, TrustBundle Bundle);
}
