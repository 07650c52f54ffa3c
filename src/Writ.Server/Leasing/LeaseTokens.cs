using System.Collections.Immutable;
using Writ.Identity;
using Writ.Leases;
using Writ.Server.Issuing;
using Writ.Server.Sequencer;

namespace Writ.Server.Leasing;

/// <summary>
/// Tokens by which the realm itself shows a service for which lease it asks. They name the run's agent, session and
/// tier, live for five minutes, and go to that service alone.
/// </summary>
interface ILeaseTokens
{
    /// <summary>A token for an account of a lease that lives.</summary>
    /// <exception cref="BackendFaultException">There is no such lease, or no key to sign with.</exception>
    string For(string account, string audience);

    /// <summary>A token of the control plane itself, in which no run is named.</summary>
    /// <exception cref="BackendFaultException">There is no key to sign with.</exception>
    string Own(string audience);

    /// <summary>When the lease of an account was asked for; null where there is none.</summary>
    DateTimeOffset? RequestedAt(string account);
}

/// <summary>Signs with the keys of the realm's issuer; that the lease is meant is in the ledger before.</summary>
sealed class LeaseTokens(RealmActor realm, IssuerVault vault, IdSource ids, TimeProvider time) : ILeaseTokens
{
    static readonly TimeSpan _life = TimeSpan.FromMinutes(5);

    public string For(string account, string audience)
    {
        var state = realm.State;
        if (Find(account) is not { } lease || state.OpenSession(lease.Session) is not { } session)
            throw new BackendFaultException("lease.backend-fault", "Its session is over.");
        var tier = lease.Profile.Tier switch
        {
            CredentialTier.Read => IdentityTier.Read,
            CredentialTier.Write => IdentityTier.Write,
            _ => IdentityTier.Deploy,
        };
        return Sign(
            tier, IdentityDecider.IdOf(state.Registry.Document.Identity, session.Terms, tier), audience,
            [
                ("writ:lease", lease.Id.Value), ("writ:run", lease.Run.Value),
                ("writ:workflow", session.Terms.Workflow.Value),
                ("writ:sponsor", session.Accountable.Sponsor.Value),
            ]);
    }

    // Ids of runs begin with agent/, so nobody else is ever given this one.
    public string Own(string audience) => Sign(
        IdentityTier.Deploy, SpiffeId.Parse(
            $"spiffe://{realm.State.Registry.Document.Identity?.TrustDomain}/control/leases"),
        audience, []);

    string Sign(
        IdentityTier tier, SpiffeId? subject, string audience, ImmutableArray<(string Name, string Value)> further)
    {
        var (state, now) = (realm.State, time.GetUtcNow());
        // Many relying parties know no other algorithm.
        var key = state.Issuer.Current(tier, IssuerUse.JwtRs256, now);
        if (subject is null || key is null || !vault.TryOpen(key) || vault.Signer(key.Kid) is not { } signer)
            throw new BackendFaultException("lease.no-identity", "The realm has no identity with which to ask.");
        return JwtSvid.Issue(signer, new JwtSvidClaims(
            state.Registry.Document.Identity!.IssuerUrl, subject, [audience], now, now + _life, ids.New("svid"),
                further));
    }

    public DateTimeOffset? RequestedAt(string account) => Find(account)?.RequestedAt;

    Lease? Find(string account) => LeaseNames.LeaseOf(realm.State.Origin, account) is { } id
        ? realm.State.Leases.Find(id)?.Lease
        : null;
}
