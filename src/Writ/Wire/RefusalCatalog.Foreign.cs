namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // Foreign identities, callers from other machines, and what one agent prepares for another.
    static ImmutableArray<RefusalEntry> Foreign => Parse("""
        foreign.not-issuer | Only the control plane takes foreign tokens in | 403 | 1 | Present it at POST /v1/token.
        foreign.malformed | What is said of the token does not hold together | 400 | 1 | Report it.
        foreign.unknown-issuer | No trusted issuer could have issued the token | 403 | 1 | Declare the issuer under trustedIssuers, with a second person.
        foreign.no-keys | The issuer's keys cannot be fetched | 503 | 6 | Look whether its keysUrl answers, then try again.
        foreign.not-admitted | No admission of the issuer has these claims | 403 | 1 | Compare the entry's claims with what the realm declares.
        foreign.ambiguous | Several admissions of the issuer have these claims | 403 | 1 | Make their conditions narrower, with a second person.
        foreign.may-not-act | The agent is not named as one that acts for the other | 403 | 1 | Name it under actsFor, with a second person.
        foreign.depth | The chain of agents is longer than it may be | 403 | 1 | Hand the work on fewer times.
        foreign.life | A pass would outlive what it is given for | 409 | 1 | Get a new token from the issuer.
        foreign.over | The token is over | 403 | 1 | Get a new token from the issuer.
        foreign.too-long | The token lives longer than its issuer's tokens may | 403 | 1 | Have the issuer make shorter ones, or raise lifeMinutes with a second person.
        foreign.replayed | The token was presented before | 403 | 1 | Get a new token from the issuer.
        foreign.busy | More is remembered than may be | 503 | 6 | Wait until earlier tokens are over.
        pass.over | The pass is unknown or over | 401 | 5 | Exchange a new token at POST /v1/token.
        pass.no-sponsor | Somebody in the chain has nobody left who answers for it | 403 | 5 | Name another sponsor in the admission, with a second person.
        pass.not-admitted | The issuer no longer admits an agent of the chain | 403 | 5 | Look at what the realm declares under trustedIssuers.
        pass.other-agent | The pass is another agent's | 403 | 1 | Open the session as the agent that the pass names.
        pass.local | The session's terms are those of a session on this machine | 400 | 1 | Leave user and parent out.
        pass.brokered | Writ runs nothing for callers from other machines | 403 | 1 | Ask for a verdict, and carry it out where you are.
        pass.bearer | A bound token was sent as if whoever bears it were meant | 401 | 5 | Send Authorization: DPoP TOKEN with a proof.
        pass.missing | No token came with the request | 401 | 5 | Exchange a token at POST /v1/token.
        pass.other-key | The token is bound to another key than the one that is proven | 401 | 5 | Prove the key for which the token was given.
        dpop.invalid | What should prove a key proves nothing | 401 | 5 | Make a proof for this request (RFC 9449).
        dpop.replayed | The proof was used before | 401 | 5 | Make a new proof for every request.
        dpop.nonce | The proof has to bear the server's nonce | 401 | 5 | Make a proof with the nonce of the answer's DPoP-Nonce header.
        token.not-held | The certificate's key is not the one that is proven | 403 | 1 | Sign the proof with the key of the certificate.
        token.life | It lives longer than its issuer's tokens may | 403 | 1 | Have the issuer make shorter ones, or raise lifeMinutes with a second person.
        preparation.malformed | A request prepares and carries out, or does neither right | 400 | 2 | Give prepares, or prepared with request and action.
        preparation.unknown | What would be carried out is not prepared, or no longer | 404 | 5 | Ask for it to be prepared again.
        preparation.not-yours | It is prepared for another agent to carry out | 403 | 5 | Hand its id and action digest on.
        preparation.same-agent | Whoever prepared would carry it out | 403 | 3 | Have another agent carry it out.
        preparation.same-sponsor | The same person answers for both agents | 403 | 3 | Have an agent with another sponsor carry it out.
        preparation.other | Something else was prepared than what is named | 409 | 5 | Look at the prepared request, and name its action digest.
        preparation.deviates | What is asked for differs from what was prepared | 403 | 3 | Carry out exactly what was prepared, or have the change prepared.
        preparation.used | It was carried out by another agent | 200 | 0 | Nothing to do.
        person.no-provider | Nobody signs in with a provider in this realm | 404 | 1 | Log in with your key: writ login
        person.other-sign-in | The sign-in was for another login | 403 | 5 | Sign in again: writ login --provider
        person.stale-sign-in | The sign-in is too old | 403 | 5 | Sign in again: writ login --provider
        person.unknown-subject | The provider's subject is nobody whom the realm names | 403 | 5 | Name it under signIn: {people: [PERSON=SUBJECT]}, with a second person.
        person.key-needed | Who governs logs in with their device's key | 403 | 5 | Log in with your key: writ login
        approval.step-up | The approval needs a sign-in of its own | 403 | 5 | Approve again: writ approve REQUEST
        approval.other-step-up | The sign-in was for something else than this approval | 403 | 5 | Approve again: writ approve REQUEST
        approval.other-person | Somebody else signed in than who signed | 403 | 5 | Sign in as yourself.
        approval.step-up-stale | The provider did not ask just now who they are | 403 | 5 | Have the provider ask again, and say auth_time.
        approval.step-up-weak | The sign-in is not of the kind that the realm asks for | 403 | 5 | Sign in as the realm asks.
        approval.not-in-group | The provider has them in no group of the teams that are asked | 403 | 5 | Ask somebody who is, or have the group changed.
        realm.bad-sign-in | What a realm says of its provider does not hold together | 422 | 2 | Mend it as it says.
        realm.bad-issuer | What a realm says of a trusted issuer does not hold together | 422 | 2 | Mend it as it says.
        """);
}
