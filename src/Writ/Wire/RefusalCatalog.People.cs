namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // People, their keys and logins; approvals and the kill switch.
    static ImmutableArray<RefusalEntry> People => Parse("""
        person.required | Only a person may do this | 403 | 5 | Log in as a person with: writ login
        person.not-logged-in | There is no valid login | 401 | 5 | Log in with: writ login
        person.offboarded | This person has left the realm | 403 | 5 | Ask the governing team.
        person.inside-session | The caller is an agent's process | 403 | 5 | A person does this from a terminal of their own, outside of any agent.
        person.unknown | No such active person | 404 | 1 | Declare the person in the realm directory and apply it.
        person.unknown-login | No such login of yours | 404 | 1 | Nothing to do; it has ended.
        person.not-enrolled | No key is enrolled for this person | 403 | 5 | Enrol with a one-time code: writ enrol
        person.malformed | A text is too long | 400 | 2 | Shorten it.
        person.bad-login | The login is not well-formed | 400 | 2 | Log in again with: writ login
        person.bad-code | The enrolment code is not valid | 403 | 5 | Ask the governing team for a new code.
        person.code-expired | The enrolment code has expired | 403 | 5 | Ask the governing team for a new code.
        person.bad-key | Not an ECDSA P-256 public key | 400 | 2 | Let the client make the key: writ enrol
        person.key-taken | The key belongs to somebody already | 409 | 1 | Make a new key; one key is one person.
        person.bad-signature | The signature does not fit the key | 403 | 5 | Sign with the enrolled key, or enrol again.
        person.stale-signature | The login was signed too long ago | 403 | 5 | Set the clock right and log in again.
        person.login-replayed | This login was used before | 409 | 5 | Log in again.
        person.bad-expiry | The expiry is out of range | 400 | 2 | Ask for a shorter life.
        approval.given | The approval counts | 200 | 4 | More people have to agree.
        approval.refused | A person refused | 409 | 5 | Read the reason; ask for something else.
        approval.stale | What was approved is no longer what would run | 409 | 5 | Ask again.
        approval.policy-changed | The policy changed meanwhile | 409 | 5 | The agent asks again under the new policy.
        approval.self | You sponsor the asking session | 403 | 5 | Ask somebody else to decide.
        approval.sponsor-in-chain | You sponsor an agent in the chain | 403 | 5 | Ask somebody else to decide.
        approval.repeated | You have approved this already | 409 | 1 | Nothing to do; each person counts once.
        approval.not-asked | The request does not ask you | 403 | 5 | Ask a member of the teams that are named.
        approval.not-you | Signed by somebody else than who is logged in | 403 | 5 | Sign as the person who is logged in.
        approval.not-needed | The request waits for nobody | 409 | 1 | Nothing to do.
        approval.nobody-left | Nobody could approve this | 403 | 3 | Enrol more members of the team, or choose another sponsor.
        approval.other-request | The signature is for another command | 409 | 5 | Look at the request again, then decide.
        approval.outdated | Somebody approved meanwhile | 409 | 5 | Look at the request again, then decide.
        approval.bad-expiry | The approval's life is out of range | 400 | 2 | Use at most one hour.
        approval.reason | The reason is missing or too long | 400 | 2 | A refusal says why, in at most 2,048 characters.
        approval.bad-signature | The signature does not fit | 403 | 5 | Sign what is shown, with the enrolled key.
        kill.malformed | Id or reason is not acceptable | 400 | 2 | Use a reason of at most 1,024 characters.
        kill.unknown-scope | There is nothing of that name to stop | 404 | 2 | Name it as realm, agent:ID, workflow:ID, session:ID, sponsor:ID, target:ID or policy:DIGEST.
        kill.not-yours | The whole realm is not yours to stop | 403 | 5 | Ask an owner, or stop what is yours.
        kill.unknown | No such kill is under way | 404 | 1 | Nothing to do.
        kill.not-stopped | It is not stopped | 409 | 0 | Nothing to do.
        """);
}
