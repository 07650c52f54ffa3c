namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // What runs changed and is held back.
    static ImmutableArray<RefusalEntry> Trees => Parse("""
        tree.unknown | No changes of this run are kept | 404 | 1 | They were discarded, undone, or are too old; the ledger has the record.
        tree.not-held | The changes are not held any more | 409 | 1 | See: writ changes RUN
        tree.not-committed | The changes are not in the work tree | 409 | 1 | See: writ changes RUN
        tree.changed | The changes are others than those that were looked at | 409 | 5 | Look again, then decide.
        tree.unusable | The changes can only be discarded | 409 | 5 | Discard them with: writ discard RUN
        tree.bad-path | A path is not one below the work tree | 400 | 2 | Name paths as writ changes RUN lists them.
        tree.refused-entries | Devices, set-user files or what was changed meanwhile is never committed | 409 | 5 | Name the other paths: writ commit RUN PATH...
        tree.executes-later | What executes later needs an approval of its own | 403 | 5 | Look at it, then commit with: --executes-later
        tree.self | A sponsor decides about their own session's changes | 403 | 5 | Somebody else who is asked decides.
        tree.not-yours | The changes are somebody else's to decide about | 403 | 5 | Tell who is named.
        tree.not-you | The signature is another person's | 403 | 5 | Sign as the person who is logged in.
        tree.bad-expiry | The signature's time is over, or too long | 400 | 5 | Sign again.
        tree.bad-signature | The signature is not over these changes | 403 | 5 | Sign again, with this realm's key.
        tree.malformed | What a run changed cannot be recorded | 500 | 1 | Report it.
        tree.repeated | What the run changed is recorded already | 409 | 1 | Nothing to do.
        tree.session-over | The session ended before its run, whose changes are dropped | 409 | 5 | Open a new session.
        tree.too-many | The changes of too many runs are kept | 409 | 3 | Commit or discard some: writ changes RUN
        tree.too-many-turns | This run was committed in too many turns already | 409 | 5 | Commit all of the rest, or discard it.
        tree.nothing-chosen | None of the changes is at these paths | 404 | 2 | Name paths as writ changes RUN lists them.
        tree.conflict | The work tree was changed meanwhile, so nothing was written | 409 | 5 | Name the other paths, or discard and run again.
        tree.undo-conflict | The work tree was changed since, so nothing was undone | 409 | 5 | Put these paths back as they were committed, or mend by hand.
        tree.foreign-owner | Entries belong to another user than the run's, so nothing was written | 409 | 5 | Give them to the work tree's owner, or name the other paths.
        tree.half-done | Some entries could be written neither forward nor back | 500 | 1 | Mend the paths that are named by hand.
        tree.failed | The work tree could not be written, so it is as it was | 500 | 1 | Look at its modes and its space, then try again.
        tree.lost | What was held back is not what was looked at, so nothing was written | 500 | 1 | Discard the changes and run again.
        tree.layer-full | The run changed more than is held back, so it was ended | 409 | 1 | Let it change less at once, or clean up in the work tree first.
        tree.layer-space | The disk that holds changes back is nearly full, so the run was ended | 503 | 1 | Make room where writd keeps its data, then run again.
        tree.no-tree | The work tree is not there any more, or is another | 409 | 1 | Put it back in its place, or discard the changes.
        tree.no-journal | What was committed cannot be undone | 409 | 1 | Mend by hand.
        tree.interrupted | The control plane restarted before anything was written | 409 | 1 | Try again.
        tree.not-under-way | Nothing is being written for this run | 409 | 1 | Report it.
        tree.discarded | The changes were discarded | 200 | 0 | Nothing to do.
        tree.undone | The changes were undone | 200 | 0 | Nothing to do.
        tree.expired | The changes were kept for as long as they are | 200 | 0 | Nothing to do.
        """);
}
