namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // The realm, its API and the document that declares it.
    static ImmutableArray<RefusalEntry> Realm => Parse("""
        api.malformed | The request cannot be read | 400 | 2 | Correct the field that is named; the API is described at /openapi/v1.json.
        api.too-large | The request's body is too large | 413 | 2 | Send less; the limit is in the answer.
        api.unknown | No such address in this API | 404 | 2 | See /openapi/v1.json for what there is.
        api.not-listed | Nobody may call this address | 403 | 1 | It has no line in the authorization table; report it.
        api.wrong-listener | This address answers on the other listener | 403 | 1 | Agents use the Unix socket, people use HTTP.
        api.too-many-attempts | Too many unauthenticated attempts | 429 | 1 | Wait a minute, then try again.
        api.too-many-listeners | Too many event streams are open | 429 | 1 | Close another watcher first.
        api.fault | The control plane failed | 500 | 1 | Nothing was decided; its diagnostics say why.
        realm.none | There is no realm yet | 409 | 1 | Create it on this machine with: writ init
        realm.exists | The ledger has a realm already | 409 | 1 | Use another data directory for another realm.
        realm.not-host | Only the control plane does this | 403 | 1 | Run the command on the control plane's machine.
        realm.malformed | Name, origin or founder is not well-formed | 400 | 2 | Give a name, an origin like host/name, and an id.
        realm.clock-backwards | The clock is behind the ledger | 503 | 1 | Correct the control plane's clock, then try again.
        realm.nothing-due | Nothing is due | 409 | 0 | Nothing to do.
        realm.bad-finding | The finding is too long, or there are too many | 409 | 1 | Shorten its text.
        realm.not-governing | Only the governing team may do this | 403 | 5 | Ask a member of the governing team.
        realm.busy | Too much waits to be decided | 503 | 6 | Try again in a moment.
        realm.stopped | The control plane has stopped writing | 503 | 6 | Look at its diagnostics, then start it again.
        realm.internal | Deciding failed, so it is blocked | 500 | 3 | Report it with the control plane's diagnostics.
        realm.entry-too-large | It does not fit a ledger entry | 413 | 2 | Make what is asked smaller.
        realm.bad-key | The idempotency key is not one | 400 | 2 | Use 1 to 64 letters, digits, dots, dashes.
        realm.key-reused | The idempotency key belongs to another move | 409 | 2 | Use a new key for a new intention.
        realm.bad-yaml | A file of the realm directory is not plain YAML | 422 | 2 | Correct the file at the line that is named.
        realm.unknown-key | A key that means nothing here | 422 | 2 | Correct or remove the key.
        realm.duplicate-key | A key stands twice | 422 | 2 | Keep one of the two.
        audit.not-canonical | An entry is not in canonical form | 409 | 1 | Trust nothing after the entry that is named.
        audit.not-an-entry | An entry cannot be read | 409 | 1 | Trust nothing after the entry that is named.
        audit.decided-otherwise | An outcome does not follow from the rules | 409 | 1 | Find out who changed it.
        audit.time | An entry is dated before the one in front | 409 | 1 | Find out who changed it.
        realm.missing-key | A key is missing | 422 | 2 | Add the key that is named.
        realm.bad-value | A value is not what is expected there | 422 | 2 | Write the value in the form that is named.
        realm.bad-file | A file that is not read | 422 | 2 | Use .yaml files, and .cedar files beside them or in policies/.
        realm.bad-id | An identifier is not well-formed | 422 | 2 | Use up to 96 of a-z 0-9 - _ . / and start with a letter or digit.
        realm.missing | A part of the document is missing | 422 | 2 | Add the part that is named.
        realm.bad-text | A text is too long or holds control characters | 422 | 2 | Shorten or clean the text.
        realm.bad-bounds | A bound is out of range | 422 | 2 | Use numbers in the range that is named.
        realm.bad-rollback | A workflow's rollback is no command | 422 | 2 | Write it as a list: the program, then its arguments.
        realm.bad-memory | A workflow's memory is out of range | 422 | 2 | Use a number in the range that is named.
        realm.bad-held | What may wait inside a run is out of range | 422 | 2 | Use numbers in the range that is named.
        realm.bad-quorum | A quorum is out of range | 422 | 2 | Use 1 to 10.
        realm.duplicate | An id is declared twice | 422 | 2 | Keep one declaration.
        realm.too-many | Too many of one kind | 422 | 2 | Declare fewer.
        realm.cyclic-team | A team contains itself | 422 | 2 | Remove one inclusion.
        realm.unknown-person | A person that is not declared | 422 | 2 | Declare the person or correct the name.
        realm.unknown-team | A team that is not declared | 422 | 2 | Declare the team or correct the name.
        realm.unknown-agent | An agent that is not declared | 422 | 2 | Declare the agent or correct the name.
        realm.unknown-environment | An environment that is not declared | 422 | 2 | Declare the environment or correct the name.
        realm.unknown-target | A target that is not declared | 422 | 2 | Declare the target or correct the name.
        ledger.signature | The checkpoint is not signed by the ledger's key | 409 | 1 | Do not trust it; compare the key with the realm's.
        ledger.root-mismatch | The entries do not make the signed root | 409 | 1 | Do not trust this ledger; keep a copy and find out why.
        ledger.entry-corrupt | An entry is not what the tree says | 409 | 1 | Do not trust this ledger; keep a copy and find out why.
        ledger.tile-corrupt | A tile is not what the tree says | 409 | 1 | Fetch it again; if it stays so, do not trust it.
        ledger.tile-missing | A tile is missing | 404 | 1 | Fetch it again.
        ledger.truncated | The ledger is shorter than its checkpoint | 409 | 1 | Fetch the rest.
        ledger.malformed | This is not a published ledger | 409 | 1 | Name the folder that holds its checkpoint.
        ledger.unknown-tile | No such part of the published ledger | 404 | 1 | Read the checkpoint first; it says how far the ledger goes.
        ledger.behind-published | The store holds less than was published | 503 | 6 | Restore the ledger from its newest copy.
        ledger.forked | Store and published ledger differ | 503 | 6 | Stop, keep both, and find out who wrote the other history.
        """);

    // Changes of the realm document.
    static ImmutableArray<RefusalEntry> Changes => Parse("""
        change.applied | The change is in force | 200 | 0 | Nothing to do.
        change.refused | A reviewer refused the change | 409 | 5 | Read the reason, then propose another change.
        change.outdated | The realm changed since this was proposed | 409 | 5 | Apply again against the realm as it is now.
        change.expired | The change waited too long | 409 | 5 | Propose it again.
        change.unknown | No such change waits | 404 | 1 | List the changes with: writ changes
        change.self | Its author cannot approve a change | 403 | 5 | Ask somebody else of the governing team.
        change.repeated | You have reviewed this already | 409 | 1 | Nothing to do; each person counts once.
        change.not-you | Signed by somebody else than who is logged in | 403 | 5 | Sign as the person who is logged in.
        change.bad-signature | The signature does not fit | 403 | 5 | Sign exactly the document that was previewed, with the enrolled key.
        change.malformed | Id or reason is not acceptable | 400 | 2 | Use a new id and a reason of at most 2,048 characters.
        change.too-many | Too many changes wait already | 409 | 1 | Review or let expire what waits.
        change.too-large | The document is too large | 413 | 2 | Split the realm or shorten its policies.
        change.part-repeated | That part is staged already | 409 | 1 | Nothing to do; go on with the next part.
        change.incomplete | Parts of the document are missing | 409 | 1 | Send the document again.
        change.digest | The parts are not the announced document | 409 | 1 | Send the document again.
        change.not-a-document | The text is not a realm document | 422 | 2 | Send the text that the preview answered.
        change.invalid | The document does not hold together | 422 | 2 | Correct the faults that are named.
        change.no-schema | No schema comes with the bundle | 422 | 2 | Add schema.cedarschema to it; then run: writ policy check DIR
        change.no-tests | No tests come with the bundle | 422 | 2 | Add tests/NAME.yaml with at least one case; then run: writ policy test DIR
        change.no-evidence | Nobody has looked at what the bundle would do | 422 | 2 | Use: writ policy propose, or writ policy publish
        change.bad-evidence | The evidence is not whole, or too long | 400 | 2 | Send the evidence that the control plane answered.
        change.other-evidence | The evidence is about another bundle | 409 | 2 | Look again, then sign.
        change.evidence-differs | The evidence is not what the control plane finds | 409 | 2 | Look again, then sign.
        change.policy-invalid | The bundle has an error | 422 | 2 | Correct it at the place that is named.
        change.tests-failed | Tests of the bundle fail | 422 | 2 | Run: writ policy test DIR
        change.too-many-policies | Open sessions keep too many bundles | 409 | 1 | Publish to all sessions, or close some.
        change.nothing | Nothing would change | 409 | 0 | Nothing to do.
        """);
}
