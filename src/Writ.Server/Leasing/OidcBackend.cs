using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Writ.Identity;
using Writ.Leases;
using Writ.Realms;
using Writ.Server.Issuing;
using Writ.Server.Sequencer;

namespace Writ.Server.Leasing;

/// <summary>
/// Tokens of the realm's issuer for somebody else's service, by the keys of the profile's tier. There is no account
/// anywhere, and nothing that could be taken back: a token that is out ends with its time, and the next is not made.
/// </summary>
sealed class OidcBackend(
    CredentialProfile profile, CredentialBackend.Oidc place, RealmActor realm, Issuer issuer, IdSource ids,
    TimeProvider time) : ICredentialBackend
{
    public async Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel)
    {
        var state = realm.State;
        if (LeaseNames.LeaseOf(state.Origin, account) is not { } id
            || state.Leases.Live.GetValueOrDefault(id)?.Lease is not { } lease
            || state.Find(lease.Request) is not (var session, _))
            throw new BackendFaultException("lease.backend-denied", "No lease of that name lives.");
        if (state.Registry.Document.Identity is not { } identity
            || await issuer.Signer(TierOf(profile.Tier), UseOf(place)) is not (var key, var signer))
            throw new BackendFaultException("lease.backend-down", "The issuer has no key that signs at the moment.");
        var now = time.GetUtcNow();
        // Its end is the ledger's to the second: nobody could end it earlier.
        var ends = until - LeaseDesk.ClockSkew;
        var token = FederationToken.Issue(signer, new FederationTokenClaims(
            identity.IssuerUrl, place.Subject ?? $"writ:profile:{profile.Id}", place.Audience, now,
            ends < key.ExpiresAt ? ends : key.ExpiresAt, ids.New("tok"),
            [
                ("writ:profile", profile.Id), ("writ:tier", IdentityDoor.Word(TierOf(profile.Tier))),
                ("writ:target", lease.Target.Value), ("writ:lease", lease.Id.Value), ("writ:run", lease.Run.Value),
                ("writ:session", lease.Session.Value), ("writ:agent", session.Terms.Agent.Value),
                ("writ:workflow", session.Terms.Workflow.Value),
                ("writ:sponsor", session.Accountable.Sponsor.Value),
            ]));
        var bytes = Encoding.ASCII.GetBytes(token);
        return new IssuedCredential(
            LeaseNames.Signed($"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}", key.Kid),
            [new DeliveredFile(Delivery.TokenFile, bytes)], [token])
        {
            IsRenewed = true,
        };
    }

    public Task Extend(string account, DateTimeOffset until, CancellationToken cancel) =>
        Issue(account, until, cancel);

    public async Task<IssuedCredential?> Renew(string account, DateTimeOffset until, CancellationToken cancel) =>
        await Issue(account, until, cancel);

    public Task<int> Revoke(string account, CancellationToken cancel) => Task.FromResult(0);

    public Task<int> TerminateSessions(string account, CancellationToken cancel) => Task.FromResult(0);

    /// <summary>Nothing is anywhere but in the ledger, so that is what there is.</summary>
    public Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel) =>
        Task.FromResult<ImmutableArray<string>>(
        [
            .. realm.State.Leases.Live.Values.Where(l => l is LeaseState.Issued).Select(l => l.Lease.Account)
                .Where(a => a.StartsWith(prefix, StringComparison.Ordinal)),
        ]);

    static IdentityTier TierOf(CredentialTier tier) => tier switch
    {
        CredentialTier.Read => IdentityTier.Read,
        CredentialTier.Write => IdentityTier.Write,
        _ => IdentityTier.Deploy,
    };

    static IssuerUse UseOf(CredentialBackend.Oidc place) =>
        place.Rsa == true ? IssuerUse.JwtRs256 : IssuerUse.JwtEs256;
}
