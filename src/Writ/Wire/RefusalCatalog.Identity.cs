namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // Identities of runs, and the keys that sign them.
    static ImmutableArray<RefusalEntry> Identity => Parse("""
        identity.not-issuer | Only the control plane's issuer may do this | 403 | 1 | Ask at the run's own socket.
        identity.none | The realm has no trust domain, or no keys yet | 404 | 1 | Declare identity: {trustDomain: NAME} in the realm.
        identity.bad-key | A key is not one that signs this now | 409 | 1 | Report it.
        identity.bad-reason | A reason is missing or too long | 422 | 2 | Say why in up to 1,024 characters.
        identity.malformed | What was asked for is no set of SVIDs | 400 | 1 | Use a SPIFFE Workload API client.
        identity.unattested | Whoever asked is no process of the run | 403 | 1 | Ask from inside the run.
        identity.run-over | The run is over | 409 | 1 | Start another run.
        identity.not-granted | The workflow gives its runs no identity | 403 | 1 | Name identity in the workflow, with a second person.
        identity.audience | The workflow does not name this audience | 403 | 1 | Name it under identity: {audiences: [...]}, with a second person.
        identity.tier | The workflow gives no identity of this tier | 403 | 1 | Name it under identity: {tiers: [...]}, with a second person.
        identity.tier-not-approved | Nobody approved the run, so its identity is for reading only | 403 | 4 | Ask for a run that people approve.
        identity.not-own | The id is not that of the run's agent and session | 403 | 1 | Ask without naming an id.
        identity.life | The SVID would outlive its session, its key or the limit | 409 | 1 | Open a new session.
        identity.too-many | The session was given as many SVIDs as a session may | 429 | 1 | Open a new session.
        identity.flood | A run asks for identities faster than it may | 429 | 1 | Keep what was issued until half of its life is over.
        token.malformed | It is no signed token in compact form | 400 | 1 | Send the token as it was issued.
        token.header | The token's header holds what is not allowed there | 403 | 1 | Use a token whose header names its key by kid only.
        token.algorithm | The token's algorithm is not allowed | 403 | 1 | Use ES256 or RS256.
        token.subject | The token's subject is no workload's SPIFFE ID | 403 | 1 | Use a JWT-SVID.
        token.issuer | Whoever issued it is not trusted here | 403 | 1 | Pin the issuer in the realm, with a second person.
        token.signature | None of the issuer's keys signed it | 403 | 1 | Look whether the issuer's keys have changed.
        token.audience | It is for somebody else | 403 | 1 | Ask for one for this audience.
        token.expiry | It does not say when it ends | 403 | 1 | Use a token with exp.
        token.expired | It is over | 403 | 1 | Ask for a new one.
        token.not-yet | It begins later than now | 403 | 1 | Look at the clocks.
        token.certificate | The certificate is no workload's | 403 | 1 | Use an X.509-SVID.
        realm.bad-identity | What a realm or workflow says of identities does not hold together | 422 | 2 | Mend it as it says.
        realm.identity-missing | A workflow gives identities and the realm has no trust domain | 422 | 2 | Write identity: {trustDomain: NAME}.
        realm.identity-tier | A workflow with identity allows tiers without namespaces | 422 | 2 | Set tierMin to T2 or T3.
        realm.identity-agent | An agent's name cannot be one part of a SPIFFE ID | 422 | 2 | Name the agent without '/'.
        """);
}
