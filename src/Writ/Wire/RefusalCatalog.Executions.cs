namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // Programs that are started inside a run.
    static ImmutableArray<RefusalEntry> Executions => Parse("""
        exec.request | The command of the writ itself | 200 | 0 | Nothing to do.
        exec.automatic | Everything that the program does is automatic | 200 | 0 | Nothing to do.
        exec.covered | The run was approved for what the program does | 200 | 0 | Nothing to do.
        exec.not-covered | The run was not approved for what the program does | 403 | 1 | Ask for it by itself: writ run -- CMD
        exec.blocked | Policy forbids the program, whoever agrees | 403 | 1 | Take another way; the rule that is named says why.
        exec.session-over | The run's session is over | 409 | 1 | Open a new session.
        exec.not-watched | The program could not be watched while it started | 403 | 1 | See: writ doctor
        exec.mismatch | Something else started than was decided, and was ended before its first instruction | 409 | 5 | Look at the session: only an attack looks like that.
        exec.moved | The program started in another directory than was decided about, and was ended before its first instruction | 409 | 5 | Start it again; let no other thread change the directory meanwhile.
        exec.budget | The run started more programs than a run may | 429 | 5 | Ask for less at once.
        exec.rate | The run started programs faster than a run may | 429 | 5 | Find out what starts them.
        exec.mediator-fault | Deciding the run's programs met a fault, so the run was ended | 500 | 5 | Look at the control plane's diagnostics.
        exec.mediator-stuck | What decides the run's programs did not end with the run, so its record may be short | 500 | 5 | Look at the control plane's diagnostics.
        run.not-mediated | The launcher did not hand over the run's executions | 500 | 126 | Use a launcher of the same release.
        run.bad-batch | A batch of executions does not follow from those before it | 409 | 1 | Report it.
        """);
}
