namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // The launcher and the store.
    static ImmutableArray<RefusalEntry> Host => Parse("""
        launch.document | The launch document cannot be read | 500 | 126 | Report it.
        launch.runner-gone | The runner ended before the command began | 500 | 126 | Try again.
        launch.still-root | Root was not given up | 500 | 126 | See: writ doctor
        launch.not-found | The program is not there any more | 409 | 127 | Ask again.
        launch.not-executable | The program cannot be executed | 409 | 126 | Correct the program's mode.
        launch.executable-writable | The program lies where the run could change it | 403 | 126 | Use a program outside of the work tree.
        launch.kernel | A call to the kernel failed | 500 | 126 | See: writ doctor
        launch.bug | The launcher met a bug and started nothing | 500 | 126 | Report it.
        storage.full | The disk is full | 503 | 6 | Make room, then try again.
        storage.io | The disk or its permissions refused | 503 | 6 | Look at the control plane's diagnostics.
        storage.locked | Another process holds the ledger | 503 | 6 | End the other control plane.
        storage.too-new | A newer release wrote this | 503 | 6 | Use that release.
        storage.not-a-ledger | There is no ledger here | 503 | 6 | Create it with: writ init
        storage.exists | There is a ledger already | 409 | 1 | Use another data directory.
        storage.conflict | Two writers | 503 | 6 | End the other control plane.
        storage.corrupt | What was read is not what was written | 503 | 6 | Restore from a copy.
        storage.permissions | The data directory is not private | 503 | 6 | Make it yours, mode 0700.
        storage.too-large | Content over its limit | 413 | 2 | Send less.
        storage.stopped | The store has stopped | 503 | 6 | Start the control plane again.
        checkpoint.origin | The checkpoint is of another ledger | 409 | 1 | Ask for the ledger that is meant.
        checkpoint.malformed | This is no checkpoint | 409 | 1 | Read it again from the published ledger.
        note.malformed | This is no signed note | 409 | 1 | Read it again from its source.
        note.bad-signature | A signature does not fit its note | 409 | 1 | Do not trust it; find out who changed it.
        note.key-hash | The key's hash is not its own | 409 | 1 | Copy the key whole.
        note.key-malformed | This is no key | 409 | 1 | Copy the key whole.
        note.key-type | The key is of an unknown kind | 409 | 1 | Use an Ed25519 key.
        note.no-known-key | No known key has signed the note | 409 | 1 | Name the ledger's key.
        note.too-large | The note is too large | 409 | 1 | Read it again from its source.
        note.too-many-signatures | The note has too many signatures | 409 | 1 | Read it again from its source.
        proof.malformed | This is no proof | 409 | 1 | Export it again.
        proof.not-included | The entry is not in that ledger | 409 | 1 | Do not trust it; find out where it comes from.
        proof.too-large | The proof is too large | 409 | 1 | Export it again.
        """);
}
