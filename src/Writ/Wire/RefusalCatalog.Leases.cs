namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // Credentials that exist for one run.
    static ImmutableArray<RefusalEntry> Leases => Parse("""
        lease.unknown | No lease of that name lives | 404 | 1 | List them: writ lease list
        lease.not-host | Only the control plane deals with backends | 403 | 5 | Revoke it: writ lease revoke LEASE
        lease.wrong-state | The lease is not where this could follow | 409 | 1 | Look at it: writ lease show LEASE
        lease.no-time | The approval or the session ends before a credential could be used | 409 | 5 | Ask again, with an approval that lasts longer.
        lease.profile-changed | The credentials are no longer those the request was judged with | 409 | 5 | Ask again.
        lease.too-many | As many credentials live as may | 429 | 1 | Wait until one has ended, or revoke one: writ lease list
        lease.target-blocked | Too many credentials of the target could not be taken back | 409 | 5 | Its owner mends the backend: writ lease list
        lease.bad-fingerprint | A fingerprint is short, visible ASCII | 400 | 1 | Report it.
        lease.bad-reason | A reason is short; the control plane's own is a known code | 400 | 2 | Give a shorter reason.
        lease.bad-renewal | A lease is renewed within what was agreed | 409 | 1 | Nothing to do; it ends with its time.
        lease.too-late | The lease had expired | 409 | 1 | Ask for another run.
        lease.revoking | The lease is being revoked already | 409 | 1 | Nothing to do; it is tried until it works.
        lease.run-ended | Its run is over | 200 | 0 | Nothing to do.
        lease.session-ended | Its session is over | 200 | 0 | Nothing to do.
        lease.profile-withdrawn | Its profile was changed or taken from the workflow | 200 | 0 | Ask again, with the profile as it is now.
        lease.expired | Its time was over | 200 | 0 | Ask for another run, or have its profile live longer.
        lease.revoked-by-person | Somebody revoked it | 200 | 0 | Ask whoever did; the ledger says why.
        lease.unmaskable | A credential is too long to be masked in what its run prints | 409 | 1 | Have the backend issue shorter ones.
        lease.no-token | What was issued cannot be added to requests | 409 | 1 | Have the backend issue one text of 16 or more visible characters.
        lease.never-issued | Its run was over before the backend was called | 200 | 0 | Nothing to do.
        lease.not-issued | The backend did not issue it, or cannot say whether it did | 503 | 1 | Look at the backend, then ask again.
        lease.account-gone | Its account was gone from the backend before its time | 409 | 1 | Find out who removed it.
        lease.backend-down | The backend cannot be reached | 503 | 1 | Look whether it runs; revoking is tried again until it works.
        lease.backend-slow | The backend did not answer in time | 503 | 1 | Look at its load; revoking is tried again until it works.
        lease.backend-denied | The backend does not let the broker do it | 403 | 1 | Give the broker's account what docs/credentials.md lists.
        lease.backend-fault | The backend answered with an error | 503 | 1 | Look at the control plane's diagnostics and the backend's log.
        lease.backend-unsafe | The backend would give out what could not be taken back | 409 | 1 | Mend what the message says; docs/credentials.md has the reasons.
        lease.no-admin | The file with which the credential is minted is missing or not private | 500 | 1 | Put it into credentials/ of the data directory, owned by the daemon's user, mode 0600.
        lease.authority-made | A key that signs credentials was made | 200 | 0 | Nothing to do, where somebody meant it; else find out who has it.
        lease.no-authority | There is no key of that name that signs such credentials | 404 | 1 | Make it: writ lease authority NAME --kind ssh
        lease.no-identity | The realm has no identity of its own with which to ask the backend | 409 | 1 | Declare identity: {trustDomain, issuer} in the realm, and have the backend trust it.
        lease.too-wide | The backend gave more than it was asked for, so it was taken back | 409 | 1 | Look at what the backend allows the broker; narrow it there.
        lease.orphan | An account of ours was found that no lease explains, and was removed | 409 | 1 | Find out who made it.
        lease.revocation-failed | A credential could not be taken back yet | 503 | 1 | The target's owner looks at the backend; it is tried until it works.
        realm.bad-credential | A credential profile is not acceptable | 422 | 2 | See docs/credentials.md.
        realm.unknown-credential | A workflow names a credential profile that none of its targets has | 422 | 2 | Declare it under credentials of a target of the workflow.
        realm.credential-tier | A workflow with credentials allows tiers without a place for them | 422 | 2 | Set tierMin to T2 or T3.
        realm.credential-bounds | A workflow with credentials does not say how many | 422 | 2 | Set bounds: {credentials: N}.
        """);
}
