namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // Findings: what is found, and what is refused about them.
    static ImmutableArray<RefusalEntry> Raised => Parse("""
        finding.unknown | No such finding stands | 404 | 1 | List them: writ findings --all
        finding.not-host | Only the control plane looks for findings | 403 | 5 | Have it look: writ findings review
        finding.malformed | What was found is too much or too long to record | 400 | 1 | Report it.
        finding.nothing-new | Nothing was found that is not known | 409 | 0 | Nothing to do.
        finding.bad-reason | Who lives with a finding says why | 400 | 2 | Give a reason of at most 1,024 characters.
        finding.bad-expiry | A finding is accepted until a day that comes, within a year | 400 | 2 | Name such a day: --until 2027-01-31
        finding.not-yours | Somebody else accepts this finding | 403 | 5 | Ask who governs the realm, the workflow's security owner, or the target's owner.
        finding.cause-gone | A look found its cause gone | 200 | 0 | Nothing to do.
        finding.accepted | It only happened, and a person lived with it long enough | 200 | 0 | Nothing to do.
        session.findings | The workflow does not work while such a finding is open | 409 | 5 | Look at it: writ findings show FINDING
        realm.bad-findings | What the realm says of findings is not acceptable | 422 | 2 | Periods are 1 to 3,650 days, and each kind is named once.
        request.bad-attestation | How the asking process is known is not what the request says | 403 | 5 | Report it.
        unowned.agent | An agent may work, and nobody who is still here answers for it | 200 | 0 | Give it a team with people: ownerTeam, or retire it.
        shared.admin-account | One account mints credentials of several environments | 200 | 0 | Make an account for each environment.
        shared.backend | The same account of the same service serves several environments | 200 | 0 | Give each environment a service or a group of its own.
        shared.agent | An agent has one identity for production and for others | 200 | 0 | Declare an agent for production alone.
        shared.secret | One secret lies in several environments, or is an account's password | 200 | 0 | Change it, to one for each place.
        overdue.device-key | A person's device key is older than the realm says | 200 | 0 | Invite the person again: writ invite PERSON
        overdue.issuer-key | A key of the issuer is older than the realm says | 200 | 0 | Change the keys: writ identity rotate
        overdue.admin-account | An account that mints credentials is unchanged for longer than the realm says | 200 | 0 | Change its password at the backend and in its file.
        unused.agent | A workflow is open to an agent that does not use it | 200 | 0 | Take the agent from the workflow.
        unused.target | A workflow grants a target that nobody acts on | 200 | 0 | Take the target from the workflow.
        unused.credential | A workflow grants a credential that no run gets | 200 | 0 | Take the profile from the workflow.
        unused.identity | A workflow grants an identity that no run asks for | 200 | 0 | Take the tier from the workflow's identity.
        leak.file | A secret lies in a work tree | 200 | 0 | Change the secret where it is issued, then take it out of the file.
        leak.home | A secret lies in the home directory of an agent's user | 200 | 0 | Change the secret where it is issued, and run the agent as a user of its own.
        leak.environment | An agent has a secret in its environment | 200 | 0 | Change the secret where it is issued, and start the agent without it.
        """);
}
